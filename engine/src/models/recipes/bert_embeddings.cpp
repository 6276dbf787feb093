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
    Tensor sum = m_words(ids);
    traceInputTerm(control, {.table = "words", .rows = ids, .vectors = sum});
    if (m_types) {
        Tensor types = find(inputs, names::kTokenTypeIds);
        if (types.isNull())
            types = Tensor::zeros(ids.shape(), DType::I64);
        const Tensor vectors = (*m_types)(types);
        traceInputTerm(control, {.table = "types", .rows = types, .vectors = vectors});
        sum = ops::add(sum, broadcastRows(vectors, ids.size(0)));
    }
    return m_norm(m_positions ? withPositions(sum, {inputs, offset}, control) : sum);
}

Tensor BertEmbeddings::withPositions(const Tensor &sum, const Place &place, const RunControl &control) const
{
    const auto &[inputs, offset] = place;
    const Tensor &ids = require(inputs, names::kInputIds);
    Tensor positions = find(inputs, names::kPositionIds);
    if (positions.isNull() && m_padding)
        positions = positionsBesidePadding(ids, {.padding = *m_padding, .offset = offset});
    if (positions.isNull()) // the same for every row
        positions = positionRange(1, ids.size(1), offset);
    const Tensor vectors = (*m_positions)(positions);
    traceInputTerm(control, {.table = "positions", .rows = positions, .vectors = vectors});
    return ops::add(sum, broadcastRows(vectors, ids.size(0)));
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
