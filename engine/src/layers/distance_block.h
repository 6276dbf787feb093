// SPDX-License-Identifier: GPL-3.0-or-later
// A block of Funnel: attention with distance terms between states that may be pooled differently, sum and norm,
// feed-forward, sum and norm. Source: Dai et al. 2020, "Funnel-Transformer", section 2.
#pragma once

#include "engine/mask_rule.h"
#include "engine/run_control.h"
#include "engine/trace.h"
#include "layers/attention/distance_terms.h"
#include "layers/linear.h"

namespace engine::layers {

struct DistanceBlockShape {
    std::int64_t hidden = 0;
    std::int64_t heads = 0;
    std::int64_t headSize = 0;
    std::int64_t intermediate = 0;
    double epsilon = 1e-9;
    ops::Activation activation = ops::Activation::GeluTanh;
};

class DistanceBlock {
public:
    // Binds attention.{q_head, k_head, v_head, post_proj, layer_norm}, the terms beside them, and
    // ffn.{linear_1, linear_2, layer_norm}.
    DistanceBlock(const checkpoint::Weights &w, const DistanceBlockShape &shape);

    struct Call {
        Tensor query; // (rows, queries, hidden)
        Tensor key;   // (rows, keys, hidden), also the values
        DistancePlaces places;
        AppliedMask mask;
        Stack stack = Stack::Encoder;
        int layer = 0;
    };
    [[nodiscard]] Tensor operator()(const Call &call, const RunControl &control) const; // the shape of the query

private:
    [[nodiscard]] Tensor attention(const Call &call, const RunControl &control) const;

    DistanceBlockShape m_shape;
    std::int64_t m_width; // heads · head size
    Linear m_query;
    Linear m_key;
    Linear m_value;
    DistanceTerms m_terms;
    Linear m_out;
    LayerNorm m_attentionNorm;
    Linear m_up;
    Linear m_down;
    LayerNorm m_norm;
};

} // namespace engine::layers
