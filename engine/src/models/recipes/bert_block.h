// SPDX-License-Identifier: GPL-3.0-or-later
// One block of BERT and its relatives: attention (beside a convolution where the options ask for one), sum and
// norm, feed-forward, sum and norm.
#pragma once

#include "layers/attention/relative_key.h"
#include "layers/attention/span_convolution.h"
#include "layers/key_value_cache.h"
#include "layers/linear.h"
#include "models/recipes/bert_like.h"

#include <optional>

namespace engine::models {

class BertBlock {
public:
    BertBlock(const checkpoint::Weights &w, const BertLikeOptions &options);

    struct Place {
        int layer = 0;           // of the trace and the cache
        std::int64_t offset = 0; // positions already in the cache
        AppliedMask mask;
        layers::KeyValueCache *cache = nullptr;
    };
    // (rows, length, hidden) → the same shape
    [[nodiscard]] Tensor operator()(const Tensor &x, const Place &place, const RunControl &control) const;

private:
    [[nodiscard]] Tensor attention(const Tensor &x, const Place &place, const RunControl &control) const;
    [[nodiscard]] Tensor relativeScores(const Tensor &query, const Tensor &key, std::int64_t offset) const;

    BertLikeOptions m_options;
    std::int64_t m_width; // heads · d
    float m_scale;
    layers::Linear m_queryKeyValue;
    layers::Linear m_attentionOut;
    layers::LayerNorm m_attentionNorm;
    layers::GroupedLinear m_up;
    layers::GroupedLinear m_down;
    layers::LayerNorm m_norm;
    std::optional<layers::RelativeKeyPositions> m_relative;
    std::optional<layers::SpanConvolution> m_convolution;
};

} // namespace engine::models
