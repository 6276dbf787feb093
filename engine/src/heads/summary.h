// SPDX-License-Identifier: GPL-3.0-or-later
// SequenceSummary of the reference library: one position of each row (or their mean), projected and activated.
#pragma once

#include "checkpoint/weights.h"
#include "files/config.h"
#include "heads/head.h"

#include <cstdint>
#include <string>

namespace engine::heads {

struct SummaryOptions {
    std::int64_t hidden = 0;
    std::int64_t labels = 1;        // outputs of a projection to the labels
    std::string positionInput = {}; // the input that names the position which "cls_index" picks; absent: the last
    // What the family's configuration class sets where config.json has no such key.
    std::string type = "last";
    bool usesProjection = false;
    bool projectsToLabels = false;
    std::string activation = {}; // empty: none
};

struct Summary {
    Pooling pooling;          // (rows, length, hidden) → (rows, outputs)
    std::int64_t outputs = 0; // width
};

// Reads summary_type, summary_use_proj, summary_proj_to_labels and summary_activation; binds "summary" under `w`
// when there is a projection. The activation acts with and without one.
[[nodiscard]] Summary sequenceSummary(const files::Config &config, const checkpoint::Weights &w,
                                      const SummaryOptions &options);

} // namespace engine::heads
