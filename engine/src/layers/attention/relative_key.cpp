// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/attention/relative_key.h"

#include "engine/error.h"

#include <algorithm>
#include <numeric>

namespace engine::layers {

RelativeKeyPositions::RelativeKeyPositions(const checkpoint::Weights &w, std::int64_t maxPositions,
                                           std::int64_t headSize)
    : m_table((w / "distance_embedding").tensor("weight", {2 * maxPositions - 1, headSize})),
      m_maxPositions(maxPositions)
{
}

Tensor RelativeKeyPositions::scores(const Pair &pair) const
{
    const auto batchHeads = pair.query.size(0) * pair.query.size(1);
    const auto queries = pair.query.size(2);
    const auto keys = pair.key.size(2);
    const auto d = pair.query.size(3);
    if (std::max(pair.queryOffset + queries, keys) > m_maxPositions)
        failArgument("the text has " + std::to_string(std::max(pair.queryOffset + queries, keys)) +
                     " positions, the model's table of distances takes " + std::to_string(m_maxPositions));
    Tensor out = Tensor::uninitialised({pair.query.size(0), pair.query.size(1), queries, keys});
    float *o = out.mutableFloats().data();
    const float *q = pair.query.floats().data();
    const float *k = pair.key.floats().data();
    const float *e = m_table.floats().data();
    for (std::int64_t bh = 0; bh < batchHeads; ++bh)
        for (std::int64_t i = 0; i < queries; ++i)
            for (std::int64_t j = 0; j < keys; ++j) {
                const float *row = e + (pair.queryOffset + i - j + m_maxPositions - 1) * d;
                const float *query = q + (bh * queries + i) * d;
                float sum = std::inner_product(query, query + d, row, 0.0F);
                if (pair.addsKeyTerm) {
                    const float *key = k + (bh * keys + j) * d;
                    sum += std::inner_product(key, key + d, row, 0.0F);
                }
                *o++ = sum;
            }
    return out;
}

} // namespace engine::layers
