// SPDX-License-Identifier: GPL-3.0-or-later
// The passages nearest to a question.
#pragma once

#include "engine/retrieval.h"
#include "engine/run_control.h"
#include "retrieval/embedder.h"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace engine::retrieval {

struct EmbedOptions {
    std::int64_t batch = 16;                          // passages of a pass
    std::int64_t done = 0;                            // before these, for the progress
    std::int64_t total = 0;                           // of the whole work; 0: these
    std::function<void(const Tensor &)> onBatch = {}; // (rows, dimension), as soon as they are known
};
// (passages, dimension). Reports "embedding" in passages; Cancelled between batches.
[[nodiscard]] Tensor embedPassages(const Encoder &encoder, std::span<const Passage> passages,
                                   const EmbedOptions &options, const RunControl &control);

struct Search {
    const RetrievalRequest &request;
    const Encoder &questions; // embeds passages too where the request brings no passage encoder; a note says so
    std::int64_t count = 5;
};
// Nearest first, with softmax of their scores. Argument error when the request brings no passages, or vectors of
// another dimension than the question's. `vector`: (1, dimension).
[[nodiscard]] std::vector<FoundPassage> nearest(const Tensor &vector, const Search &search, const RunControl &control,
                                                std::vector<std::string> &notes);

// Sets each passage's probability: the softmax over their scores.
void addProbabilities(std::vector<FoundPassage> &passages);

} // namespace engine::retrieval
