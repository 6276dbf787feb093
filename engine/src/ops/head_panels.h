// SPDX-License-Identifier: GPL-3.0-or-later
// How the fused attentions lay out the keys and values of one head for the tile kernel.
#pragma once

#include "ops/kernels.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace engine::ops {

[[nodiscard]] inline std::int64_t roundUp(std::int64_t value, std::int64_t step)
{
    return (value + step - 1) / step * step;
}

// Working memory keeps its size between calls.
inline void growTo(std::vector<float> &buffer, std::int64_t size)
{
    if (buffer.size() < static_cast<std::size_t>(size))
        buffer.resize(static_cast<std::size_t>(size));
}

// `count` rows of d as panels of kPanel keys, (d, kPanel) each; the last one is filled up with zeros.
inline void transposeKeys(const float *keys, std::int64_t count, std::int64_t d, std::vector<float> &panels)
{
    using kernels::kPanel;
    growTo(panels, roundUp(count, kPanel) * d);
    for (std::int64_t first = 0; first < count; first += kPanel)
        kernels::kernels().transpose({keys + first * d, d}, std::min(kPanel, count - first), d,
                                     panels.data() + first * d, kPanel);
}

// `count` rows of d, each filled up with zeros to paddedD.
inline void padRows(kernels::Rows rows, std::int64_t count, std::int64_t d, std::vector<float> &padded)
{
    const std::int64_t paddedD = roundUp(d, kernels::kernels().lanes);
    growTo(padded, count * paddedD);
    for (std::int64_t row = 0; row < count; ++row) {
        float *to = padded.data() + row * paddedD;
        std::copy_n(rows.data + row * rows.stride, d, to);
        std::fill_n(to + d, paddedD - d, 0.0F);
    }
}

} // namespace engine::ops
