// SPDX-License-Identifier: GPL-3.0-or-later
// What a model that goes on with a text thinks of every place of a row.
#pragma once

#include "engine/task.h"
#include "tasks/tasks.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace engine::tasks {

struct RowToScore {
    std::span<const std::int64_t> ids;
    std::size_t promptLength = 0;
    bool usesCache = true;
    std::size_t topK = 0;                           // alternatives named at each place
    std::size_t mostBytes = std::size_t{256} << 20; // of logits that are kept
};

struct ScoredRow {
    Tensor logits;                // (rows, vocabulary) of the last places: row i predicts token first + i + 1
    std::size_t first = 0;        // 0 unless all rows would have taken more than mostBytes
    std::vector<TokenStep> steps; // one a token; texts and isPrompt are left to the caller
};

// One pass over the row, with the run's listener. Where a pass does not give the numbers of the steps of a search
// (Model::scoresAsItSteps), the places behind the prompt are scored by such steps instead.
[[nodiscard]] ScoredRow scoreRow(const TaskContext &context, const HeadInfo &head, const RowToScore &row);

} // namespace engine::tasks
