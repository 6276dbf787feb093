// SPDX-License-Identifier: GPL-3.0-or-later
#include "generation/scores.h"

#include "engine/error.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <string>
#include <utility>

namespace engine::generation {
namespace {

// e^x for x ≤ 0 to single precision, written so that compilers compute several at once: x = n ln 2 + r, the Taylor
// series of e^r to the seventh power (|r| ≤ 0.35, rest below 1e-8), times 2^n. Removed tokens and NaN count as
// e^−80, which is nothing beside the largest token's 1.
inline float exponential(float x)
{
    constexpr float kNothing = -80.0F;
    constexpr float kLog2E = std::numbers::log2e_v<float>;
    constexpr float kLn2High = 0.693359375F; // exact times any n here
    constexpr float kLn2Low = static_cast<float>(std::numbers::ln2 - 0.693359375);
    constexpr float kRounder = 12582912.0F; // 1.5 · 2^23: adding it leaves no fraction
    x = kNothing < x ? x : kNothing;
    const float n = (x * kLog2E + kRounder) - kRounder;
    const float r = (x - n * kLn2High) - n * kLn2Low;
    float series = 1.0F + r * (1.0F / 7.0F);
    series = 1.0F + r * (1.0F / 6.0F) * series;
    series = 1.0F + r * (1.0F / 5.0F) * series;
    series = 1.0F + r * (1.0F / 4.0F) * series;
    series = 1.0F + r * (1.0F / 3.0F) * series;
    series = 1.0F + r * (1.0F / 2.0F) * series;
    series = 1.0F + r * series;
    constexpr int kFractionBits = 23;
    constexpr int kBias = 127;
    return series * std::bit_cast<float>((static_cast<std::int32_t>(n) + kBias) << kFractionBits);
}

// The largest score, in lanes so that the comparisons do not wait for each other.
float largestOf(std::span<const float> scores)
{
    constexpr std::size_t kLanes = 16;
    std::array<float, kLanes> lanes;
    lanes.fill(-std::numeric_limits<float>::infinity());
    std::size_t i = 0;
    for (; i + kLanes <= scores.size(); i += kLanes)
        for (std::size_t lane = 0; lane < kLanes; ++lane)
            lanes[lane] = lanes[lane] < scores[i + lane] ? scores[i + lane] : lanes[lane];
    for (; i < scores.size(); ++i)
        lanes.front() = std::max(lanes.front(), scores[i]);
    return *std::max_element(lanes.begin(), lanes.end());
}

} // namespace

double logSumExp(std::span<const float> scores)
{
    const float largest = largestOf(scores);
    if (!std::isfinite(largest))
        return largest;
    constexpr std::size_t kBlock = 512; // exponentials first, then their sum: the first loop runs on vectors
    std::array<float, kBlock> powers;
    double sum = 0.0;
    for (std::size_t begin = 0; begin < scores.size(); begin += kBlock) {
        const auto block = scores.subspan(begin, std::min(kBlock, scores.size() - begin));
        const float *from = block.data();
        for (std::size_t i = 0; i < block.size(); ++i)
            powers[i] = exponential(from[i] - largest);
        std::array<double, 4> sums{};
        for (std::size_t i = 0; i < block.size(); ++i)
            sums[i % sums.size()] += static_cast<double>(powers[i]);
        sum += (sums[0] + sums[1]) + (sums[2] + sums[3]);
    }
    return static_cast<double>(largest) + std::log(sum);
}

void logSoftmax(std::span<float> scores)
{
    const double total = logSumExp(scores);
    if (!std::isfinite(total))
        return;
    for (float &score : scores)
        score = static_cast<float>(static_cast<double>(score) - total);
}

std::int64_t argmax(std::span<const float> scores)
{
    if (scores.empty())
        failInternal("the largest of no scores");
    return std::max_element(scores.begin(), scores.end()) - scores.begin();
}

void requireNumbers(std::span<const float> scores, std::size_t step)
{
    for (std::size_t i = 0; i < scores.size(); ++i)
        if (std::isnan(scores[i]) || scores[i] == std::numeric_limits<float>::infinity())
            failInternal("the model's score of token " + std::to_string(i) + " at new token " +
                         std::to_string(step + 1) + " is not a finite number");
}

std::vector<std::int64_t> best(std::span<const float> scores, std::size_t count,
                               const std::function<bool(std::int64_t)> &accepts)
{
    // A total order even with NaN (below everything), so that the heap stays valid.
    const auto isBetter = [&](std::int64_t a, std::int64_t b) {
        const float x = scores[static_cast<std::size_t>(a)];
        const float y = scores[static_cast<std::size_t>(b)];
        if (std::isnan(x) != std::isnan(y))
            return std::isnan(y);
        return x == y || std::isnan(x) ? a < b : x > y;
    };
    std::vector<std::int64_t> heap; // its front is the worst of the best so far
    count = std::min(count, scores.size());
    if (count == 0)
        return heap;
    heap.reserve(count);
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(scores.size()); ++i) {
        if (heap.size() == count && !isBetter(i, heap.front()))
            continue;
        if (accepts && !accepts(i))
            continue;
        if (heap.size() == count) {
            std::pop_heap(heap.begin(), heap.end(), isBetter);
            heap.pop_back();
        }
        heap.push_back(i);
        std::push_heap(heap.begin(), heap.end(), isBetter);
    }
    std::sort_heap(heap.begin(), heap.end(), isBetter);
    return heap;
}

std::size_t draw(std::span<const double> weights, Dice &dice)
{
    const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
    if (!(total > 0.0))
        failArgument("the filters leave no token to choose from: loosen no-repeat-ngram or min-new-tokens");
    const double target = dice.uniform() * total;
    double sum = 0.0;
    std::size_t last = 0; // rounding may leave the target just above the last sum
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (weights[i] <= 0.0)
            continue;
        sum += weights[i];
        last = i;
        if (target < sum)
            return i;
    }
    return last;
}

} // namespace engine::generation
