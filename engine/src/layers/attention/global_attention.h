// SPDX-License-Identifier: GPL-3.0-or-later
// Attention of a few tokens that look at the whole text through projections of their own.
// Source: Beltagy et al. 2020, "Longformer: The Long-Document Transformer", section 3.
#pragma once

#include "checkpoint/weights.h"
#include "engine/tensor.h"
#include "layers/linear.h"

#include <cstdint>

namespace engine::layers {

struct BandPlaces;

struct GlobalAttentionShape {
    std::int64_t hidden = 0;
    std::int64_t heads = 0; // divides hidden
};

struct GlobalInputs {
    const Tensor &hidden; // (batch, length, hidden)
    const BandPlaces &places;
    float scale = 1.0F;
};

class GlobalAttention {
public:
    // Binds "query_global", "key_global" and "value_global" under the cursor.
    GlobalAttention(const checkpoint::Weights &w, const GlobalAttentionShape &shape);

    struct Result {
        Tensor mixed;   // (batch, most globals of a row, hidden): heads merged
        Tensor weights; // (batch, heads, most globals of a row, length)
    };
    // Rows beyond a row's own globals hold nothing of use.
    [[nodiscard]] Result operator()(const GlobalInputs &in) const;

private:
    // A map as attention takes it apart: its matrix by heads.
    struct Projection {
        Projection(const checkpoint::Weights &w, const GlobalAttentionShape &shape);
        [[nodiscard]] Tensor operator()(const Tensor &x) const; // (batch, length, hidden) → (batch, heads, length, d)
        Tensor heads;                                           // (1, heads, d, hidden)
        Tensor bias;                                            // (hidden)
    };
    [[nodiscard]] Result folded(const GlobalInputs &in, const Tensor &query) const;
    [[nodiscard]] Result projected(const GlobalInputs &in, const Tensor &query) const;

    GlobalAttentionShape m_shape;
    Linear m_query;
    Projection m_key;
    Projection m_value;
};

} // namespace engine::layers
