// SPDX-License-Identifier: GPL-3.0-or-later
// Reformer's backbone (Kitaev et al. 2020): chunked attention, two residual streams, feed-forward in blocks of rows.
// Memory grows with the length alone: of a layer, one head and one block of rows are worked on at a time, and no
// layer's activations are kept.
#pragma once

#include "checkpoint/weights.h"
#include "layers/attention/chunked.h"
#include "layers/axial_positions.h"
#include "models/backbone.h"
#include "ops/ops.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace engine::models {

struct ReversibleChunkedOptions {
    std::int64_t vocabulary = 320;
    std::int64_t hidden = 256;
    std::int64_t heads = 12;
    std::int64_t headSize = 64;
    std::int64_t intermediate = 512;
    std::int64_t maxPositions = 4096;
    double epsilon = 1e-12;
    ops::Activation activation = ops::Activation::Relu;
    bool isCausal = false;
    std::vector<bool> hashes = {false, true, false, true, false, true}; // one a layer: LSH instead of local attention
    struct Chunks {
        std::int64_t length = 64;
        std::int64_t before = 1;
        std::int64_t after = 0;
    };
    Chunks local = {};
    Chunks hashed = {};
    std::int64_t rounds = 1;                                                // of hashing
    std::vector<std::int64_t> bucketFactors = {};                           // empty: by the length
    std::vector<layers::AxialPositions::Axis> axes = {{64, 64}, {64, 192}}; // empty: one learned vector a position
    std::int64_t padId = 0;                                                 // fills the last chunk
    std::int64_t blockRows = 0; // of the feed-forward; 0: as it suits the caches
};

// The most positions that fit in whole chunks.
[[nodiscard]] std::int64_t usablePositions(const ReversibleChunkedOptions &options);

// Binds embeddings.*, encoder.layers.* and encoder.layer_norm under `w`. Heads get both streams: 2 · hidden features.
[[nodiscard]] std::shared_ptr<const Backbone> reversibleChunked(const checkpoint::Weights &w,
                                                                const ReversibleChunkedOptions &options);

} // namespace engine::models
