// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/attention/multi_head.h"

#include "engine/error.h"
#include "layers/attention/attention.h"
#include "ops/ops.h"

#include <utility>

namespace engine::layers {
namespace {

LinearShape inward(const MultiHeadShape &s)
{
    return {.inputs = s.hidden, .outputs = s.heads * s.headSize, .hasBias = s.hasBias};
}

LinearShape outward(const MultiHeadShape &s)
{
    return {.inputs = s.heads * s.headSize, .outputs = s.hidden, .hasBias = s.hasBias};
}

} // namespace

SelfAttention::SelfAttention(const checkpoint::Weights &w, const MultiHeadShape &shape, const MultiHeadNames &names)
    : m_shape(shape),
      m_queryKeyValue(Linear::stacked({w / names.query, w / names.key, w / names.value}, inward(shape))),
      m_out(w / names.out, outward(shape))
{
}

Tensor SelfAttention::operator()(const Tensor &x, const MultiHeadCall &call, const RunControl &control) const
{
    const auto width = m_shape.heads * m_shape.headSize;
    const Tensor projected = m_queryKeyValue(x);
    const auto part = [&](std::int64_t i) { return ops::splitHeads(projected, m_shape.heads, i * width, width); };
    AttentionInputs in{.query = part(0),
                       .key = part(1),
                       .value = part(2),
                       .scale = m_shape.scale,
                       .mask = call.mask,
                       .positionScores = call.positionScores,
                       .stack = call.stack,
                       .layer = call.layer};
    if (call.cache != nullptr)
        in.take(call.cache->extend(call.layer, in.key, in.value));
    return m_out(attend(in, control), {.residual = call.residual});
}

void SourceMemory::reorder(std::span<const std::int64_t> rows)
{
    std::vector<std::int64_t> next;
    next.reserve(rows.size());
    for (const auto row : rows)
        next.push_back(m_sourceOfRow.empty() ? row : m_sourceOfRow.at(static_cast<std::size_t>(row)));
    m_sourceOfRow = std::move(next);
}

std::int64_t SourceMemory::rowsOfEach(std::int64_t rows) const
{
    if (m_sourceOfRow.empty())
        return rows == sources() ? 1 : 0;
    if (static_cast<std::int64_t>(m_sourceOfRow.size()) != rows || rows % sources() != 0)
        return 0;
    const auto each = rows / sources();
    for (std::int64_t row = 0; row < rows; ++row)
        if (m_sourceOfRow[static_cast<std::size_t>(row)] != row / each)
            return 0;
    return each;
}

void SourceMemory::serve(std::int64_t rows, const RunControl &control)
{
    const auto each = rowsOfEach(rows);
    if (each == 0 || (each > 1 && control.trace != nullptr))
        spread();
}

void SourceMemory::spread()
{
    if (m_sourceOfRow.empty())
        return;
    states = pickRows(states, m_sourceOfRow);
    for (auto &layer : layers)
        layer = {.key = pickRows(layer.key, m_sourceOfRow), .value = pickRows(layer.value, m_sourceOfRow)};
    if (!mask.isNull())
        mask = pickRows(mask, m_sourceOfRow);
    m_sourceOfRow.clear();
}

CrossAttention::CrossAttention(const checkpoint::Weights &w, const MultiHeadShape &shape, const MultiHeadNames &names)
    : m_shape(shape), m_query(w / names.query, inward(shape)),
      m_keyValue(Linear::stacked({w / names.key, w / names.value}, inward(shape))), m_out(w / names.out, outward(shape))
{
}

KeyValueCache::KeyValue CrossAttention::project(const Tensor &states) const
{
    const auto width = m_shape.heads * m_shape.headSize;
    const Tensor both = m_keyValue(states);
    return {.key = ops::splitHeads(both, m_shape.heads, 0, width),
            .value = ops::splitHeads(both, m_shape.heads, width, width)};
}

Tensor CrossAttention::operator()(const Tensor &x, const SourceMemory &source, const MultiHeadCall &call,
                                  const RunControl &control) const
{
    const auto width = m_shape.heads * m_shape.headSize;
    const auto each = source.rowsOfEach(x.size(0));
    if (each == 0)
        failInternal(std::to_string(x.size(0)) + " decoder rows do not stand at " + std::to_string(source.sources()) +
                     " sources");
    const auto &memory = source.layers.at(static_cast<std::size_t>(call.layer));
    const Tensor query = m_query(x).reshaped({source.sources(), each * x.size(1), width});
    const Tensor mixed = attend({.query = ops::splitHeads(query, m_shape.heads, 0, width),
                                 .key = memory.key,
                                 .value = memory.value,
                                 .scale = m_shape.scale,
                                 .mask = call.mask,
                                 .positionScores = call.positionScores,
                                 .stack = Stack::Cross,
                                 .layer = call.layer},
                                control);
    return m_out(mixed.reshaped({x.size(0), x.size(1), width}), {.residual = call.residual});
}

} // namespace engine::layers
