// SPDX-License-Identifier: GPL-3.0-or-later
// Attention inside a window: a block of queries at a time against the keys that any of them sees, so that scores
// never leave the second-level cache; global keys stand in front of them.
#include "ops/head_panels.h"
#include "ops/kernels.h"
#include "ops/ops.h"
#include "ops/parallel.h"

#include "engine/error.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <vector>

namespace engine::ops {
namespace {

using kernels::kPanel;

constexpr std::int64_t kBlockRows = kPanel;        // blocks and panels begin together: no panel is computed in vain
constexpr std::int64_t kPartRows = 8 * kBlockRows; // a part and its window of keys fit into the second-level cache

struct Plan {
    std::int64_t batch, heads, length, d;
    std::int64_t paddedD;
    std::int64_t reach;
    std::int64_t mostGlobals;
    std::int64_t globalStride; // columns of a row of scores before its band
    std::int64_t scoreStride;
    float factor;
};

// One head of one row of the batch.
struct Head {
    const float *q;
    const float *k;
    const float *v;
    float *out;                               // rows of heads · d
    float *weights;                           // or null
    const float *keyBias;                     // (length), or null
    const std::int64_t *keep;                 // (length), or null
    const std::vector<std::int64_t> *globals; // or null
};

// Working memory of one thread, kept between calls.
struct Scratch {
    std::vector<float> keys;   // panels of kPanel keys from firstKey on
    std::vector<float> values; // (keys, paddedD), only when d is no multiple of a register
    std::vector<float> gathered;
    std::vector<float> globalKeys;   // panels
    std::vector<float> globalValues; // (globals, paddedD)
    std::vector<float> scores;       // (kBlockRows, scoreStride)
    std::vector<float> mixed;        // (kBlockRows, paddedD)
    std::array<float, kBlockRows> rowFactors = {};
    std::int64_t firstKey = 0; // a multiple of kPanel
};

// Queries `begin` …, and the keys from the first to the last that one of them sees.
struct Block {
    std::int64_t begin;
    std::int64_t count;
    std::int64_t firstKey; // a multiple of kPanel
    std::int64_t keys;
};

std::int64_t globalCount(const Head &head)
{
    return head.globals == nullptr ? 0 : static_cast<std::int64_t>(head.globals->size());
}

void gatherRows(const float *rows, const std::vector<std::int64_t> &positions, std::int64_t d, std::vector<float> &out)
{
    growTo(out, static_cast<std::int64_t>(positions.size()) * d);
    float *to = out.data();
    for (const auto position : positions) {
        std::copy_n(rows + position * d, d, to);
        to += d;
    }
}

void prepare(const Plan &plan, const Head &head, const Block &part, Scratch &scratch)
{
    growTo(scratch.scores, kBlockRows * plan.scoreStride);
    growTo(scratch.mixed, kBlockRows * plan.paddedD);
    scratch.firstKey = part.firstKey;
    transposeKeys(head.k + part.firstKey * plan.d, part.keys, plan.d, scratch.keys);
    if (plan.paddedD != plan.d)
        padRows({head.v + part.firstKey * plan.d, plan.d}, part.keys, plan.d, scratch.values);
    if (globalCount(head) == 0)
        return;
    gatherRows(head.k, *head.globals, plan.d, scratch.gathered);
    transposeKeys(scratch.gathered.data(), globalCount(head), plan.d, scratch.globalKeys);
    gatherRows(head.v, *head.globals, plan.d, scratch.gathered);
    padRows({scratch.gathered.data(), plan.d}, globalCount(head), plan.d, scratch.globalValues);
}

// factor · q · kᵀ: global keys, then those of the band.
void scoreBlock(const Plan &plan, const Head &head, const Block &block, Scratch &scratch)
{
    const auto multiply = [&](const float *panels, std::int64_t count, float *to) {
        for (std::int64_t first = 0; first < count; first += kPanel)
            kernels::kernels().tileProduct({.a = {head.q + block.begin * plan.d, plan.d},
                                            .b = {panels + first * plan.d, kPanel},
                                            .c = {to + first, plan.scoreStride},
                                            .m = block.count,
                                            .k = plan.d,
                                            .n = kPanel,
                                            .factor = plan.factor});
    };
    multiply(scratch.globalKeys.data(), globalCount(head), scratch.scores.data());
    multiply(scratch.keys.data() + (block.firstKey - scratch.firstKey) * plan.d, block.keys,
             scratch.scores.data() + plan.globalStride);
}

// Exponentials of one query, and the inverse of their sum.
struct ExpRow {
    std::int64_t query;
    const float *globals;
    const float *band; // from the first key of the window that exists
    float factor;
};

// As weights in the layout of BandAttentionResult.
void storeWeights(const Plan &plan, const Head &head, const ExpRow &row)
{
    const auto &kernel = kernels::kernels();
    const std::int64_t width = plan.mostGlobals + 2 * plan.reach + 1;
    float *to = head.weights + row.query * width;
    std::fill_n(to, width, 0.0F);
    kernel.scaleRow(row.globals, row.factor, to, globalCount(head));
    const std::int64_t first = std::max<std::int64_t>(0, row.query - plan.reach);
    const std::int64_t last = std::min(plan.length - 1, row.query + plan.reach);
    kernel.scaleRow(row.band, row.factor, to + plan.mostGlobals + first - (row.query - plan.reach), last - first + 1);
}

// Scores → their exponentials, in place; keys outside the window of a row get 0.
void exponentials(const Plan &plan, const Head &head, const Block &block, Scratch &scratch)
{
    const auto &kernel = kernels::kernels();
    const std::int64_t globals = globalCount(head);
    for (std::int64_t r = 0; r < block.count; ++r) {
        const std::int64_t query = block.begin + r;
        const std::int64_t first = std::max<std::int64_t>(0, query - plan.reach);
        const std::int64_t count = std::min(plan.length - 1, query + plan.reach) - first + 1;
        float *row = scratch.scores.data() + r * plan.scoreStride;
        float *whole = row + plan.globalStride;
        float *band = whole + first - block.firstKey;
        if (head.keyBias != nullptr)
            kernel.addRows(band, head.keyBias + first, band, count);
        float largest = kernel.largest(band, count);
        if (globals > 0)
            largest = std::max(largest, kernel.largest(row, globals));
        double sum = kernel.expSum(band, largest, band, count);
        if (globals > 0)
            sum += kernel.expSum(row, largest, row, globals);
        std::fill(whole, band, 0.0F);
        std::fill(band + count, whole + block.keys, 0.0F);
        const bool isKept = head.keep == nullptr || head.keep[query] != 0;
        const float factor = isKept ? static_cast<float>(1.0 / sum) : 0.0F;
        scratch.rowFactors[static_cast<std::size_t>(r)] = factor;
        if (head.weights != nullptr)
            storeWeights(plan, head, {.query = query, .globals = row, .band = band, .factor = factor});
    }
}

void mixBlock(const Plan &plan, const Head &head, const Block &block, Scratch &scratch)
{
    const auto &kernel = kernels::kernels();
    const bool isPadded = plan.paddedD != plan.d;
    const std::int64_t outStride = plan.heads * plan.d;
    float *out = head.out + block.begin * outStride;
    const auto multiply = [&](const float *scores, const float *values, std::int64_t keys, kernels::MutableRows to) {
        kernel.tileProduct({.a = {scores, plan.scoreStride},
                            .b = {values, plan.paddedD},
                            .c = to,
                            .m = block.count,
                            .k = keys,
                            .n = plan.paddedD,
                            .rowFactors = scratch.rowFactors.data()});
    };
    const float *values = isPadded ? scratch.values.data() + (block.firstKey - scratch.firstKey) * plan.paddedD
                                   : head.v + block.firstKey * plan.d;
    const kernels::MutableRows mixed{scratch.mixed.data(), plan.paddedD};
    multiply(scratch.scores.data() + plan.globalStride, values, block.keys,
             isPadded ? mixed : kernels::MutableRows{out, outStride});
    for (std::int64_t r = 0; isPadded && r < block.count; ++r)
        std::copy_n(scratch.mixed.data() + r * plan.paddedD, plan.d, out + r * outStride);
    if (globalCount(head) == 0)
        return;
    multiply(scratch.scores.data(), scratch.globalValues.data(), globalCount(head), mixed);
    for (std::int64_t r = 0; r < block.count; ++r)
        kernel.addRows(out + r * outStride, scratch.mixed.data() + r * plan.paddedD, out + r * outStride, plan.d);
}

Block blockOf(const Plan &plan, std::int64_t begin, std::int64_t end)
{
    const std::int64_t firstKey = std::max<std::int64_t>(0, begin - plan.reach) / kPanel * kPanel;
    const std::int64_t lastKey = std::min(plan.length, end + plan.reach);
    return {.begin = begin, .count = end - begin, .firstKey = firstKey, .keys = lastKey - firstKey};
}

void attendPart(const Plan &plan, const Head &head, std::int64_t begin, std::int64_t end)
{
    thread_local Scratch scratch;
    prepare(plan, head, blockOf(plan, begin, end), scratch);
    for (std::int64_t row = begin; row < end; row += kBlockRows) {
        const Block block = blockOf(plan, row, std::min(row + kBlockRows, end));
        scoreBlock(plan, head, block, scratch);
        exponentials(plan, head, block, scratch);
        mixBlock(plan, head, block, scratch);
    }
}

void check(const Tensor &q, const Tensor &k, const Tensor &v, const BandAttentionOptions &options)
{
    bool fits = q.rank() == 4 && q.shape() == k.shape() && q.shape() == v.shape() && options.reach >= 0;
    fits = fits && (options.globals.empty() || static_cast<std::int64_t>(options.globals.size()) == q.size(0));
    fits = fits && (options.keep.isNull() || options.keep.shape() == Shape{q.size(0), q.size(2)});
    for (const auto &row : options.globals)
        for (const auto position : row)
            fits = fits && position >= 0 && position < q.size(2);
    if (!fits)
        failInternal("bandAttention: q " + q.shape().text() + ", k " + k.shape().text() + ", v " + v.shape().text() +
                     ", " + std::to_string(options.globals.size()) + " lists of globals, keep " +
                     options.keep.shape().text());
}

Plan planOf(const Tensor &q, const BandAttentionOptions &options)
{
    std::int64_t mostGlobals = 0;
    for (const auto &row : options.globals)
        mostGlobals = std::max(mostGlobals, static_cast<std::int64_t>(row.size()));
    const std::int64_t widest = std::min(q.size(2), kBlockRows + 2 * options.reach) + kPanel;
    const std::int64_t globalStride = roundUp(mostGlobals, kPanel);
    return {.batch = q.size(0),
            .heads = q.size(1),
            .length = q.size(2),
            .d = q.size(3),
            .paddedD = roundUp(q.size(3), kernels::kernels().lanes),
            .reach = options.reach,
            .mostGlobals = mostGlobals,
            .globalStride = globalStride,
            .scoreStride = globalStride + roundUp(widest, kPanel),
            .factor = options.factor};
}

// (batch, length): 0, or the lowest float for a key that the band must not see; null when it may see all.
Tensor keyBias(const Plan &plan, const BandAttentionOptions &options)
{
    if (plan.mostGlobals == 0 && options.keep.isNull())
        return {};
    constexpr float kLowest = std::numeric_limits<float>::lowest();
    Tensor bias = Tensor::zeros({plan.batch, plan.length});
    auto values = bias.mutableFloats();
    if (!options.keep.isNull())
        std::ranges::transform(options.keep.ints(), values.begin(),
                               [](std::int64_t keep) { return keep != 0 ? 0.0F : kLowest; });
    for (std::size_t b = 0; b < options.globals.size(); ++b)
        for (const auto position : options.globals[b])
            values[b * static_cast<std::size_t>(plan.length) + static_cast<std::size_t>(position)] = kLowest;
    return bias;
}

} // namespace

BandAttentionResult bandAttention(const Tensor &q, const Tensor &k, const Tensor &v,
                                  const BandAttentionOptions &options)
{
    check(q, k, v, options);
    const Plan plan = planOf(q, options);
    const std::int64_t width = plan.mostGlobals + 2 * plan.reach + 1;
    BandAttentionResult result{.mixed = Tensor::uninitialised({plan.batch, plan.length, plan.heads * plan.d}),
                               .weights = {}};
    if (options.wantsWeights)
        result.weights = Tensor::uninitialised({plan.batch, plan.heads, plan.length, width});
    if (result.mixed.elements() == 0)
        return result;
    const Tensor bias = keyBias(plan, options);
    float *out = result.mixed.mutableFloats().data();
    float *weights = options.wantsWeights ? result.weights.mutableFloats().data() : nullptr;
    const std::int64_t parts = (plan.length + kPartRows - 1) / kPartRows;
    const std::int64_t tasks = plan.batch * plan.heads * parts;
    parallelFor(tasks, tasks * kPartRows * std::min(width, plan.length), [&](std::int64_t task) {
        const std::int64_t head = task / parts;
        const std::int64_t b = head / plan.heads;
        const std::int64_t begin = task % parts * kPartRows;
        const std::int64_t step = plan.length * plan.d;
        const bool hasGlobals = plan.mostGlobals > 0;
        attendPart(plan,
                   {.q = q.floats().data() + head * step,
                    .k = k.floats().data() + head * step,
                    .v = v.floats().data() + head * step,
                    .out = out + b * step * plan.heads + head % plan.heads * plan.d,
                    .weights = weights == nullptr ? nullptr : weights + head * plan.length * width,
                    .keyBias = bias.isNull() ? nullptr : bias.floats().data() + b * plan.length,
                    .keep = options.keep.isNull() ? nullptr : options.keep.ints().data() + b * plan.length,
                    .globals = hasGlobals ? &options.globals[static_cast<std::size_t>(b)] : nullptr},
                   begin, std::min(begin + kPartRows, plan.length));
    });
    return result;
}

} // namespace engine::ops
