// SPDX-License-Identifier: GPL-3.0-or-later
#include "generation/scores.h"

#include "engine/error.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

namespace engine::generation {

double logSumExp(std::span<const float> scores)
{
    float largest = -std::numeric_limits<float>::infinity();
    for (const float score : scores)
        largest = std::max(largest, score);
    if (!std::isfinite(largest))
        return largest;
    double sum = 0.0; // of single-precision exponentials: their errors of 6e-8 do not add up
    for (const float score : scores)
        if (score > -std::numeric_limits<float>::infinity())
            sum += static_cast<double>(std::exp(score - largest));
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
