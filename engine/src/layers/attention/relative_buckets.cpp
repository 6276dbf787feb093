// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/attention/relative_buckets.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace engine::layers {

std::int64_t relativeBucket(std::int64_t distance, const BucketOptions &options)
{
    std::int64_t buckets = options.buckets;
    std::int64_t first = 0; // bucket of the direction
    std::int64_t away = std::max<std::int64_t>(-distance, 0);
    if (options.isBidirectional) {
        buckets /= 2;
        first = distance > 0 ? buckets : 0;
        away = std::abs(distance);
    }
    const std::int64_t exact = buckets / 2;
    if (away < exact)
        return first + away;
    const float octaves = std::log(static_cast<float>(away) / static_cast<float>(exact));
    const auto most =
        static_cast<float>(std::log(static_cast<double>(options.maxDistance) / static_cast<double>(exact)));
    const auto beyond = static_cast<std::int64_t>(octaves / most * static_cast<float>(buckets - exact));
    return first + std::min(exact + beyond, buckets - 1);
}

Tensor relativeBuckets(const PositionRange &range, const BucketOptions &options)
{
    Tensor out = Tensor::uninitialised({range.queries, range.keys}, DType::I64);
    auto to = out.mutableInts().begin();
    for (std::int64_t q = 0; q < range.queries; ++q)
        for (std::int64_t k = 0; k < range.keys; ++k)
            *to++ = relativeBucket(k - q - range.firstQuery, options);
    return out;
}

RelativeBias::RelativeBias(const checkpoint::Weights &w, std::int64_t heads, const BucketOptions &options)
    : m_options(options), m_table(w.tensor("weight", {options.buckets, heads}))
{
}

Tensor RelativeBias::operator()(const PositionRange &range) const
{
    const auto heads = m_table.size(1);
    Tensor out = Tensor::uninitialised({heads, range.queries, range.keys});
    // Only the distance counts: one bucket for each of them, from the last query's first key on.
    const auto last = range.firstQuery + range.queries - 1;
    std::vector<std::int64_t> buckets(static_cast<std::size_t>(range.queries + range.keys - 1));
    for (std::size_t i = 0; i < buckets.size(); ++i)
        buckets[i] = relativeBucket(static_cast<std::int64_t>(i) - last, m_options);
    float *to = out.mutableFloats().data();
    const float *table = m_table.floats().data();
    for (std::int64_t h = 0; h < heads; ++h)
        for (std::int64_t q = 0; q < range.queries; ++q) {
            const std::int64_t *bucket = buckets.data() + (range.queries - 1 - q);
            for (std::int64_t k = 0; k < range.keys; ++k)
                *to++ = table[bucket[k] * heads + h];
        }
    return out;
}

} // namespace engine::layers
