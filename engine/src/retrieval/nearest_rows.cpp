// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/nearest_rows.h"

#include "ops/kernels.h"
#include "ops/parallel.h"

#include <algorithm>

namespace engine::retrieval {
namespace {

constexpr std::int64_t kBlock = 256; // rows of a piece of work

} // namespace

std::vector<float> scoresOfRows(const float *question, const Vectors &vectors, std::int64_t begin, std::int64_t end)
{
    const auto d = vectors.dimension;
    std::vector<float> scores(static_cast<std::size_t>(end - begin));
    ops::parallelFor((end - begin + kBlock - 1) / kBlock, (end - begin) * d, [&](std::int64_t block) {
        const auto first = block * kBlock;
        const auto count = std::min(kBlock, end - begin - first);
        ops::kernels::kernels().rowProduct({.x = {question, d},
                                            .weights = {vectors.data + (begin + first) * d, d},
                                            .y = {scores.data() + first, count},
                                            .m = 1,
                                            .k = d,
                                            .n = count});
    });
    return scores;
}

std::vector<float> scoresOfRows(const float *question, const Vectors &vectors, std::span<const std::uint32_t> rows)
{
    const auto d = vectors.dimension;
    const auto count = static_cast<std::int64_t>(rows.size());
    std::vector<float> scores(rows.size());
    ops::parallelFor((count + kBlock - 1) / kBlock, count * d, [&](std::int64_t block) {
        const auto &k = ops::kernels::kernels();
        for (auto i = block * kBlock; i < std::min(count, (block + 1) * kBlock); ++i)
            k.rowProduct({.x = {question, d},
                          .weights = {vectors.data + std::int64_t{rows[static_cast<std::size_t>(i)]} * d, d},
                          .y = {scores.data() + i, 1},
                          .m = 1,
                          .k = d,
                          .n = 1});
    });
    return scores;
}

void keepBest(std::vector<PassageHit> &hits, std::int64_t count)
{
    const auto isBetter = [](const PassageHit &a, const PassageHit &b) {
        return a.score != b.score ? a.score > b.score : a.id < b.id;
    };
    const auto kept = static_cast<std::ptrdiff_t>(std::min<std::size_t>(hits.size(), static_cast<std::size_t>(count)));
    std::partial_sort(hits.begin(), hits.begin() + kept, hits.end(), isBetter);
    hits.resize(static_cast<std::size_t>(kept));
}

} // namespace engine::retrieval
