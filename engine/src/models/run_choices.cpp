// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/run_choices.h"

#include "engine/error.h"

#include <cmath>
#include <numbers>
#include <random>

namespace engine {
namespace {

// (0, 1], 53 random bits; written out, so that every library draws the same numbers.
double uniform(std::mt19937_64 &generator)
{
    constexpr int kUnusedBits = 11;
    return (static_cast<double>(generator() >> kUnusedBits) + 1.0) * 0x1p-53;
}

} // namespace

Tensor RunChoices::normal(const Draw &draw)
{
    const std::string what(draw.what);
    if (m_isRecorded) {
        if (m_taken == m_recorded.size())
            failArgument(what + ": all " + std::to_string(m_taken) + " recorded tensors are used, one more is needed");
        const Tensor next = m_recorded[m_taken++];
        if (next.shape() != draw.shape)
            failArgument(what + ": expected a recorded tensor of shape " + draw.shape.text() + ", found " +
                         next.shape().text());
        return next;
    }
    std::seed_seq words{m_seed >> 32U, m_seed & 0xFFFFFFFFU, draw.stream};
    std::mt19937_64 generator(words);
    Tensor out = Tensor::uninitialised(draw.shape);
    for (float &value : out.mutableFloats()) { // Box and Muller 1958
        const double radius = std::sqrt(-2.0 * std::log(uniform(generator)));
        value = static_cast<float>(radius * std::cos(2.0 * std::numbers::pi * uniform(generator)));
    }
    return out;
}

std::int64_t RunChoices::settled(std::string_view name, std::int64_t value)
{
    return m_settled.emplace(name, value).first->second;
}

} // namespace engine
