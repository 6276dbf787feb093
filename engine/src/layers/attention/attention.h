// SPDX-License-Identifier: GPL-3.0-or-later
// Attention once for all families: score → positions → mask → softmax → mix → merge. Projections belong to
// the block that calls; only what stands in AttentionInputs varies.
#pragma once

#include "engine/mask_rule.h"
#include "engine/run_control.h"
#include "engine/tensor.h"
#include "engine/trace.h"
#include "layers/key_value_cache.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace engine::layers {

struct AttentionInputs {
    Tensor query;                          // (batch, heads, queries, d)
    Tensor key = {};                       // (batch, heads, keys, d)
    Tensor value = {};                     // (batch, heads, keys, d)
    std::optional<std::int64_t> keys = {}; // of key and value only so many positions are taken; empty: all
    std::shared_ptr<const std::vector<std::int32_t>> places = {}; // where they stand: see KeyValueCache::Memory
    float scale = 1.0F; // on query · key (and on the position term, when there is one)
    AppliedMask mask = {};
    // Relative positions: added to query · key before the scale; (batch, heads, queries, keys), or without the batch
    // where all rows share them. May be empty.
    std::function<Tensor()> positionScores = {};
    Stack stack = Stack::Encoder;
    int layer = 0;

    // Keys and values from a cache, as they lie there.
    void take(const KeyValueCache::Memory &memory)
    {
        key = memory.key;
        value = memory.value;
        keys = memory.length;
        places = memory.places;
    }
};

// softmax(mask(scale · (query · keyᵀ + positions))) · value, heads merged: (batch, queries, heads · d).
// Nobody listening: the fused kernel, which keeps no weights.
// Source: Vaswani et al. 2017, section 3.2.
[[nodiscard]] Tensor attend(const AttentionInputs &inputs, const RunControl &control);

} // namespace engine::layers
