// SPDX-License-Identifier: GPL-3.0-or-later
// Attention of a text that is read segment by segment, each one seeing a memory of what stood before it
// (Transformer-XL). Keys are numbered through: the memory before the first segment, then the text.
#pragma once

#include "engine/mask_rule.h"
#include "engine/tensor.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace engine {

struct AttentionRow;

struct SegmentLayout {
    struct Segment {
        std::int64_t first = 0; // query of the text
        std::int64_t queries = 0;
        std::int64_t memory = 0; // rows before the segment that it sees
        // Query i of the segment sees only what comes after row i − slack of its memory and itself, so that all see
        // equally much; empty: everything.
        std::optional<std::int64_t> slack = {};
    };
    std::vector<Segment> segments; // in order, without gaps

    [[nodiscard]] std::int64_t queries() const;
    [[nodiscard]] std::int64_t memory() const; // rows before the first segment
    [[nodiscard]] std::int64_t keys() const { return memory() + queries(); }
    [[nodiscard]] std::size_t segmentOf(std::int64_t query) const;
    // The key that stands first in the memory of a segment.
    [[nodiscard]] std::int64_t firstKey(std::size_t segment) const;
};

struct SegmentAttention {
    SegmentLayout layout;
    std::vector<Tensor> weights; // one a segment: (batch, heads, queries, memory + queries), F32

    [[nodiscard]] std::int64_t rows() const { return weights.front().size(0); } // of the batch
    [[nodiscard]] std::int64_t heads() const { return weights.front().size(1); }
    [[nodiscard]] std::int64_t queries() const { return layout.queries(); }
    [[nodiscard]] std::int64_t keys() const { return layout.keys(); }
    [[nodiscard]] std::size_t bytes() const;
    void fillRow(const AttentionRow &row, std::span<float> out) const;
    [[nodiscard]] Tensor native() const { return weights.back(); } // of the last segment, as its call returns it
};

// A query sees the memory of its segment and the segment up to itself, or the nearest keys of them.
[[nodiscard]] MaskRule segmentMask(const SegmentLayout &layout);

} // namespace engine
