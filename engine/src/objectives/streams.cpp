// SPDX-License-Identifier: GPL-3.0-or-later
// Objectives that predict words from those that are visible: GPT's next word, XLNet's permutations, ProphetNet's future
// n-grams.
#include "objectives/objective.h"

#include <algorithm>
#include <stdexcept>

namespace engine::objectives {
namespace {

// matrix[i][j] = sees(i, j) ? 1 : 0
template <typename Sees> Json matrix(std::size_t rows, std::size_t columns, Sees &&sees)
{
    Json out = Json::array();
    for (std::size_t i = 0; i < rows; ++i) {
        Json row = Json::array();
        for (std::size_t j = 0; j < columns; ++j)
            row.push_back(sees(i, j) ? 1 : 0);
        out.push_back(std::move(row));
    }
    return out;
}

std::vector<Case> drawNextWord(const Material &m)
{
    return {{.name = "next-word", .given = {{"tokens", m.text.words}}}};
}

Json expectedNextWord(const Case &c)
{
    const Json &tokens = c.given.at("tokens");
    const auto n = tokens.size();
    Json targets = Json::array();
    for (std::size_t i = 1; i < n; ++i)
        targets.push_back(tokens[i]);
    targets.push_back(nullptr);
    return {{"input", tokens}, {"targets", targets}, {"visible", matrix(n, n, [](auto i, auto j) { return j <= i; })}};
}

std::vector<Case> drawXlnet(const Material &m)
{
    constexpr std::size_t kOneIn = 6; // the paper's K: a sixth of the words is predicted
    const auto n = m.text.words.size();
    const auto order = orderOf(m, n);
    const auto few = m.request.predicted.value_or(std::max<std::size_t>(1, n / kOneIn));
    if (few < 1 || few > n)
        throw std::out_of_range("targets: expected 1 to " + std::to_string(n) + ", found " + std::to_string(few));
    const auto caseOf = [&](const char *name, std::size_t predicted) {
        return Case{
            .name = name, .given = {{"tokens", m.text.words}, {"predicted", predicted}}, .choices = {{"order", order}}};
    };
    return {caseOf("full", n), caseOf("partial", few)};
}

Json expectedXlnet(const Case &c)
{
    const Json &tokens = c.given.at("tokens");
    const auto n = tokens.size();
    const auto predicted = c.given.at("predicted").get<std::size_t>();
    const auto order = c.choices.at("order").get<std::vector<std::size_t>>();
    if (order.size() != n || predicted > n)
        throw std::out_of_range("expected an order of all words and no more targets than words");
    std::vector<std::size_t> rank(n);
    for (std::size_t k = 0; k < n; ++k)
        rank.at(order[k]) = k;
    std::vector<std::size_t> targets(order.end() - static_cast<std::ptrdiff_t>(predicted), order.end());
    std::ranges::sort(targets);
    Json words = Json::array();
    for (const auto target : targets)
        words.push_back(tokens[target]);
    // The data pipeline treats everything that is not predicted as coming first, together.
    const auto isTarget = [&](std::size_t i) { return std::ranges::binary_search(targets, i); };
    const auto late = [&](std::size_t i) { return isTarget(i) ? static_cast<std::int64_t>(rank[i]) : -1; };
    return {{"targets", targets},
            {"target_tokens", words},
            {"query_visible", matrix(n, n, [&](auto i, auto j) { return rank[j] < rank[i]; })},
            {"content_visible", matrix(n, n, [&](auto i, auto j) { return rank[j] <= rank[i]; })},
            {"perm_mask", matrix(n, n, [&](auto i, auto j) { return rank[j] >= rank[i]; })},
            {"target_mapping", matrix(targets.size(), n, [&](auto i, auto j) { return targets[i] == j; })},
            {"pipeline_perm_mask", matrix(n, n, [&](auto i, auto j) { return isTarget(j) && late(i) <= late(j); })}};
}

std::vector<Case> drawProphetnet(const Material &m)
{
    constexpr std::size_t kNgram = 2;
    const auto ngram = m.request.ngram.value_or(std::min(kNgram, m.text.words.size()));
    return {{.name = "ngram", .given = {{"tokens", m.text.words}, {"ngram", ngram}, {"start", "[SEP]"}}}};
}

Json expectedProphetnet(const Case &c)
{
    const Json &tokens = c.given.at("tokens");
    const auto n = tokens.size();
    const auto ngram = c.given.at("ngram").get<std::size_t>();
    if (ngram > n)
        throw std::out_of_range("expected no more streams than words");
    Json future = Json::array();
    Json visible = Json::array();
    for (std::size_t k = 0; k < ngram; ++k) {
        Json row = Json::array();
        for (std::size_t t = 0; t < n; ++t)
            row.push_back(t + k < n ? tokens[t + k] : Json());
        future.push_back(std::move(row));
        visible.push_back(matrix(n, n, [k](auto t, auto j) { return j == 0 || j + k <= t; }));
    }
    Json input = Json::array({c.given.at("start")});
    for (std::size_t t = 0; t + 1 < n; ++t)
        input.push_back(tokens[t]);
    return {{"future_targets", future}, {"decoder_input", input}, {"row_targets", tokens}, {"stream_visible", visible}};
}

} // namespace

Objective nextWord()
{
    return {.info = {.id = "next-word",
                     .title = "The next word",
                     .family = "openai-gpt",
                     .families = {"openai-gpt", "gpt2", "ctrl", "transfo-xl", "reformer"},
                     .source = "Radford et al. 2018, GPT, section 3.1",
                     .rules = {"every position predicts the word behind it",
                               "it sees itself and what comes before, never what comes after"}},
            .draw = drawNextWord,
            .expected = expectedNextWord};
}

Objective xlnetPermutation()
{
    return {.info = {.id = "xlnet-permutation",
                     .title = "Words in any order",
                     .family = "xlnet",
                     .families = {"xlnet"},
                     .source = "Yang et al. 2019, XLNet, sections 2.2 and 2.3",
                     .rules = {"the words keep their places; only the order in which they are predicted is drawn",
                               "query stream: a position sees those before it in that order, not its own word",
                               "content stream: the same and itself",
                               "partial prediction: only the last positions of the order are targets"},
                     .options = {ObjectiveOption::Order, ObjectiveOption::Predicted}},
            .draw = drawXlnet,
            .expected = expectedXlnet};
}

Objective prophetnetFutureNgram()
{
    return {.info = {.id = "prophetnet-future-ngram",
                     .title = "The next words at once",
                     .family = "prophetnet",
                     .families = {"prophetnet", "xlm-prophetnet"},
                     .source = "Qi et al. 2020, ProphetNet, section 3",
                     .rules = {"stream k predicts the word k places further on, from the same words before",
                               "in row t stream k sees the decoder's inputs up to t − k, and input 0 always"},
                     .options = {ObjectiveOption::Ngram}},
            .draw = drawProphetnet,
            .expected = expectedProphetnet};
}

} // namespace engine::objectives
