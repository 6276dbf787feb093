// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/distance_block.h"

#include "layers/attention/attention.h"

#include <cmath>

namespace engine::layers {

DistanceBlock::DistanceBlock(const checkpoint::Weights &w, const DistanceBlockShape &s)
    : m_shape(s), m_width(s.heads * s.headSize),
      m_query(w / "attention" / "q_head", {.inputs = s.hidden, .outputs = m_width, .hasBias = false}),
      m_key(w / "attention" / "k_head", {.inputs = s.hidden, .outputs = m_width}),
      m_value(w / "attention" / "v_head", {.inputs = s.hidden, .outputs = m_width}),
      m_terms(w / "attention", {.features = s.hidden, .heads = s.heads, .headSize = s.headSize}),
      m_out(w / "attention" / "post_proj", {.inputs = m_width, .outputs = s.hidden}),
      m_attentionNorm(w / "attention" / "layer_norm", s.hidden, s.epsilon),
      m_up(w / "ffn" / "linear_1", {.inputs = s.hidden, .outputs = s.intermediate}),
      m_down(w / "ffn" / "linear_2", {.inputs = s.intermediate, .outputs = s.hidden}),
      m_norm(w / "ffn" / "layer_norm", s.hidden, s.epsilon)
{
}

Tensor DistanceBlock::operator()(const Call &call, const RunControl &control) const
{
    const Tensor middle = m_attentionNorm(m_out(attention(call, control), {.residual = call.query}));
    return m_norm(m_down(m_up(middle, {.activation = m_shape.activation}), {.residual = middle}));
}

Tensor DistanceBlock::attention(const Call &call, const RunControl &control) const
{
    const Tensor query = m_query(call.query);
    return attend({.query = m_terms.contentQuery(query),
                   .key = ops::splitHeads(m_key(call.key), m_shape.heads, 0, m_width),
                   .value = ops::splitHeads(m_value(call.key), m_shape.heads, 0, m_width),
                   .scale = 1.0F / std::sqrt(static_cast<float>(m_shape.headSize)),
                   .mask = call.mask,
                   .positionScores = [&] { return m_terms.scores(query, call.places); },
                   .stack = call.stack,
                   .layer = call.layer},
                  control);
}

} // namespace engine::layers
