// SPDX-License-Identifier: GPL-3.0-or-later
// Arithmetic on one row of scores. Sums are in double; −∞ stands for a removed token.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <span>
#include <vector>

namespace engine::generation {

// log Σ exp(score); −∞ when every token is removed.
[[nodiscard]] double logSumExp(std::span<const float> scores);

// In place: score − logSumExp.
void logSoftmax(std::span<float> scores);

// The first index of the largest score. Internal error for an empty row.
[[nodiscard]] std::int64_t argmax(std::span<const float> scores);

// Internal error naming the step when a score is not a number: weights or activations overflowed.
void requireNumbers(std::span<const float> scores, std::size_t step);

// The `count` best indices for which `accepts` holds, best first, ties by the lower index. O(n log count).
[[nodiscard]] std::vector<std::int64_t> best(std::span<const float> scores, std::size_t count,
                                             const std::function<bool(std::int64_t)> &accepts = {});

// Random numbers of a run. The same seed gives the same numbers with every compiler and library: the
// generator is specified bit by bit (std::mt19937_64) and the conversion is ours.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : m_generator(seed) {}
    [[nodiscard]] double uniform() // [0, 1), 53 random bits
    {
        constexpr int kUnusedBits = 11;
        return static_cast<double>(m_generator() >> kUnusedBits) * 0x1p-53;
    }

private:
    std::mt19937_64 m_generator;
};

// An index drawn with probability weights[i] / Σ weights. Argument error when nothing has weight.
[[nodiscard]] std::size_t draw(std::span<const double> weights, Dice &dice);

} // namespace engine::generation
