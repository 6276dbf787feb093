// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/recipes/bert_block.h"

#include "layers/attention/attention.h"

#include <cmath>

namespace engine::models {

using layers::LayerNorm;
using layers::Linear;

BertBlock::BertBlock(const checkpoint::Weights &w, const BertLikeOptions &o)
    : m_options(o), m_width(o.heads * o.headSize()), m_scale(1.0F / std::sqrt(static_cast<float>(o.headSize()))),
      m_queryKeyValue(Linear::stacked({w / o.names.query, w / o.names.key, w / o.names.value},
                                      {.inputs = o.hidden, .outputs = m_width})),
      m_attentionOut(w / o.names.attentionOut,
                     {.inputs = o.convolutionWidth > 0 ? 2 * m_width : m_width, .outputs = o.hidden}),
      m_attentionNorm(w / o.names.attentionNorm, o.hidden, o.epsilon),
      m_up(w / o.names.up, {.inputs = o.hidden, .outputs = o.intermediate, .groups = o.feedForwardGroups}),
      m_down(w / o.names.down, {.inputs = o.intermediate, .outputs = o.hidden, .groups = o.feedForwardGroups}),
      m_norm(w / o.names.norm, o.hidden, o.epsilon)
{
    if (o.positions != PositionType::Absolute)
        m_relative.emplace(w / o.names.attention, o.maxPositions, o.headSize());
    if (o.convolutionWidth > 0)
        m_convolution.emplace(w / o.names.attention, layers::SpanConvolutionShape{.features = o.hidden,
                                                                                  .heads = o.heads,
                                                                                  .headSize = o.headSize(),
                                                                                  .width = o.convolutionWidth});
}

Tensor BertBlock::operator()(const Tensor &x, const Place &place, const RunControl &control) const
{
    const Tensor attended = attention(x, place, control);
    const Tensor middle = m_attentionNorm(m_attentionOut(attended, {.residual = x}));
    const Tensor wide = m_up(middle, {.activation = m_options.activation});
    return m_norm(m_down(wide, {.residual = middle}));
}

Tensor BertBlock::attention(const Tensor &x, const Place &place, const RunControl &control) const
{
    const Tensor projected = m_queryKeyValue(x);
    const Tensor query = ops::splitHeads(projected, m_options.heads, 0, m_width);
    Tensor key = ops::splitHeads(projected, m_options.heads, m_width, m_width);
    Tensor value = ops::splitHeads(projected, m_options.heads, 2 * m_width, m_width);
    if (place.cache != nullptr) {
        const auto all = place.cache->append(place.layer, key, value);
        key = all.key;
        value = all.value;
    }
    layers::AttentionInputs in{
        .query = query, .key = key, .value = value, .scale = m_scale, .mask = place.mask, .layer = place.layer};
    if (m_relative)
        in.positionScores = [&] { return relativeScores(query, key, place.offset); };
    const Tensor mixed = layers::attend(in, control);
    if (!m_convolution)
        return mixed;
    const Tensor convolved = (*m_convolution)(x, ops::mergeHeads(query), {.layer = place.layer}, control);
    return ops::concat(mixed, convolved, -1);
}

Tensor BertBlock::relativeScores(const Tensor &query, const Tensor &key, std::int64_t offset) const
{
    const Tensor scores = m_relative->scores({.query = query,
                                              .key = key,
                                              .queryOffset = offset,
                                              .addsKeyTerm = m_options.positions == PositionType::RelativeKeyQuery});
    // Attention scales what it adds to the products: the inverse takes that back.
    return m_options.addsPositionsAfterScale ? ops::scale(scores, 1.0F / m_scale) : scores;
}

} // namespace engine::models
