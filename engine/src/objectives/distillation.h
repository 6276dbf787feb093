// SPDX-License-Identifier: GPL-3.0-or-later
// The numbers of a distillation, of one token each.
#pragma once

#include <span>
#include <vector>

namespace engine::objectives {

// How the three losses are weighed.
inline constexpr double kDistillationWeight = 5.0;
inline constexpr double kWordsWeight = 2.0;
inline constexpr double kCosineWeight = 1.0;

// std::out_of_range for an empty row, or rows of different lengths.
[[nodiscard]] std::vector<double> logSoftmax(std::span<const double> logits, double temperature);
[[nodiscard]] double divergence(std::span<const double> teacher, std::span<const double> student, double temperature);
[[nodiscard]] double cosine(std::span<const double> a, std::span<const double> b); // 0 when one has no length

} // namespace engine::objectives
