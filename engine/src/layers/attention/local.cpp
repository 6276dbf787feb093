// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/attention/chunked_parts.h"

#include "engine/error.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace engine::layers {
namespace {

using chunked::HeadMaps;
using chunked::isListening;
using chunked::kHiddenScore;

class LocalAttention final : public ChunkedSelfAttention {
public:
    LocalAttention(const checkpoint::Weights &w, const ChunkedShape &shape)
        : m_shape(shape), m_query(w / "query", shape), m_key(w / "key", shape), m_value(w / "value", shape)
    {
    }

    [[nodiscard]] Tensor operator()(const Input &in, const RunControl &control) const override
    {
        return in.memory != nullptr && in.memory->length > 0 ? step(in, control) : whole(in, control);
    }

private:
    struct Collected {
        std::vector<Tensor> queries, keys, values, weights;
    };

    [[nodiscard]] float factor() const { return 1.0F / std::sqrt(static_cast<float>(m_shape.headSize)); }

    // Plain attention up to the length of one chunk.
    [[nodiscard]] ChunkLayout layoutOf(std::int64_t length) const
    {
        if (length <= m_shape.chunk)
            return {.length = length, .chunk = length};
        return {.length = length, .chunk = m_shape.chunk, .before = m_shape.before, .after = m_shape.after};
    }

    [[nodiscard]] Tensor whole(const Input &in, const RunControl &control) const
    {
        const auto length = in.hidden.size(1);
        const ChunkLayout layout = layoutOf(length);
        const bool keepsWeights = isListening(in, control, TraceKind::Attention);
        const bool keepsKeys = isListening(in, control, TraceKind::QueryKey);
        const bool keepsValues = isListening(in, control, TraceKind::Value);
        Collected kept;
        Tensor merged = Tensor::uninitialised({in.hidden.size(0), length, m_shape.heads * m_shape.headSize});
        for (std::int64_t head = 0; head < m_shape.heads; ++head) {
            control.checkpoint();
            const Tensor query = m_query(in.hidden, head);
            const Tensor key = m_key(in.hidden, head);
            const Tensor value = m_value(in.hidden, head);
            const auto attention = ops::chunkedAttention(query, key, value,
                                                         {.chunk = layout.chunk,
                                                          .before = layout.before,
                                                          .after = layout.after,
                                                          .factor = factor(),
                                                          .isCausal = m_shape.isCausal,
                                                          .keep = in.mask,
                                                          .hiddenScore = kHiddenScore,
                                                          .keepsWeights = keepsWeights});
            chunked::placeHead(attention.mixed, head, merged);
            if (keepsKeys)
                kept.queries.push_back(query);
            if (keepsKeys || in.memory != nullptr)
                kept.keys.push_back(key);
            if (keepsValues || in.memory != nullptr)
                kept.values.push_back(value);
            if (keepsWeights)
                kept.weights.push_back(attention.weights);
        }
        if (in.memory != nullptr)
            chunked::remember(*in.memory, ops::firstPositions(chunked::joinHeads(kept.keys), in.kept),
                              ops::firstPositions(chunked::joinHeads(kept.values), in.kept));
        tell(in, control, layout, kept);
        return merged;
    }

    void tell(const Input &in, const RunControl &control, const ChunkLayout &layout, const Collected &kept) const
    {
        if (!kept.queries.empty())
            control.trace->queryKey({.stack = in.stack,
                                     .layer = in.layer,
                                     .query = chunked::joinHeads(kept.queries),
                                     .key = chunked::joinHeads(kept.keys),
                                     .scale = factor()});
        if (isListening(in, control, TraceKind::Value))
            control.trace->value({.stack = in.stack, .layer = in.layer, .tensor = chunked::joinHeads(kept.values)});
        if (kept.weights.empty())
            return;
        const Tensor weights = chunked::joinHeads(kept.weights);
        AppliedMask mask;
        if (layout.chunks() > 1)
            mask.terms.push_back({.rule = chunkMask(layout), .mode = MaskMode::Replace, .value = kHiddenScore});
        mask.terms.push_back(
            {.rule = chunked::commonRule(in, m_shape), .mode = MaskMode::Replace, .value = kHiddenScore});
        AttentionForm form = ChunkAttention{.layout = layout, .weights = weights, .roundWeights = {}};
        if (in.hidden.size(1) <= m_shape.chunk)
            form = DenseAttention{weights.reshaped({weights.size(0), weights.size(1), layout.length, layout.length})};
        control.trace->attention(
            {.stack = in.stack, .layer = in.layer, .data = std::move(form), .mask = std::move(mask)});
    }

    // The chunk that the new position lies in, as far as it is there, and those before it. The reference cuts the past
    // with a start that may be negative and then counts from the end; so does this.
    [[nodiscard]] Tensor step(const Input &in, const RunControl &control) const
    {
        auto &memory = *in.memory;
        const auto past = memory.length;
        auto start = (past / m_shape.chunk - m_shape.before) * m_shape.chunk;
        if (start < 0)
            start = std::max<std::int64_t>(0, past + start);
        chunked::remember(memory, m_key.all(in.hidden), m_value.all(in.hidden));
        std::vector<std::int64_t> positions;
        for (std::int64_t list = 0; list < in.hidden.size(0) * m_shape.heads; ++list) {
            positions.resize(positions.size() + static_cast<std::size_t>(memory.length - start));
            std::iota(positions.end() - (memory.length - start), positions.end(), start);
        }
        auto keys = chunked::pick(memory, 1, std::move(positions));
        keys.query = m_query.all(in.hidden);
        keys.factor = factor();
        return chunked::attendToPicked(keys, memory, in, control);
    }

    ChunkedShape m_shape;
    HeadMaps m_query;
    HeadMaps m_key;
    HeadMaps m_value;
};

} // namespace

std::shared_ptr<const ChunkedSelfAttention> localAttention(const checkpoint::Weights &w, const ChunkedShape &shape)
{
    return std::make_shared<const LocalAttention>(w, shape);
}

} // namespace engine::layers
