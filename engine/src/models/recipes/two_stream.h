// SPDX-License-Identifier: GPL-3.0-or-later
// Permutation language models (Yang et al. 2019, "XLNet"): relative positions, segments as a relation, memory of former
// segments, and beside the content stream a query stream that predicts chosen positions without seeing their words.
#pragma once

#include "checkpoint/weights.h"
#include "models/backbone.h"
#include "ops/ops.h"

#include <cstdint>
#include <memory>

namespace engine::models {

struct TwoStreamOptions {
    std::int64_t vocabulary = 32000;
    std::int64_t hidden = 1024;
    int layers = 24;
    int heads = 16;
    std::int64_t intermediate = 4096;
    ops::Activation activation = ops::Activation::Gelu;
    double epsilon = 1e-12;
    bool isCausal = false;      // keys after the query are hidden, and have no relative position
    bool hasSameLength = false; // with isCausal: every query sees equally far back
    std::int64_t clamp = 0;     // farther positions count as this far; 0: no limit
    bool isTwoWay = false;      // the second half of a batch holds reversed texts: its positions are negated
    std::int64_t memory = 512;  // positions of memory; 0: all
    std::int64_t reused = 0;    // of a segment only the first so many are remembered; 0: all
};

// Binds word_embedding, mask_emb and layer.*.{rel_attn, ff} under `w`. Inputs: input_ids, attention_mask,
// token_type_ids, perm_mask (batch, length, length), target_mapping (batch, targets, length) – with which the result
// is the query stream, (batch, targets, hidden) – and recomputed (names.h). The run state is a MemoryState.
[[nodiscard]] std::shared_ptr<const Backbone> twoStream(const checkpoint::Weights &w, const TwoStreamOptions &options);

} // namespace engine::models
