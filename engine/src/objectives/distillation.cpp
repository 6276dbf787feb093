// SPDX-License-Identifier: GPL-3.0-or-later
// DistilBERT's three losses, in numbers.
#include "objectives/distillation.h"

#include "objectives/objective.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace engine::objectives {
namespace {

using Row = std::vector<double>;
using Batch = std::vector<std::vector<Row>>; // (rows, length, size)

std::vector<Case> draw(const Material &m)
{
    constexpr std::size_t kSize = 6;
    constexpr std::size_t kWidth = 5;
    constexpr double kScale = 1e4; // four decimals
    const auto length = m.text.words.size();
    const auto numbers = [&](std::size_t size) {
        Json rows = Json::array();
        for (std::size_t t = 0; t < length; ++t) {
            Json row = Json::array();
            for (std::size_t i = 0; i < size; ++i)
                row.push_back(std::round(m.dice.normal() * kScale) / kScale);
            rows.push_back(std::move(row));
        }
        return Json::array({std::move(rows)});
    };
    std::vector<std::int64_t> labels(length, -100);
    for (const auto i : m.dice.some(std::max<std::size_t>(1, rounded(0.15 * static_cast<double>(length))), length))
        labels[i] = static_cast<std::int64_t>(m.dice.below(kSize));
    return {{.name = "losses",
             .given = {{"student_logits", numbers(kSize)},
                       {"teacher_logits", numbers(kSize)},
                       {"student_hidden", numbers(kWidth)},
                       {"teacher_hidden", numbers(kWidth)},
                       {"attention_mask", Json::array({std::vector<int>(length, 1)})},
                       {"labels", Json::array({labels})},
                       {"temperature", m.request.temperature.value_or(2.0)},
                       {"weights",
                        {{"distillation", kDistillationWeight}, {"mlm", kWordsWeight}, {"cosine", kCosineWeight}}}}}};
}

Json expected(const Case &c)
{
    const auto student = c.given.at("student_logits").get<Batch>();
    const auto teacher = c.given.at("teacher_logits").get<Batch>();
    const auto studentStates = c.given.at("student_hidden").get<Batch>();
    const auto teacherStates = c.given.at("teacher_hidden").get<Batch>();
    const auto mask = c.given.at("attention_mask").get<std::vector<std::vector<int>>>();
    const auto labels = c.given.at("labels").get<std::vector<std::vector<std::int64_t>>>();
    const double temperature = c.given.at("temperature").get<double>();
    double distillation = 0.0;
    double words = 0.0;
    double apart = 0.0;
    std::size_t real = 0;
    std::size_t labelled = 0;
    for (std::size_t r = 0; r < student.size(); ++r)
        for (std::size_t t = 0; t < student[r].size(); ++t) {
            if (const auto label = labels.at(r).at(t); label >= 0) {
                words -= logSoftmax(student[r][t], 1.0).at(static_cast<std::size_t>(label));
                ++labelled;
            }
            if (mask.at(r).at(t) == 0)
                continue;
            distillation += divergence(teacher.at(r).at(t), student[r][t], temperature);
            apart += 1.0 - cosine(studentStates.at(r).at(t), teacherStates.at(r).at(t));
            ++real;
        }
    if (real == 0 || labelled == 0)
        throw std::out_of_range("expected at least one real and one labelled token");
    distillation *= temperature * temperature / static_cast<double>(real);
    apart /= static_cast<double>(real);
    words /= static_cast<double>(labelled);
    const Json &weights = c.given.at("weights");
    const auto weight = [&](const char *name) { return weights.at(name).get<double>(); };
    return {{"distillation", distillation},
            {"mlm", words},
            {"cosine", apart},
            {"total", weight("distillation") * distillation + weight("mlm") * words + weight("cosine") * apart}};
}

} // namespace

namespace {

void requireSame(std::span<const double> a, std::span<const double> b)
{
    if (a.size() != b.size())
        throw std::out_of_range("expected rows of one length, found " + std::to_string(a.size()) + " and " +
                                std::to_string(b.size()));
}

} // namespace

std::vector<double> logSoftmax(std::span<const double> logits, double temperature)
{
    if (logits.empty())
        throw std::out_of_range("expected logits of at least one word");
    const double largest = *std::ranges::max_element(logits) / temperature;
    double sum = 0.0;
    for (const double x : logits)
        sum += std::exp(x / temperature - largest);
    std::vector<double> out;
    out.reserve(logits.size());
    for (const double x : logits)
        out.push_back(x / temperature - largest - std::log(sum));
    return out;
}

double divergence(std::span<const double> teacher, std::span<const double> student, double temperature)
{
    requireSame(teacher, student);
    const auto p = logSoftmax(teacher, temperature);
    const auto q = logSoftmax(student, temperature);
    double sum = 0.0;
    for (std::size_t i = 0; i < p.size(); ++i)
        sum += std::exp(p[i]) * (p[i] - q[i]);
    return sum;
}

double cosine(std::span<const double> a, std::span<const double> b)
{
    requireSame(a, b);
    double product = 0.0;
    double ofA = 0.0;
    double ofB = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        product += a[i] * b[i];
        ofA += a[i] * a[i];
        ofB += b[i] * b[i];
    }
    return ofA > 0 && ofB > 0 ? product / std::sqrt(ofA * ofB) : 0.0;
}

Objective distilbertLosses()
{
    return {.info = {.id = "distilbert-losses",
                     .title = "Distillation",
                     .family = "distilbert",
                     .families = {"distilbert"},
                     .source = "Sanh et al. 2019, DistilBERT, section 2",
                     .rules = {"distillation: KL(teacher || student) of the softmax at the temperature, mean over real "
                               "tokens, times the temperature squared",
                               "mlm: cross entropy of the student at labelled positions",
                               "cosine: mean of 1 − cos(student state, teacher state)",
                               "the numbers here are drawn, one row a word"},
                     .options = {ObjectiveOption::Temperature}},
            .draw = draw,
            .expected = expected};
}

} // namespace engine::objectives
