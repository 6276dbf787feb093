// SPDX-License-Identifier: GPL-3.0-or-later
// T5: runs of words become sentinels.
#include "objectives/objective.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <set>
#include <stdexcept>

namespace engine::objectives {
namespace {

constexpr std::array<std::string_view, 2> kActions{"chosen", "none"};

// ---- T5 --------------------------------------------------------------------------------------------

std::string sentinel(std::size_t index)
{
    return "<extra_id_" + std::to_string(index) + ">";
}

// Every run of dropped words becomes one sentinel; the target lists sentinels with their words.
Json withSentinels(const Json &tokens, const std::set<std::size_t> &dropped)
{
    Json input = Json::array();
    Json origin = Json::array(); // of each word of the input: its place in the text, none for a sentinel
    Json target = Json::array();
    Json targetOrigin = Json::array();
    std::size_t count = 0;
    const auto add = [](Json &words, Json &places, const Json &word, const Json &place) {
        words.push_back(word);
        places.push_back(place);
    };
    if (!dropped.empty() && *dropped.rbegin() >= tokens.size())
        throw std::out_of_range("a dropped position is outside the text");
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (!dropped.contains(i)) {
            add(input, origin, tokens[i], i);
            continue;
        }
        if (i == 0 || !dropped.contains(i - 1)) {
            add(input, origin, sentinel(count), nullptr);
            add(target, targetOrigin, sentinel(count++), nullptr);
        }
        add(target, targetOrigin, tokens[i], i);
    }
    add(target, targetOrigin, sentinel(count), nullptr);
    return {{"input", input}, {"input_origin", origin}, {"target", target}, {"target_origin", targetOrigin}};
}

struct SpanPlan {
    std::size_t noise; // words to drop
    std::size_t spans;
};

SpanPlan planOf(std::size_t length, double density, double meanLength)
{
    const auto noise = std::min(std::max<std::size_t>(rounded(static_cast<double>(length) * density), 1), length - 1);
    return {noise, std::max<std::size_t>(rounded(static_cast<double>(noise) / meanLength), 1)};
}

// `total` as a sum of `parts` positive numbers.
std::vector<std::size_t> partition(Dice &dice, std::size_t total, std::size_t parts)
{
    std::vector<std::size_t> out;
    std::size_t last = 0;
    for (const auto cut : dice.some(parts - 1, total - 1)) {
        out.push_back(cut + 1 - last);
        last = cut + 1;
    }
    out.push_back(total - last);
    return out;
}

// Spans of these lengths, in turn with plain words, as the positions that they cover.
std::set<std::size_t> coveredBy(const std::vector<std::size_t> &plain, const std::vector<std::size_t> &noise)
{
    std::set<std::size_t> dropped;
    std::size_t at = 0;
    for (std::size_t i = 0; i < plain.size(); ++i) {
        at += plain[i];
        for (std::size_t k = 0; k < noise.at(i); ++k)
            dropped.insert(at++);
    }
    return dropped;
}

// Puts positions in and takes them out as the hand says; whether it said something.
bool takeByHand(const Material &m, std::size_t count, std::set<std::size_t> &chosen)
{
    const auto before = chosen;
    for (std::size_t i = 0; i < count; ++i)
        if (const auto *action = m.hand.actionAt(i, kActions)) {
            if (*action == "none")
                chosen.erase(i);
            else
                chosen.insert(i);
        }
    return chosen != before;
}

std::vector<Case> drawT5(const Material &m)
{
    constexpr double kDensity = 0.15;
    constexpr double kMeanLength = 3.0;
    const auto n = m.text.words.size();
    if (n < 2)
        throw std::invalid_argument("t5-span-corruption needs at least two words");
    auto plan = planOf(n, kDensity, kMeanLength);
    plan.spans = std::min(plan.spans, n - plan.noise);
    const auto noise = partition(m.dice, plan.noise, plan.spans);
    const auto plain = partition(m.dice, n - plan.noise, plan.spans);
    const Json given{{"tokens", m.text.words}, {"density", kDensity}, {"mean_length", kMeanLength}};
    auto dropped = coveredBy(plain, noise);
    if (takeByHand(m, n, dropped))
        return {{.name = "spans", .given = given, .choices = {{"dropped", dropped}}}};
    return {{.name = "spans", .given = given, .choices = {{"plain_lengths", plain}, {"noise_lengths", noise}}}};
}

Json expectedT5(const Case &c)
{
    const Json &tokens = c.given.at("tokens");
    if (c.choices.contains("dropped"))
        return withSentinels(tokens, c.choices.at("dropped").get<std::set<std::size_t>>());
    const auto plain = c.choices.at("plain_lengths").get<std::vector<std::size_t>>();
    const auto noise = c.choices.at("noise_lengths").get<std::vector<std::size_t>>();
    const auto dropped = coveredBy(plain, noise);
    Json out = withSentinels(tokens, dropped);
    const auto plan =
        planOf(tokens.size(), c.given.at("density").get<double>(), c.given.at("mean_length").get<double>());
    out["noise_tokens"] = plan.noise;
    out["spans"] = plan.spans;
    out["dropped"] = dropped;
    return out;
}

} // namespace

Objective t5SpanCorruption()
{
    return {.info = {.id = "t5-span-corruption",
                     .title = "Spans and sentinels",
                     .family = "t5",
                     .families = {"t5", "mt5"},
                     .source = "Raffel et al. 2019, T5, sections 3.1.4 and 3.3.4, figure 2",
                     .rules = {"every run of dropped words becomes one sentinel, numbered from 0",
                               "the target lists each sentinel with its words and ends with one more sentinel",
                               "15 % of the words in spans of 3 on average"},
                     .options = {ObjectiveOption::Forced},
                     .actions = {kActions.begin(), kActions.end()}},
            .draw = drawT5,
            .expected = expectedT5};
}

} // namespace engine::objectives
