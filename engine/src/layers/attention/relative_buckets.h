// SPDX-License-Identifier: GPL-3.0-or-later
// Distances of a query and a key, sorted into few buckets (Raffel et al. 2019, section 2.1).
#pragma once

#include "checkpoint/weights.h"
#include "engine/tensor.h"

#include <cstdint>

namespace engine::layers {

struct BucketOptions {
    std::int64_t buckets = 32;
    std::int64_t maxDistance = 128;
    bool isBidirectional = true; // half of the buckets for keys behind the query; else those share bucket 0
};

// Of `distance` = key − query. Half of a direction's buckets hold one distance each, the rest grow logarithmically up
// to maxDistance; what is further off falls into the last. Computed in F32 as the reference does.
[[nodiscard]] std::int64_t relativeBucket(std::int64_t distance, const BucketOptions &options);

// Queries firstQuery … firstQuery + queries − 1 against keys 0 … keys − 1.
struct PositionRange {
    std::int64_t queries = 0;
    std::int64_t keys = 0;
    std::int64_t firstQuery = 0;
};
// (queries, keys), I64
[[nodiscard]] Tensor relativeBuckets(const PositionRange &range, const BucketOptions &options);

// One learned number a bucket and head, added to the scores. Binds "weight" (buckets, heads).
class RelativeBias {
public:
    RelativeBias(const checkpoint::Weights &w, std::int64_t heads, const BucketOptions &options);
    // (heads, queries, keys)
    [[nodiscard]] Tensor operator()(const PositionRange &range) const;
    [[nodiscard]] const BucketOptions &options() const noexcept { return m_options; }

private:
    BucketOptions m_options;
    Tensor m_table;
};

} // namespace engine::layers
