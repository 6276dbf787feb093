// SPDX-License-Identifier: GPL-3.0-or-later
// Finding NaN and infinities at the speed at which memory is read.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace engine::checkpoint {

// Index of the first NaN or infinity.
[[nodiscard]] std::optional<std::size_t> firstNonFinite(std::span<const float> values) noexcept;

[[nodiscard]] std::string nonFiniteText(float value); // "NaN", "inf", "-inf"

} // namespace engine::checkpoint
