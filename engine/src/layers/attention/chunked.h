// SPDX-License-Identifier: GPL-3.0-or-later
// Self-attention whose cost grows with the length and not with its square: in chunks of the text as it stands
// (local), or of the text sorted by hash buckets (LSH). Source: Kitaev et al. 2020, "Reformer".
#pragma once

#include "checkpoint/weights.h"
#include "engine/run_control.h"
#include "engine/tensor.h"
#include "engine/trace.h"
#include "layers/linear.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace engine::layers {

struct ChunkedShape {
    std::int64_t hidden = 0;
    std::int64_t heads = 1;
    std::int64_t headSize = 1;
    std::int64_t chunk = 1;
    std::int64_t before = 0; // neighbouring chunks that are seen
    std::int64_t after = 0;
    bool isCausal = false;
};

// What a run remembers of one layer.
struct ChunkMemory {
    Tensor key;   // (batch, heads, capacity, d), of which `length` positions are taken
    Tensor value; // likewise
    std::int64_t length = 0;
    Tensor buckets; // (batch, heads, rounds, length), I64, numbered through all rounds; null: nothing hashed yet

    void truncate(std::int64_t newLength);
    void reorder(std::span<const std::int64_t> rows);
};

class ChunkedSelfAttention {
public:
    struct Input {
        Tensor hidden;                 // (batch, length, hidden), normalised
        Tensor mask;                   // (batch, length), I64: 0 hides a key; null: none
        std::int64_t kept = 0;         // first positions that go into the memory
        ChunkMemory *memory = nullptr; // filled already: the input is one further position of each row
        // Hashing only.
        std::int64_t rounds = 1;
        std::vector<std::int64_t> bucketFactors = {};
        std::function<Tensor(const Shape &)> rotations = {};
        Stack stack = Stack::Encoder;
        int layer = 0;
    };

    virtual ~ChunkedSelfAttention() = default;
    // (batch, length, heads · headSize). A length above the chunk must be whole chunks.
    [[nodiscard]] virtual Tensor operator()(const Input &input, const RunControl &control) const = 0;
    [[nodiscard]] virtual bool isHashing() const { return false; }
};

// Binds "query", "key" and "value" under the cursor.
[[nodiscard]] std::shared_ptr<const ChunkedSelfAttention> localAttention(const checkpoint::Weights &w,
                                                                         const ChunkedShape &shape);

// Binds "query_key" and "value": queries are keys. A position sees itself only when it sees nothing else.
[[nodiscard]] std::shared_ptr<const ChunkedSelfAttention> hashedAttention(const checkpoint::Weights &w,
                                                                          const ChunkedShape &shape);

} // namespace engine::layers
