// SPDX-License-Identifier: GPL-3.0-or-later
#include "generation/processors.h"

#include "engine/error.h"
#include "generation/scores.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <utility>

namespace engine::generation {
namespace {

constexpr float kRemoved = -std::numeric_limits<float>::infinity();

bool isInside(std::int64_t id, std::span<const float> scores)
{
    return id >= 0 && static_cast<std::size_t>(id) < scores.size();
}

// Keskar et al. 2019 (CTRL), section 4.1: tokens of the row lose, once each however often they occur.
class RepetitionPenalty final : public LogitsProcessor {
public:
    explicit RepetitionPenalty(double penalty) : m_penalty(static_cast<float>(penalty)) {}
    [[nodiscard]] std::string_view name() const noexcept override { return "repetition penalty"; }
    void apply(std::span<float> scores, const RowContext &row) const override
    {
        std::vector<std::int64_t> ids(row.ids.begin(), row.ids.end());
        std::sort(ids.begin(), ids.end());
        ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
        for (const auto id : ids) {
            if (!isInside(id, scores))
                continue;
            float &score = scores[static_cast<std::size_t>(id)];
            score = score < 0.0F ? score * m_penalty : score / m_penalty;
        }
    }

private:
    float m_penalty;
};

// Paulus et al. 2017: bans every token that would complete an n-gram that the row already holds.
class NoRepeatNgram final : public LogitsProcessor {
public:
    explicit NoRepeatNgram(std::int64_t length) : m_prefix(static_cast<std::size_t>(length - 1)) {}
    [[nodiscard]] std::string_view name() const noexcept override { return "no-repeat n-gram"; }
    void apply(std::span<float> scores, const RowContext &row) const override
    {
        if (row.ids.size() <= m_prefix)
            return;
        const auto ending = row.ids.last(m_prefix);
        for (std::size_t i = 0; i + m_prefix < row.ids.size(); ++i) {
            const auto next = row.ids[i + m_prefix];
            if (isInside(next, scores) && std::equal(ending.begin(), ending.end(), row.ids.begin() + i))
                scores[static_cast<std::size_t>(next)] = kRemoved;
        }
    }

private:
    std::size_t m_prefix; // tokens before the one that is banned
};

// Bans the end tokens while fewer than the wanted number of new tokens stand in the row.
class MinNewTokens final : public LogitsProcessor {
public:
    MinNewTokens(std::int64_t minimum, std::vector<std::int64_t> endTokens)
        : m_minimum(static_cast<std::size_t>(minimum)), m_endTokens(std::move(endTokens))
    {
    }
    [[nodiscard]] std::string_view name() const noexcept override { return "min new tokens"; }
    void apply(std::span<float> scores, const RowContext &row) const override
    {
        if (row.newTokens() >= m_minimum)
            return;
        for (const auto id : m_endTokens)
            if (isInside(id, scores))
                scores[static_cast<std::size_t>(id)] = kRemoved;
    }

private:
    std::size_t m_minimum;
    std::vector<std::int64_t> m_endTokens;
};

class Temperature final : public LogitsProcessor {
public:
    explicit Temperature(double temperature) : m_temperature(static_cast<float>(temperature)) {}
    [[nodiscard]] std::string_view name() const noexcept override { return "temperature"; }
    void apply(std::span<float> scores, const RowContext &) const override
    {
        for (float &score : scores)
            score /= m_temperature;
    }

private:
    float m_temperature;
};

// A number that grows with the score: the sign bit turned, or all bits of a negative number.
std::uint32_t orderOf(float score)
{
    constexpr std::uint32_t kSign = 0x80000000U;
    const auto bits = std::bit_cast<std::uint32_t>(score);
    return (bits & kSign) != 0 ? ~bits : bits | kSign;
}

// The k-th largest score, 1 ≤ k ≤ size. Counts scores by their leading bits first, so that only one bucket has
// to be partitioned.
float kthLargest(std::span<const float> scores, std::size_t k)
{
    constexpr std::uint32_t kShift = 20; // sign, exponent and three bits of the fraction remain
    std::vector<std::size_t> counts(std::size_t{1} << (32U - kShift), 0);
    for (const float score : scores)
        ++counts[orderOf(score) >> kShift];
    std::size_t bucket = counts.size() - 1;
    while (counts[bucket] < k)
        k -= counts[bucket--];
    std::vector<float> candidates;
    candidates.reserve(counts[bucket]);
    for (const float score : scores)
        if (orderOf(score) >> kShift == bucket)
            candidates.push_back(score);
    const auto last = candidates.begin() + static_cast<std::ptrdiff_t>(k - 1);
    std::nth_element(candidates.begin(), last, candidates.end(), std::greater<>());
    return *last;
}

// Fan et al. 2018: the k best stay, and whatever ties with the last of them.
class TopK final : public LogitsProcessor {
public:
    TopK(std::int64_t k, std::size_t minKept) : m_k(std::max(static_cast<std::size_t>(k), minKept)) {}
    [[nodiscard]] std::string_view name() const noexcept override { return "top-k"; }
    void apply(std::span<float> scores, const RowContext &) const override
    {
        if (m_k >= scores.size())
            return;
        const float last = kthLargest(scores, m_k);
        for (float &score : scores)
            if (score < last)
                score = kRemoved;
    }

private:
    std::size_t m_k;
};

struct WeightedToken {
    float weight = 0.0F; // of the row's total 1
    std::int32_t id = 0;
    // Heavier first, ties by the lower id: a total order, so that the same tokens stay every time.
    bool operator<(const WeightedToken &other) const
    {
        return weight > other.weight || (weight == other.weight && id < other.id);
    }
};

// Holtzman et al. 2020 (nucleus): the smallest set of the most probable tokens whose probabilities reach p.
class TopP final : public LogitsProcessor {
public:
    TopP(double p, std::size_t minKept) : m_p(p), m_minKept(minKept) {}
    [[nodiscard]] std::string_view name() const noexcept override { return "top-p"; }
    void apply(std::span<float> scores, const RowContext &) const override
    {
        const double total = logSumExp(scores);
        if (!std::isfinite(total))
            return;
        // Tokens lighter than (1 − p) / n cannot reach 1 − p together: they all belong to the tail, unsorted.
        const auto certainTail =
            static_cast<float>(total + std::log(std::max(1.0 - m_p, std::numeric_limits<double>::min()) /
                                                static_cast<double>(scores.size())));
        const std::vector<std::int64_t> kept = best(scores, m_minKept);
        std::vector<WeightedToken> tokens(scores.size());
        std::size_t count = 0;
        for (std::size_t i = 0; i < scores.size(); ++i) { // advances without a branch
            tokens[count] = {scores[i], static_cast<std::int32_t>(i)};
            count +=
                static_cast<std::size_t>(scores[i] >= certainTail) & static_cast<std::size_t>(scores[i] > kRemoved);
        }
        tokens.resize(count);
        for (auto &token : tokens)
            token.weight = std::exp(token.weight - static_cast<float>(total));
        const std::size_t nucleus = nucleusSize(tokens);
        std::vector<std::pair<std::int64_t, float>> survivors;
        survivors.reserve(nucleus + kept.size());
        const auto keep = [&](std::int64_t id) { survivors.emplace_back(id, scores[static_cast<std::size_t>(id)]); };
        for (std::size_t i = 0; i < nucleus; ++i)
            keep(tokens[i].id);
        for (const auto id : kept)
            keep(id);
        std::fill(scores.begin(), scores.end(), kRemoved);
        for (const auto &[id, score] : survivors)
            scores[static_cast<std::size_t>(id)] = score;
    }

private:
    // Brings the nucleus to the front of `tokens` and returns its size. Halves the undecided range each
    // time (weighted quickselect), so it is linear where a sort would not be.
    [[nodiscard]] std::size_t nucleusSize(std::vector<WeightedToken> &tokens) const
    {
        std::size_t begin = 0;           // before it: in the nucleus
        std::size_t end = tokens.size(); // from it on: in the tail
        double mass = 0.0;               // of everything before begin
        while (begin < end) {
            const std::size_t middle = begin + (end - begin) / 2;
            const auto at = [&](std::size_t i) { return tokens.begin() + static_cast<std::ptrdiff_t>(i); };
            std::nth_element(at(begin), at(middle), at(end));
            double upper = 0.0;
            for (std::size_t i = begin; i < middle; ++i)
                upper += static_cast<double>(tokens[i].weight);
            if (mass + upper >= m_p) { // reached before `middle`
                end = middle;
            } else {
                mass += upper + static_cast<double>(tokens[middle].weight);
                begin = middle + 1;
            }
        }
        return begin;
    }

    double m_p;
    std::size_t m_minKept;
};

void require(bool holds, const char *option, const char *expected, const std::string &found)
{
    if (!holds)
        failArgument(std::string(option) + " must be " + expected + ", not " + found);
}

} // namespace

Processors processors(const GenerationOptions &options)
{
    Processors parts;
    if (options.repetitionPenalty != 1.0)
        parts.push_back(std::make_unique<RepetitionPenalty>(options.repetitionPenalty));
    if (options.noRepeatNgram > 0)
        parts.push_back(std::make_unique<NoRepeatNgram>(options.noRepeatNgram));
    if (options.minNewTokens > 0 && !options.eosTokenIds.empty())
        parts.push_back(std::make_unique<MinNewTokens>(options.minNewTokens, options.eosTokenIds));
    return parts;
}

Processors warpers(const GenerationOptions &options, std::size_t minKept)
{
    Processors parts;
    if (!options.sample)
        return parts;
    if (options.temperature != 1.0)
        parts.push_back(std::make_unique<Temperature>(options.temperature));
    if (options.topK > 0)
        parts.push_back(std::make_unique<TopK>(options.topK, minKept));
    if (options.topP < 1.0)
        parts.push_back(std::make_unique<TopP>(options.topP, minKept));
    return parts;
}

void applyAll(const Processors &parts, std::span<float> scores, const RowContext &row)
{
    for (const auto &part : parts)
        part->apply(scores, row);
}

void check(const GenerationOptions &options)
{
    constexpr std::int64_t kMaxBeams = 1024; // rows of a batch: more is a slip of the keyboard
    const auto integer = [](std::int64_t value) { return std::to_string(value); };
    const auto number = [](double value) {
        std::string text = std::to_string(value);
        text.erase(text.find_last_not_of('0') + 1);
        return text.back() == '.' ? text + "0" : text;
    };
    require(options.maxNewTokens >= 0, "max-new-tokens", "0 or more", integer(options.maxNewTokens));
    require(options.minNewTokens >= 0, "min-new-tokens", "0 or more", integer(options.minNewTokens));
    require(options.minNewTokens <= options.maxNewTokens, "min-new-tokens", "at most max-new-tokens",
            integer(options.minNewTokens));
    require(options.beams >= 1 && options.beams <= kMaxBeams, "beams", "1 to 1024", integer(options.beams));
    require(options.returnSequences >= 1 && options.returnSequences <= kMaxBeams, "return-sequences", "1 to 1024",
            integer(options.returnSequences));
    require(options.returnSequences <= options.beams || (options.sample && options.beams == 1), "return-sequences",
            "at most the number of beams", integer(options.returnSequences));
    require(options.noRepeatNgram >= 0, "no-repeat-ngram", "0 or more", integer(options.noRepeatNgram));
    require(options.repetitionPenalty > 0.0 && std::isfinite(options.repetitionPenalty), "repetition-penalty",
            "above 0", number(options.repetitionPenalty));
    require(std::isfinite(options.lengthPenalty), "length-penalty", "a finite number", number(options.lengthPenalty));
    require(options.temperature > 0.0 && std::isfinite(options.temperature), "temperature", "above 0",
            number(options.temperature));
    require(options.topK >= 0, "top-k", "0 or more", integer(options.topK));
    require(options.topP >= 0.0 && options.topP <= 1.0, "top-p", "from 0 to 1", number(options.topP));
}

} // namespace engine::generation
