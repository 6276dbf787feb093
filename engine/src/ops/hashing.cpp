// SPDX-License-Identifier: GPL-3.0-or-later
// Locality-sensitive hashing: buckets of vectors, entries in the order of their buckets.
#include "ops/ops.h"
#include "ops/parallel.h"

#include "engine/error.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

namespace engine::ops {
namespace {

constexpr std::int64_t kBlockRows = 4096; // vectors whose rotated coordinates are in memory at a time

struct Rotated {
    const float *row; // Σ factors / 2 coordinates
    std::span<const std::int64_t> factors;
};

std::int64_t bucketOf(const Rotated &rotated)
{
    const float *x = rotated.row;
    std::int64_t bucket = 0;
    std::int64_t product = 1;
    for (const std::int64_t factor : rotated.factors) {
        const std::int64_t half = factor / 2;
        const auto *const largest = std::max_element(x, x + half);
        const auto *const smallest = std::min_element(x, x + half);
        const std::int64_t own = *largest >= -*smallest ? largest - x : half + (smallest - x);
        bucket += product * own;
        product *= factor;
        x += half;
    }
    return bucket;
}

// rotations (heads, d, rounds, columns) of one head as a matrix of d inputs.
PackedMatrix rotationOf(const Tensor &rotations, std::int64_t head)
{
    const std::int64_t d = rotations.size(1);
    const Tensor own = rotations.rows(head, head + 1);
    return pack(own.reshaped({d, rotations.size(2) * rotations.size(3)}), WeightLayout::InOut);
}

struct EntryRange {
    std::int64_t smallest;
    std::int64_t count; // of bucket numbers
};

void sortEntries(std::span<const std::int64_t> buckets, const EntryRange &range, std::int64_t *out)
{
    const auto entries = static_cast<std::int64_t>(buckets.size());
    if (range.count > 4 * entries + 1024) {
        std::iota(out, out + entries, 0);
        std::stable_sort(out, out + entries, [&](std::int64_t a, std::int64_t b) {
            return buckets[static_cast<std::size_t>(a)] < buckets[static_cast<std::size_t>(b)];
        });
        return;
    }
    std::vector<std::int64_t> next(static_cast<std::size_t>(range.count) + 1, 0);
    for (const std::int64_t bucket : buckets)
        ++next[static_cast<std::size_t>(bucket - range.smallest) + 1];
    std::partial_sum(next.begin(), next.end(), next.begin());
    for (std::int64_t e = 0; e < entries; ++e)
        out[next[static_cast<std::size_t>(buckets[static_cast<std::size_t>(e)] - range.smallest)]++] = e;
}

} // namespace

Tensor hashBuckets(const Tensor &x, const Tensor &rotations, std::span<const std::int64_t> factors)
{
    std::int64_t columns = 0;
    bool fits = x.rank() == 4 && rotations.rank() == 4 && !factors.empty();
    for (const std::int64_t factor : factors) {
        fits = fits && factor > 0 && factor % 2 == 0;
        columns += factor / 2;
    }
    fits = fits && rotations.size(0) == x.size(1) && rotations.size(1) == x.size(3) && rotations.size(3) == columns;
    if (!fits)
        failInternal("hashBuckets: " + x.shape().text() + " by rotations " + rotations.shape().text());
    const std::int64_t batch = x.size(0);
    const std::int64_t heads = x.size(1);
    const std::int64_t n = x.size(2);
    const std::int64_t d = x.size(3);
    const std::int64_t rounds = rotations.size(2);
    Tensor buckets = Tensor::uninitialised({batch, heads, rounds, n}, DType::I64);
    auto out = buckets.mutableInts();
    const Tensor rows = x.reshaped({batch * heads * n, d});
    for (std::int64_t head = 0; head < heads; ++head) {
        const PackedMatrix rotation = rotationOf(rotations, head);
        for (std::int64_t b = 0; b < batch; ++b)
            for (std::int64_t begin = 0; begin < n; begin += kBlockRows) {
                const std::int64_t plane = b * heads + head;
                const std::int64_t count = std::min(kBlockRows, n - begin);
                const Tensor rotated = linear(rows.rows(plane * n + begin, plane * n + begin + count), rotation);
                const float *from = rotated.floats().data();
                parallelFor(count * rounds, rotated.elements(), [&](std::int64_t i) {
                    const std::int64_t round = i % rounds;
                    out[static_cast<std::size_t>((plane * rounds + round) * n + begin + i / rounds)] =
                        bucketOf({.row = from + i * columns, .factors = factors});
                });
            }
    }
    return buckets;
}

Tensor sortByBucket(const Tensor &buckets)
{
    if (buckets.rank() != 3)
        failInternal("sortByBucket: " + buckets.shape().text());
    Tensor order = Tensor::uninitialised(buckets.shape(), DType::I64);
    if (order.elements() == 0)
        return order;
    const auto values = buckets.ints();
    const auto [smallest, largest] = std::ranges::minmax(values);
    const EntryRange range{.smallest = smallest, .count = largest - smallest + 1};
    const std::int64_t entries = buckets.size(2);
    std::int64_t *to = order.mutableInts().data();
    parallelFor(buckets.size(0) * buckets.size(1), order.elements(), [&](std::int64_t plane) {
        const auto begin = static_cast<std::size_t>(plane * entries);
        sortEntries(values.subspan(begin, static_cast<std::size_t>(entries)), range, to + begin);
    });
    return order;
}

Tensor divideByRootMeanSquare(const Tensor &x, const RootMeanSquareOptions &options)
{
    const std::int64_t d = x.rank() == 0 ? 0 : x.size(-1);
    Tensor y = Tensor::uninitialised(x.shape());
    if (y.elements() == 0)
        return y;
    const float *from = x.floats().data();
    float *to = y.mutableFloats().data();
    parallelFor(x.elements() / d, x.elements(), [&](std::int64_t row) {
        const float *in = from + row * d;
        double sum = 0.0;
        for (std::int64_t i = 0; i < d; ++i)
            sum += static_cast<double>(in[i]) * static_cast<double>(in[i]);
        const double root = std::sqrt(sum / static_cast<double>(d) + options.epsilon);
        const auto factor = static_cast<float>(static_cast<double>(options.factor) / root);
        for (std::int64_t i = 0; i < d; ++i)
            to[row * d + i] = in[i] * factor;
    });
    return y;
}

} // namespace engine::ops
