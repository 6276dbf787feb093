// SPDX-License-Identifier: GPL-3.0-or-later
// Attention inside a sliding window, with global tokens that see all and are seen by all.
// Source: Beltagy et al. 2020, "Longformer: The Long-Document Transformer", section 3.
#pragma once

#include "engine/mask_rule.h"
#include "engine/run_control.h"
#include "engine/tensor.h"
#include "layers/attention/global_attention.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace engine::layers {

// The sentence as the window sees it; the same for all layers.
struct BandPlaces {
    // Ascending positions of the global tokens, one list a row of the batch; empty: none in any row.
    std::vector<std::vector<std::int64_t>> globals = {};
    Tensor keep = {}; // (batch, length), I64: 0 = padding, hidden as a key and without attention as a query; null: none
    // Length that the reference library pads to: its global weights have so many rows.
    std::int64_t paddedLength = 0;

    [[nodiscard]] std::int64_t mostGlobals() const;
    // What the layer with this reach applies, as one rule.
    [[nodiscard]] AppliedMask mask(std::int64_t reach) const;
};

struct BandInputs {
    Tensor query; // (batch, heads, length, d)
    Tensor key;
    Tensor value;
    float scale = 1.0F;
    std::int64_t reach = 0; // to each side
    const BandPlaces &places;
    std::function<GlobalAttention::Result()> attendGlobals = {}; // called when there are global tokens
    int layer = 0;
};

// Heads merged: (batch, length, heads · d). Work and memory grow with length · (reach + globals). A listener gets
// BandAttention, and "global_attentions" where there are global tokens.
[[nodiscard]] Tensor attendBand(const BandInputs &inputs, const RunControl &control);

// (batch, length, features) → (batch, most globals of a row, features); 0 where a row has fewer.
[[nodiscard]] Tensor globalRows(const Tensor &hidden, const BandPlaces &places);

} // namespace engine::layers
