// SPDX-License-Identifier: GPL-3.0-or-later
// Inner products of a vector with rows that lie somewhere in memory.
#pragma once

#include "engine/passage_index.h"

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace engine::retrieval {

struct Vectors {
    const float *data = nullptr; // (rows, dimension)
    std::int64_t rows = 0;
    std::int64_t dimension = 0;
};

// `question` (dimension) against rows begin … end − 1, or against the rows that are listed: one score each.
[[nodiscard]] std::vector<float> scoresOfRows(const float *question, const Vectors &vectors, std::int64_t begin,
                                              std::int64_t end);
[[nodiscard]] std::vector<float> scoresOfRows(const float *question, const Vectors &vectors,
                                              std::span<const std::uint32_t> rows);

// The best `count`, best first, ties by the lower id.
void keepBest(std::vector<PassageHit> &hits, std::int64_t count);

} // namespace engine::retrieval
