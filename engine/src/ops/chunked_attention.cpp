// SPDX-License-Identifier: GPL-3.0-or-later
// Attention inside chunks of a list. A task gathers one chunk of queries and the keys and values around it, so that
// nothing of the list's size is ever arranged in memory.
#include "ops/kernels.h"
#include "ops/ops.h"
#include "ops/parallel.h"

#include "engine/error.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

namespace engine::ops {
namespace {

using kernels::kPanel;

std::int64_t roundUp(std::int64_t value, std::int64_t step)
{
    return (value + step - 1) / step * step;
}

struct Plan {
    std::int64_t heads, n, d;
    std::int64_t entries;
    std::int64_t chunks;
    std::int64_t span; // keys that a query meets
    std::int64_t scoreStride;
    std::int64_t paddedD;
};

// Of one (batch, head).
struct Head {
    const float *q;
    const float *k;
    const float *v;
    const std::int64_t *order; // or null
    const std::int64_t *keep;  // or null
    float *mixed;
    float *logSums;
    float *weights; // or null
};

// Working memory of one thread, kept between calls.
struct Scratch {
    std::vector<std::int64_t> queries; // positions of the chunk
    std::vector<std::int64_t> keys;    // positions of what it sees
    std::vector<float> gathered;       // (max(chunk, span), d): queries, then keys
    std::vector<float> queryRows;      // (chunk, d)
    std::vector<float> panels;         // of kPanel keys: (d, kPanel) each
    std::vector<float> values;         // (span, paddedD)
    std::vector<float> scores;         // (chunk, scoreStride)
    std::vector<float> mixed;          // (chunk, paddedD)

    template <typename Value> static void grow(std::vector<Value> &buffer, std::int64_t size)
    {
        if (buffer.size() < static_cast<std::size_t>(size))
            buffer.resize(static_cast<std::size_t>(size));
    }

    void prepare(const Plan &plan, std::int64_t chunk)
    {
        grow(queries, chunk);
        grow(keys, plan.span);
        grow(queryRows, chunk * plan.d);
        grow(gathered, plan.span * plan.d);
        grow(panels, plan.scoreStride * plan.d);
        grow(values, plan.span * plan.paddedD);
        grow(scores, chunk * plan.scoreStride);
        grow(mixed, chunk * plan.paddedD);
    }
};

std::int64_t entryAt(const Head &head, std::int64_t place)
{
    return head.order == nullptr ? place : head.order[place];
}

// Positions and rows of the chunk's queries and of the keys and values around it.
void gather(const Plan &plan, const Head &head, const ChunkedAttentionOptions &options, std::int64_t chunk,
            Scratch &scratch)
{
    const std::int64_t m = options.chunk;
    const std::int64_t d = plan.d;
    for (std::int64_t i = 0; i < m; ++i) {
        const std::int64_t position = entryAt(head, chunk * m + i) % plan.n;
        scratch.queries[static_cast<std::size_t>(i)] = position;
        std::copy_n(head.q + position * d, d, scratch.queryRows.data() + i * d);
    }
    std::int64_t row = 0;
    for (std::int64_t offset = -options.before; offset <= options.after; ++offset) {
        const std::int64_t neighbour =
            std::abs(offset) >= plan.chunks ? chunk : (chunk + offset + plan.chunks) % plan.chunks;
        for (std::int64_t i = 0; i < m; ++i, ++row) {
            const std::int64_t position = entryAt(head, neighbour * m + i) % plan.n;
            scratch.keys[static_cast<std::size_t>(row)] = position;
            std::copy_n(head.k + position * d, d, scratch.gathered.data() + row * d);
            float *value = scratch.values.data() + row * plan.paddedD;
            std::copy_n(head.v + position * d, d, value);
            std::fill_n(value + d, plan.paddedD - d, 0.0F);
        }
    }
}

void score(const Plan &plan, const ChunkedAttentionOptions &options, Scratch &scratch)
{
    const auto &kernel = kernels::kernels();
    for (std::int64_t first = 0; first < plan.span; first += kPanel) {
        float *panel = scratch.panels.data() + first * plan.d;
        kernel.transpose({scratch.gathered.data() + first * plan.d, plan.d}, std::min(kPanel, plan.span - first),
                         plan.d, panel, kPanel);
        kernel.tileProduct({.a = {scratch.queryRows.data(), plan.d},
                            .b = {panel, kPanel},
                            .c = {scratch.scores.data() + first, plan.scoreStride},
                            .m = options.chunk,
                            .k = plan.d,
                            .n = kPanel,
                            .factor = options.factor});
    }
}

void hide(const Plan &plan, const Head &head, const ChunkedAttentionOptions &options, Scratch &scratch)
{
    for (std::int64_t i = 0; i < options.chunk; ++i) {
        const std::int64_t query = scratch.queries[static_cast<std::size_t>(i)];
        float *row = scratch.scores.data() + i * plan.scoreStride;
        for (std::int64_t j = 0; j < plan.span; ++j) {
            const std::int64_t key = scratch.keys[static_cast<std::size_t>(j)];
            const bool isHidden = (options.isCausal && key > query) || (head.keep != nullptr && head.keep[key] == 0);
            if (isHidden)
                row[j] = options.hiddenScore;
            if (key == query && options.ownScore)
                row[j] = *options.ownScore;
        }
    }
}

// Scores → weights, in place, and the log-sums of the chunk's entries.
void weigh(const Plan &plan, const Head &head, const ChunkedAttentionOptions &options, std::int64_t chunk,
           Scratch &scratch)
{
    const auto &kernel = kernels::kernels();
    for (std::int64_t i = 0; i < options.chunk; ++i) {
        float *row = scratch.scores.data() + i * plan.scoreStride;
        const float largest = kernel.largest(row, plan.span);
        const float logSum = largest + static_cast<float>(std::log(kernel.expSumOnly(row, largest, plan.span)));
        (void)kernel.expSum(row, logSum, row, plan.span);
        head.logSums[entryAt(head, chunk * options.chunk + i)] = logSum;
        if (head.weights != nullptr)
            std::copy_n(row, plan.span, head.weights + (chunk * options.chunk + i) * plan.span);
    }
}

void attendChunk(const Plan &plan, const Head &head, const ChunkedAttentionOptions &options, std::int64_t chunk)
{
    thread_local Scratch scratch;
    scratch.prepare(plan, options.chunk);
    gather(plan, head, options, chunk, scratch);
    score(plan, options, scratch);
    hide(plan, head, options, scratch);
    weigh(plan, head, options, chunk, scratch);
    kernels::kernels().tileProduct({.a = {scratch.scores.data(), plan.scoreStride},
                                    .b = {scratch.values.data(), plan.paddedD},
                                    .c = {scratch.mixed.data(), plan.paddedD},
                                    .m = options.chunk,
                                    .k = plan.span,
                                    .n = plan.paddedD});
    for (std::int64_t i = 0; i < options.chunk; ++i)
        std::copy_n(scratch.mixed.data() + i * plan.paddedD, plan.d,
                    head.mixed + entryAt(head, chunk * options.chunk + i) * plan.d);
}

Plan makePlan(const Tensor &q, const Tensor &k, const Tensor &v, const ChunkedAttentionOptions &options)
{
    bool fits = q.rank() == 4 && k.shape() == q.shape() && v.shape() == q.shape() && options.chunk > 0 &&
                options.before >= 0 && options.after >= 0 && q.size(2) > 0;
    const std::int64_t entries = options.order.isNull() ? q.size(2) : options.order.size(-1);
    fits = fits && entries % options.chunk == 0 && entries % q.size(2) == 0;
    fits = fits && (options.order.isNull() || options.order.shape() == Shape{q.size(0), q.size(1), entries});
    fits = fits && (options.keep.isNull() || options.keep.shape() == Shape{q.size(0), q.size(2)});
    if (!fits)
        failInternal("chunkedAttention: q " + q.shape().text() + ", k " + k.shape().text() + ", v " + v.shape().text() +
                     ", order " + options.order.shape().text() + ", keep " + options.keep.shape().text() +
                     " in chunks of " + std::to_string(options.chunk));
    const std::int64_t span = options.chunk * (options.before + 1 + options.after);
    return {.heads = q.size(1),
            .n = q.size(2),
            .d = q.size(3),
            .entries = entries,
            .chunks = entries / options.chunk,
            .span = span,
            .scoreStride = roundUp(span, kPanel),
            .paddedD = roundUp(q.size(3), kernels::kernels().lanes)};
}

} // namespace

ChunkedAttention chunkedAttention(const Tensor &q, const Tensor &k, const Tensor &v,
                                  const ChunkedAttentionOptions &options)
{
    const Plan plan = makePlan(q, k, v, options);
    const std::int64_t batch = q.size(0);
    ChunkedAttention out{.mixed = Tensor::uninitialised({batch, plan.heads, plan.entries, plan.d}),
                         .logSums = Tensor::uninitialised({batch, plan.heads, plan.entries}),
                         .weights = {}};
    if (options.keepsWeights)
        out.weights = Tensor::uninitialised({batch, plan.heads, plan.chunks, options.chunk, plan.span});
    const std::int64_t step = plan.n * plan.d;
    const std::int64_t *order = options.order.isNull() ? nullptr : options.order.ints().data();
    const std::int64_t *keep = options.keep.isNull() ? nullptr : options.keep.ints().data();
    float *mixed = out.mixed.mutableFloats().data();
    float *logSums = out.logSums.mutableFloats().data();
    float *weights = options.keepsWeights ? out.weights.mutableFloats().data() : nullptr;
    const std::int64_t work = batch * plan.heads * plan.entries * plan.span;
    parallelFor(batch * plan.heads * plan.chunks, work, [&](std::int64_t task) {
        const std::int64_t at = task / plan.chunks; // (batch, head)
        const Head head{.q = q.floats().data() + at * step,
                        .k = k.floats().data() + at * step,
                        .v = v.floats().data() + at * step,
                        .order = order == nullptr ? nullptr : order + at * plan.entries,
                        .keep = keep == nullptr ? nullptr : keep + at / plan.heads * plan.n,
                        .mixed = mixed + at * plan.entries * plan.d,
                        .logSums = logSums + at * plan.entries,
                        .weights = weights == nullptr ? nullptr : weights + at * plan.entries * plan.span};
        attendChunk(plan, head, options, task % plan.chunks);
    });
    return out;
}

AveragedRounds averageRounds(const ChunkedAttention &attention, std::int64_t rounds)
{
    const std::int64_t planes = attention.mixed.size(0) * attention.mixed.size(1);
    const std::int64_t n = attention.mixed.size(2) / rounds;
    const std::int64_t d = attention.mixed.size(3);
    AveragedRounds out{.mixed = Tensor::uninitialised({attention.mixed.size(0), attention.mixed.size(1), n, d}),
                       .weights = Tensor::uninitialised({attention.mixed.size(0), attention.mixed.size(1), rounds, n})};
    const float *from = attention.mixed.floats().data();
    const float *logSums = attention.logSums.floats().data();
    float *to = out.mixed.mutableFloats().data();
    float *weights = out.weights.mutableFloats().data();
    parallelFor(planes * n, attention.mixed.elements(), [&](std::int64_t i) {
        const std::int64_t first = i / n * rounds * n + i % n; // of the plane, round 0
        float largest = logSums[first];
        for (std::int64_t r = 1; r < rounds; ++r)
            largest = std::max(largest, logSums[first + r * n]);
        double sum = 0.0;
        for (std::int64_t r = 0; r < rounds; ++r)
            sum += static_cast<double>(std::exp(logSums[first + r * n] - largest));
        const float total = largest + static_cast<float>(std::log(sum));
        float *row = to + i * d;
        std::fill_n(row, d, 0.0F);
        for (std::int64_t r = 0; r < rounds; ++r) {
            const float weight = std::exp(logSums[first + r * n] - total);
            weights[first + r * n] = weight;
            const float *part = from + (first + r * n) * d;
            for (std::int64_t c = 0; c < d; ++c)
                row[c] += weight * part[c];
        }
    });
    return out;
}

} // namespace engine::ops
