// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/recipes/bert_embeddings.h"

#include "engine/names.h"
#include "models/recipes/input_terms.h"

namespace engine::models {
namespace {

// (1, length, features) serves every row.
Tensor broadcastRows(const Tensor &x, std::int64_t rows)
{
    return x.size(0) == rows ? x : x.reshaped({x.size(1), x.size(2)});
}

} // namespace

BertEmbeddings::BertEmbeddings(const checkpoint::Weights &w, const BertLikeOptions &o)
    : m_words(w / "word_embeddings", o.vocabulary, o.embeddingSize(), "token id"),
      m_norm(w / "LayerNorm", o.embeddingSize(), o.epsilon), m_padding(o.padding)
{
    if (o.tokenTypes > 0)
        m_types.emplace(w / "token_type_embeddings", o.tokenTypes, o.embeddingSize(), "token type");
    if (o.positions == PositionType::Absolute)
        m_positions.emplace(w / "position_embeddings", o.maxPositions, o.embeddingSize(), "position");
}

Tensor BertEmbeddings::operator()(const NamedTensors &inputs, std::int64_t offset, const RunControl &control) const
{
    const Tensor &ids = require(inputs, names::kInputIds);
    const Tensor words = m_words(ids);
    traceInputTerm(control, {.table = "words", .rows = ids, .vectors = words});
    return sum({.vectors = words,
                .types = find(inputs, names::kTokenTypeIds),
                .positions = m_positions ? positionsOf(inputs, offset) : Tensor()},
               control);
}

Tensor BertEmbeddings::sum(const Vectors &parts, const RunControl &control) const
{
    const auto rows = parts.vectors.size(0);
    const auto length = parts.vectors.size(1);
    Tensor all = parts.vectors;
    if (m_types) {
        const Tensor types = parts.types.isNull() ? Tensor::zeros({1, length}, DType::I64) : parts.types;
        const Tensor vectors = (*m_types)(types);
        traceInputTerm(control, {.table = "types", .rows = types, .vectors = vectors});
        all = ops::add(all, broadcastRows(vectors, rows));
    }
    if (m_positions) {
        const Tensor positions = parts.positions.isNull() ? positionRange(1, length, 0) : parts.positions;
        const Tensor vectors = (*m_positions)(positions);
        traceInputTerm(control, {.table = "positions", .rows = positions, .vectors = vectors});
        all = ops::add(all, broadcastRows(vectors, rows));
    }
    return m_norm(all);
}

Tensor BertEmbeddings::positionsOf(const NamedTensors &inputs, std::int64_t offset) const
{
    const Tensor &ids = require(inputs, names::kInputIds);
    const Tensor positions = find(inputs, names::kPositionIds);
    if (!positions.isNull())
        return positions;
    // Without padding to pass over they are the same for every row.
    return m_padding ? positionsBesidePadding(ids, {.padding = *m_padding, .offset = offset})
                     : positionRange(1, ids.size(1), offset);
}

Tensor positionsBesidePadding(const Tensor &ids, const PaddedPositions &options)
{
    Tensor positions = Tensor::uninitialised(ids.shape(), DType::I64);
    const auto length = static_cast<std::size_t>(ids.size(-1));
    const auto from = ids.ints();
    auto to = positions.mutableInts();
    std::int64_t count = 0;
    for (std::size_t i = 0; i < from.size(); ++i) {
        if (i % length == 0)
            count = options.offset;
        const bool isPadding = from[i] == options.padding;
        count += isPadding ? 0 : 1;
        to[i] = options.padding + (isPadding ? 0 : count);
    }
    return positions;
}

} // namespace engine::models
