// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/weights.h"
#include "engine/tensor.h"

#include <cstdint>

namespace engine::layers {

// Learned vectors for the distance of query and key (Shaw et al. 2018; Huang et al. 2020 for the query–key form).
// Binds "distance_embedding.weight" (2 · maxPositions − 1, d): row i − j + maxPositions − 1.
class RelativeKeyPositions {
public:
    RelativeKeyPositions(const checkpoint::Weights &w, std::int64_t maxPositions, std::int64_t headSize);

    // query (batch, heads, queries, d) at absolute positions queryOffset + i, key (batch, heads, keys, d):
    // query_i · e_{i−j}, plus key_j · e_{i−j} when addsKeyTerm; (batch, heads, queries, keys).
    // Argument error when a distance lies outside the table.
    struct Pair {
        Tensor query;
        Tensor key;
        std::int64_t queryOffset = 0;
        bool addsKeyTerm = false;
    };
    [[nodiscard]] Tensor scores(const Pair &pair) const;

private:
    Tensor m_table;
    std::int64_t m_maxPositions;
};

} // namespace engine::layers
