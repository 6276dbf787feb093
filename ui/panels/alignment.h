// SPDX-License-Identifier: GPL-3.0-or-later
// Which source tokens each target token looked at: cross-attention of a run, averaged.
#pragma once

#include "engine/task.h"

#include <cstdint>
#include <vector>

namespace ui {

// Weights from target (row) to source (column), the mean over heads and layers; rows sum to 1. Empty where the run has
// no cross-attention. Of runs with more than some tens of millions of weights only the last layer counts.
struct Alignment {
    std::int64_t targets = 0;
    std::int64_t sources = 0;
    std::vector<float> weights = {}; // targets × sources

    [[nodiscard]] bool isEmpty() const noexcept { return weights.empty(); }
    [[nodiscard]] std::vector<float> ofTarget(std::int64_t target) const; // by source
    [[nodiscard]] std::vector<float> ofSource(std::int64_t source) const; // by target
};
[[nodiscard]] Alignment alignmentOf(const engine::Trace &trace);

} // namespace ui
