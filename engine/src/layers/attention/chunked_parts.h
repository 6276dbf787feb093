// SPDX-License-Identifier: GPL-3.0-or-later
// What local and hashed attention share.
#pragma once

#include "layers/attention/chunked.h"
#include "ops/ops.h"

#include <optional>

namespace engine::layers::chunked {

constexpr float kHiddenScore = -1e9F; // replaces the score of a hidden key

// A map (hidden → heads · d) without bias, head by head, so that a long text needs one head's memory at a time.
class HeadMaps {
public:
    HeadMaps(const checkpoint::Weights &w, const ChunkedShape &shape);
    [[nodiscard]] Tensor operator()(const Tensor &hidden, std::int64_t head) const; // (batch, 1, length, d)
    [[nodiscard]] Tensor all(const Tensor &hidden) const;                           // (batch, heads, length, d)

private:
    std::vector<Linear> m_heads;
};

// Tensors of single heads, (batch, 1, …), side by side: (batch, heads, …). Null when there are none.
[[nodiscard]] Tensor joinHeads(const std::vector<Tensor> &heads);

// Puts a head (batch, 1, length, d) into its columns of (batch, length, heads · d).
void placeHead(const Tensor &head, std::int64_t index, Tensor &merged);

[[nodiscard]] bool isListening(const ChunkedSelfAttention::Input &in, const RunControl &control, TraceKind kind);

// The rules that a key is hidden by, beside those of the chunks.
[[nodiscard]] MaskRule commonRule(const ChunkedSelfAttention::Input &in, const ChunkedShape &shape);

// Appends positions (batch, heads, count, d).
void remember(ChunkMemory &memory, const Tensor &key, const Tensor &value);

// One query against keys that are picked by position.
struct PickedKeys {
    Tensor query;                        // (batch, heads, 1, d)
    Tensor key;                          // (batch, heads · rounds, count, d)
    Tensor value;                        // (batch, heads · rounds, count, d)
    std::vector<std::int64_t> positions; // (batch, heads · rounds, count)
    std::int64_t rounds = 1;
    float factor = 1.0F;
    std::optional<float> ownScore = {}; // of the newest position with itself
};
// Rows `positions` of keys and values; every (batch, head, round) has the same number of them.
[[nodiscard]] PickedKeys pick(const ChunkMemory &memory, std::int64_t rounds, std::vector<std::int64_t> positions);
// (batch, 1, heads · d); the weights go to the listener as one row over all positions.
[[nodiscard]] Tensor attendToPicked(const PickedKeys &keys, const ChunkMemory &memory,
                                    const ChunkedSelfAttention::Input &in, const RunControl &control);

} // namespace engine::layers::chunked
