// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/axial_positions.h"

#include "engine/error.h"
#include "ops/ops.h"

#include <algorithm>
#include <string>
#include <utility>

namespace engine::layers {

AxialPositions::AxialPositions(const checkpoint::Weights &w, const std::vector<Axis> &axes) : m_axes(axes)
{
    for (std::size_t i = 0; i < axes.size(); ++i) {
        std::vector<std::int64_t> sizes(axes.size(), 1);
        sizes[i] = axes[i].size;
        sizes.push_back(axes[i].features);
        m_tables.push_back(
            w.tensor(std::to_string(i), Shape(std::move(sizes))).reshaped({axes[i].size, axes[i].features}));
    }
}

std::int64_t AxialPositions::positions() const
{
    std::int64_t product = 1;
    for (const auto &axis : m_axes)
        product *= axis.size;
    return product;
}

Tensor AxialPositions::addTo(Tensor x, std::int64_t first) const
{
    const auto length = x.size(1);
    const auto features = x.size(2);
    if (first + length > positions())
        failArgument("position " + std::to_string(first + length - 1) + " is outside the grid of " +
                     std::to_string(positions()) + " positions");
    Tensor vectors = Tensor::uninitialised({1, features});
    for (std::int64_t p = 0; p < length; ++p) {
        std::int64_t rest = first + p;
        float *end = vectors.mutableFloats().data() + features;
        for (std::size_t i = m_axes.size(); i-- > 0;) {
            const auto &axis = m_axes[i];
            const float *row = m_tables[i].floats().data() + rest % axis.size * axis.features;
            end = std::copy_backward(row, row + axis.features, end);
            rest /= axis.size;
        }
        for (std::int64_t b = 0; b < x.size(0); ++b)
            ops::addInto(x, (b * length + p) * features, vectors);
    }
    return x;
}

} // namespace engine::layers
