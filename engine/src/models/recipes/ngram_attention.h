// SPDX-License-Identifier: GPL-3.0-or-later
// Self-attention of a main stream and the streams that predict from it.
#pragma once

#include "checkpoint/weights.h"
#include "layers/key_value_cache.h"
#include "layers/linear.h"
#include "models/recipes/prophet_like.h"

#include <vector>

namespace engine::models {

struct NgramCall {
    std::int64_t streams = 0; // predicting ones
    std::int64_t offset = 0;  // positions of the main stream that the cache holds
    Tensor mask = {};         // (rows, offset + length), I64, over the main stream; or null
    layers::KeyValueCache *cache = nullptr;
    int layer = 0;
    const char *recordName = nullptr; // of the predicting streams' weights in a trace
    Tensor residual = {};
};

// Row t of predicting stream k (from 0) sees the main stream's keys up to t − k, its first key always, and its own key.
// The bias of a pair is a number that the query's hidden state gives for the bucket of their distance. Binds
// query_proj, key_proj, value_proj, out_proj, relative_pos_embeddings.
class NgramAttention {
public:
    NgramAttention(const checkpoint::Weights &w, const ProphetLikeOptions &options);
    // (rows, (1 + streams) · length, hidden): the main stream first → the same shape
    [[nodiscard]] Tensor operator()(const Tensor &x, const NgramCall &call, const RunControl &control) const;

private:
    struct Part; // of one call: a stream's projections and bias values

    [[nodiscard]] Part part(const Tensor &x, const Tensor &projected, std::int64_t begin, std::int64_t end) const;
    [[nodiscard]] Tensor mainStream(const Part &part, const NgramCall &call, layers::KeyValueCache::Memory &memory,
                                    const RunControl &control) const;
    [[nodiscard]] Tensor mainBias(const Tensor &values, std::int64_t offset) const;
    [[nodiscard]] Tensor predictingStreams(const Part &part, const NgramCall &call,
                                           const layers::KeyValueCache::Memory &memory,
                                           const RunControl &control) const;
    [[nodiscard]] Tensor streamBias(const Tensor &values, const NgramCall &call) const;

    ProphetLikeOptions m_options;
    layers::Linear m_queryKeyValue;
    layers::Linear m_out;
    layers::Linear m_bias;
};

// Whether row `query` of predicting stream `stream` sees key `key` of the main stream; all counted from the beginning.
[[nodiscard]] constexpr bool seesMainKey(std::int64_t stream, std::int64_t query, std::int64_t key)
{
    return key == 0 || key <= query - stream;
}

// Positions [begin, end) of (rows, length, features).
[[nodiscard]] Tensor slicePositions(const Tensor &x, std::int64_t begin, std::int64_t end);

} // namespace engine::models
