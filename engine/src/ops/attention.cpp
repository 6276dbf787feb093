// SPDX-License-Identifier: GPL-3.0-or-later
// Attention that nobody watches: a block of queries at a time, its scores in the second-level cache.
#include "ops/head_panels.h"
#include "ops/kernels.h"
#include "ops/ops.h"
#include "ops/parallel.h"

#include "engine/error.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace engine::ops {
namespace {

using kernels::kPanel;

constexpr std::int64_t kBlockRows = 48;        // a multiple of the rows of a tile (6 and 4)
constexpr std::int64_t kScoreFloats = 1 << 16; // 256 KiB of scores at a time
constexpr std::int64_t kFewQueries = 4;        // up to here dot products beat transposing the keys

struct Sizes {
    std::int64_t batch, heads, queries, keys, d;
};

// One head: pointers to its first rows.
struct Head {
    const float *q;
    const float *k;
    const float *v;
    const float *keyBias;       // or null
    const float *bias;          // (queries, keys), or null
    const std::int32_t *places; // row of k and v of each key, or null: k and v are this row's
    std::int64_t placeStride;   // from a row of k and v to the next
    float *out;                 // rows of heads · d
};

struct Plan {
    Sizes sizes;
    float factor;
    std::int64_t causalOffset; // keys − 1 or more: all are seen
    std::int64_t blockRows;
    std::int64_t scoreStride;
    std::int64_t paddedD;
};

// Working memory of one thread, kept between calls.
struct Scratch {
    std::vector<float> keys;                        // panels of kPanel keys: (d, kPanel) each
    std::vector<float> gatheredKeys;                // (keys, d), where they stand in several rows
    std::vector<float> gatheredValues;              // likewise
    std::vector<float> values;                      // (keys, paddedD), only when d is no multiple of a register
    std::vector<float> scores;                      // (blockRows, scoreStride)
    std::vector<float> mixed;                       // (blockRows, paddedD), ditto
    std::array<float, kBlockRows> inverseSums = {}; // of the rows of the block
};

std::int64_t visibleKeys(const Plan &plan, std::int64_t query)
{
    return std::min(plan.sizes.keys, plan.causalOffset + query + 1);
}

void prepareHead(const Plan &plan, const Head &head, Scratch &scratch)
{
    const auto &[batch, heads, queries, keys, d] = plan.sizes;
    growTo(scratch.scores, plan.blockRows * plan.scoreStride);
    if (queries > kFewQueries)
        transposeKeys(head.k, keys, d, scratch.keys);
    if (plan.paddedD == d)
        return;
    growTo(scratch.mixed, plan.blockRows * plan.paddedD);
    padRows({head.v, d}, keys, d, scratch.values);
}

struct Block {
    std::int64_t begin;
    std::int64_t count;
    std::int64_t keys; // seen by the last query of the block
};

// factor · q · kᵀ of the block
void scoreBlock(const Plan &plan, const Head &head, const Block &block, Scratch &scratch)
{
    const auto &kernel = kernels::kernels();
    const std::int64_t d = plan.sizes.d;
    const kernels::Rows queries{head.q + block.begin * d, d};
    if (plan.sizes.queries <= kFewQueries) {
        kernel.rowProduct({.x = queries,
                           .weights = {head.k, d},
                           .y = {scratch.scores.data(), plan.scoreStride},
                           .m = block.count,
                           .k = d,
                           .n = block.keys});
        for (std::int64_t r = 0; r < block.count; ++r) {
            float *row = scratch.scores.data() + r * plan.scoreStride;
            kernel.scaleRow(row, plan.factor, row, block.keys);
        }
        return;
    }
    for (std::int64_t first = 0; first < block.keys; first += kPanel)
        kernel.tileProduct({.a = queries,
                            .b = {scratch.keys.data() + first * d, kPanel},
                            .c = {scratch.scores.data() + first, plan.scoreStride},
                            .m = block.count,
                            .k = d,
                            .n = kPanel,
                            .factor = plan.factor});
}

// Scores → their exponentials, in place, and the inverse of each row's sum; keys that a row does not see get 0.
void exponentials(const Plan &plan, const Head &head, const Block &block, Scratch &scratch)
{
    const auto &kernel = kernels::kernels();
    for (std::int64_t r = 0; r < block.count; ++r) {
        float *row = scratch.scores.data() + r * plan.scoreStride;
        const std::int64_t seen = std::max<std::int64_t>(visibleKeys(plan, block.begin + r), 0);
        std::fill(row + seen, row + block.keys, 0.0F);
        scratch.inverseSums[static_cast<std::size_t>(r)] = 0.0F;
        if (seen == 0)
            continue;
        if (head.bias != nullptr)
            kernel.addRows(row, head.bias + (block.begin + r) * plan.sizes.keys, row, seen);
        if (head.keyBias != nullptr)
            kernel.addRows(row, head.keyBias, row, seen);
        const double sum = kernel.expSum(row, kernel.largest(row, seen), row, seen);
        scratch.inverseSums[static_cast<std::size_t>(r)] = static_cast<float>(1.0 / sum);
    }
}

void mixBlock(const Plan &plan, const Head &head, const Block &block, Scratch &scratch)
{
    const auto &[batch, heads, queries, keys, d] = plan.sizes;
    const bool isPadded = plan.paddedD != d;
    const std::int64_t outStride = heads * d;
    float *out = head.out + block.begin * outStride;
    const kernels::MutableRows target =
        isPadded ? kernels::MutableRows{scratch.mixed.data(), plan.paddedD} : kernels::MutableRows{out, outStride};
    kernels::kernels().tileProduct({.a = {scratch.scores.data(), plan.scoreStride},
                                    .b = {isPadded ? scratch.values.data() : head.v, plan.paddedD},
                                    .c = target,
                                    .m = block.count,
                                    .k = block.keys,
                                    .n = plan.paddedD,
                                    .rowFactors = scratch.inverseSums.data()});
    for (std::int64_t r = 0; isPadded && r < block.count; ++r)
        std::copy_n(scratch.mixed.data() + r * plan.paddedD, d, out + r * outStride);
}

// Rows `keys` of d elements, run by run of equal places, in one piece.
const float *gathered(const Plan &plan, const Head &head, const float *from, std::vector<float> &buffer)
{
    const std::int64_t keys = plan.sizes.keys;
    const std::int64_t d = plan.sizes.d;
    const auto runEnd = [&](std::int64_t begin) {
        std::int64_t end = begin + 1;
        while (end < keys && head.places[end] == head.places[begin])
            ++end;
        return end;
    };
    if (keys == 0 || runEnd(0) == keys) // all in one row: where they are
        return keys == 0 ? from : from + head.places[0] * head.placeStride;
    growTo(buffer, keys * d);
    for (std::int64_t begin = 0; begin < keys;) {
        const std::int64_t end = runEnd(begin);
        std::copy_n(from + head.places[begin] * head.placeStride + begin * d, (end - begin) * d,
                    buffer.data() + begin * d);
        begin = end;
    }
    return buffer.data();
}

void attendRows(const Plan &plan, Head head, std::int64_t begin, std::int64_t end)
{
    thread_local Scratch scratch;
    if (head.places != nullptr) {
        head.k = gathered(plan, head, head.k, scratch.gatheredKeys);
        head.v = gathered(plan, head, head.v, scratch.gatheredValues);
    }
    prepareHead(plan, head, scratch);
    for (std::int64_t row = begin; row < end; row += plan.blockRows) {
        Block block{.begin = row, .count = std::min(plan.blockRows, end - row), .keys = 0};
        block.keys = std::max<std::int64_t>(visibleKeys(plan, row + block.count - 1), 0);
        scoreBlock(plan, head, block, scratch);
        exponentials(plan, head, block, scratch);
        mixBlock(plan, head, block, scratch);
    }
}

Plan makePlan(const Tensor &q, const Tensor &k, const Tensor &v, const FusedAttentionOptions &options)
{
    bool fits = q.rank() == 4 && k.rank() == 4 && v.rank() == 4 && k.shape() == v.shape();
    for (const int axis : {0, 1, 3})
        fits = fits && (q.size(axis) == k.size(axis) || (axis == 0 && !options.places.empty()));
    if (!fits)
        failInternal("fusedAttention: q " + q.shape().text() + ", k " + k.shape().text() + ", v " + v.shape().text());
    const Sizes sizes{.batch = q.size(0),
                      .heads = q.size(1),
                      .queries = q.size(2),
                      .keys = options.keys.value_or(k.size(2)),
                      .d = q.size(3)};
    if (sizes.keys < 0 || sizes.keys > k.size(2))
        failInternal("fusedAttention: " + std::to_string(sizes.keys) + " keys of " + k.shape().text());
    if (!options.keyBias.isNull() && options.keyBias.elements() != sizes.batch * sizes.keys)
        failInternal("fusedAttention: key bias " + options.keyBias.shape().text() + " for " +
                     std::to_string(sizes.batch) + " × " + std::to_string(sizes.keys) + " keys");
    if (!options.places.empty() &&
        (static_cast<std::int64_t>(options.places.size()) != sizes.batch * sizes.keys ||
         std::ranges::any_of(options.places, [&](std::int32_t place) { return place < 0 || place >= k.size(0); })))
        failInternal("fusedAttention: places of " + std::to_string(sizes.batch) + " × " + std::to_string(sizes.keys) +
                     " keys in " + std::to_string(k.size(0)) + " rows");
    const Tensor &bias = options.scoreBias;
    if (!bias.isNull() && (bias.rank() < 3 || bias.size(-1) != sizes.keys || bias.size(-2) != sizes.queries ||
                           bias.size(-3) != sizes.heads || (bias.rank() == 4 && bias.size(0) != sizes.batch)))
        failInternal("fusedAttention: score bias " + bias.shape().text() + " for q " + q.shape().text() + " and " +
                     std::to_string(sizes.keys) + " keys");
    const std::int64_t stride = roundUp(std::max<std::int64_t>(sizes.keys, 1), kPanel);
    const std::int64_t rows = std::clamp<std::int64_t>(kScoreFloats / stride / 12 * 12, 12, kBlockRows);
    return {.sizes = sizes,
            .factor = options.factor,
            .causalOffset = options.causalOffset.value_or(sizes.keys),
            .blockRows = std::min(rows, std::max<std::int64_t>(sizes.queries, 1)),
            .scoreStride = stride,
            .paddedD = roundUp(sizes.d, kernels::kernels().lanes)};
}

} // namespace

Tensor fusedAttention(const Tensor &q, const Tensor &k, const Tensor &v, const FusedAttentionOptions &options)
{
    const Plan plan = makePlan(q, k, v, options);
    const auto &[batch, heads, queries, keys, d] = plan.sizes;
    Tensor y = Tensor::uninitialised({batch, queries, heads * d});
    if (y.elements() == 0)
        return y;
    const Head first{.q = q.floats().data(),
                     .k = k.floats().data(),
                     .v = v.floats().data(),
                     .keyBias = options.keyBias.isNull() ? nullptr : options.keyBias.floats().data(),
                     .bias = options.scoreBias.isNull() ? nullptr : options.scoreBias.floats().data(),
                     .places = options.places.empty() ? nullptr : options.places.data(),
                     .placeStride = k.size(1) * k.size(2) * d,
                     .out = y.mutableFloats().data()};
    // Few heads are split further, in whole blocks, so that every thread has something to do.
    const std::int64_t count = batch * heads;
    const std::int64_t blocks = (queries + plan.blockRows - 1) / plan.blockRows;
    const std::int64_t parts = count >= 4 * threads() ? 1 : std::min<std::int64_t>(blocks, 4 * threads());
    const std::int64_t partRows = (blocks + parts - 1) / parts * plan.blockRows;
    const std::int64_t keyStep = k.size(2) * d;
    parallelFor(count * parts, count * queries * keys, [&, sizes = plan.sizes](std::int64_t task) {
        const std::int64_t head = task / parts;
        const std::int64_t begin = task % parts * partRows;
        const std::int64_t end = std::min(begin + partRows, sizes.queries);
        if (begin >= end)
            return;
        const std::int64_t b = head / sizes.heads;
        const std::int64_t queryStep = sizes.queries * sizes.d;
        const std::int64_t biasHead = options.scoreBias.rank() == 4 ? head : head % sizes.heads;
        attendRows(plan,
                   {.q = first.q + head * queryStep,
                    .k = first.k + (first.places == nullptr ? head : head % sizes.heads) * keyStep,
                    .v = first.v + (first.places == nullptr ? head : head % sizes.heads) * keyStep,
                    .keyBias = first.keyBias == nullptr ? nullptr : first.keyBias + b * sizes.keys,
                    .bias = first.bias == nullptr ? nullptr : first.bias + biasHead * sizes.queries * sizes.keys,
                    .places = first.places == nullptr ? nullptr : first.places + b * sizes.keys,
                    .placeStride = first.placeStride,
                    .out = first.out + b * queryStep * sizes.heads + head % sizes.heads * sizes.d},
                   begin, end);
    });
    return y;
}

} // namespace engine::ops
