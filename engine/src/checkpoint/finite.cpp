// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/finite.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace engine::checkpoint {
namespace {

// The exponent of a non-finite number is all ones, so that adding one to it carries into the sign bit. And, add
// and or are all that the loop needs: every instruction set has them for vectors.
bool hasNonFinite(std::span<const float> block) noexcept
{
    std::uint32_t carries = 0;
    for (const float value : block)
        carries |= (std::bit_cast<std::uint32_t>(value) & 0x7FFFFFFFU) + 0x00800000U;
    return (carries & 0x80000000U) != 0;
}

} // namespace

std::optional<std::size_t> firstNonFinite(std::span<const float> values) noexcept
{
    constexpr std::size_t kBlock = 4096; // stays in the first cache, so that a second look is free
    for (std::size_t begin = 0; begin < values.size(); begin += kBlock) {
        const auto block = values.subspan(begin, std::min(kBlock, values.size() - begin));
        if (!hasNonFinite(block))
            continue;
        const auto it = std::find_if(block.begin(), block.end(), [](float v) { return !std::isfinite(v); });
        return begin + static_cast<std::size_t>(it - block.begin());
    }
    return std::nullopt;
}

std::string nonFiniteText(float value)
{
    return std::isnan(value) ? "NaN" : value < 0 ? "-inf" : "inf";
}

} // namespace engine::checkpoint
