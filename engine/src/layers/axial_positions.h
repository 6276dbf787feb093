// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/weights.h"
#include "engine/tensor.h"

#include <cstdint>
#include <vector>

namespace engine::layers {

// Position vectors put together of one short table an axis: position p is a place in a grid of `axes`, the last axis
// running fastest, and its vector is the axes' vectors side by side. Source: Kitaev et al. 2020, appendix D.
class AxialPositions {
public:
    struct Axis {
        std::int64_t size = 0;     // places
        std::int64_t features = 0; // of the vector
    };
    // Binds tensor "<i>" (1, …, size, …, 1, features) for axis i under the cursor.
    AxialPositions(const checkpoint::Weights &w, const std::vector<Axis> &axes);

    [[nodiscard]] std::int64_t positions() const; // of the whole grid
    // x (batch, length, Σ features) + the vectors of positions first … first + length − 1.
    [[nodiscard]] Tensor addTo(Tensor x, std::int64_t first) const;
    [[nodiscard]] const Tensor &table(std::size_t axis) const { return m_tables[axis]; } // (size, features)
    [[nodiscard]] std::size_t axes() const { return m_tables.size(); }

private:
    std::vector<Axis> m_axes;
    std::vector<Tensor> m_tables;
};

} // namespace engine::layers
