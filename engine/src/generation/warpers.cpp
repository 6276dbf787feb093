// SPDX-License-Identifier: GPL-3.0-or-later
// What reshapes the scores before a token is drawn.
#include "generation/processors.h"
#include "generation/scores.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

namespace engine::generation {
namespace {

constexpr float kRemoved = -std::numeric_limits<float>::infinity();

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

} // namespace

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

} // namespace engine::generation
