// SPDX-License-Identifier: GPL-3.0-or-later
// Attention in chunks of a list, as Reformer does it: positions are arranged in a list (by hash bucket, or as they
// stand), and each chunk of the list sees itself and its neighbours, the first chunk's neighbour being the last one
// (where there are fewer chunks than that, a chunk meets itself again).
#pragma once

#include "engine/mask_rule.h"
#include "engine/tensor.h"

#include <cstdint>
#include <span>

namespace engine {

struct AttentionRow;

struct ChunkLayout {
    std::int64_t length = 0; // positions, whole chunks
    std::int64_t rounds = 1; // in which the positions are arranged anew; their lists follow each other in one list
    std::int64_t chunk = 1;
    std::int64_t before = 0; // neighbouring chunks that a chunk sees
    std::int64_t after = 0;
    // Entry round · length + position at each place, (batch, heads, rounds · length), I64; null: places are positions.
    Tensor order = {};
    Tensor places = {};  // the place of each entry, like `order`; null with it
    Tensor buckets = {}; // of each position, (batch, heads, rounds, length), I64; null without hashing

    [[nodiscard]] std::int64_t entries() const { return rounds * length; }
    [[nodiscard]] std::int64_t chunks() const { return entries() / chunk; }
    [[nodiscard]] std::int64_t span() const { return chunk * (before + 1 + after); }
};

// The places of the entries of an order, both (batch, heads, entries), I64.
[[nodiscard]] Tensor placesOf(const Tensor &order);

struct ChunkAttention {
    ChunkLayout layout;
    Tensor weights;      // (batch, heads, chunks, chunk, span), F32, in the list's order
    Tensor roundWeights; // (batch, heads, rounds, length), F32: share of each round; null: one round

    [[nodiscard]] std::int64_t rows() const { return weights.size(0); } // of the batch
    [[nodiscard]] std::int64_t heads() const { return weights.size(1); }
    [[nodiscard]] std::int64_t queries() const { return layout.length; }
    [[nodiscard]] std::int64_t keys() const { return layout.length; }
    [[nodiscard]] std::size_t bytes() const;
    // One query's weights over keys 0 … out.size() − 1 = keys() − 1, all rounds together.
    void fillRow(const AttentionRow &row, std::span<float> out) const;
    [[nodiscard]] Tensor native() const { return weights; }
};

// A key is visible when, in some round, it lies in the query's chunk or in one that this chunk sees.
[[nodiscard]] MaskRule chunkMask(const ChunkLayout &layout);

// A position does not see itself, unless `others` leave it nothing else.
struct MaskSize {
    std::int64_t keys = 0;
    std::int64_t heads = 1;
};
[[nodiscard]] MaskRule itselfLastMask(const MaskRule &others, const MaskSize &size);

} // namespace engine
