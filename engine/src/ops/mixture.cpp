// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/mixture.h"

#include "engine/error.h"
#include "ops/kernels.h"
#include "ops/parallel.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace engine::ops {
namespace {

constexpr std::int64_t kBlock = 2048; // columns of a piece of work

// What turns each row of logits into log-probabilities times its weight: added to all its elements.
std::vector<float> shiftsOf(const Tensor &logits, const Tensor &logWeights)
{
    const auto rows = logits.size(2);
    const auto n = logits.size(3);
    const auto count = logits.size(0) * logits.size(1) * rows;
    std::vector<float> shifts(static_cast<std::size_t>(count));
    parallelFor(count, logits.elements(), [&](std::int64_t i) {
        const auto &k = kernels::kernels();
        const float *row = logits.floats().data() + i * n;
        const float largest = k.largest(row, n);
        shifts[static_cast<std::size_t>(i)] = logWeights.floats()[static_cast<std::size_t>(i / rows)] - largest -
                                              static_cast<float>(std::log(k.expSumOnly(row, largest, n)));
    });
    return shifts;
}

} // namespace

Tensor logMixture(const Tensor &logits, const Tensor &logWeights)
{
    if (logits.rank() != 4 || logWeights.rank() != 2 || logWeights.size(0) != logits.size(0) ||
        logWeights.size(1) != logits.size(1))
        failInternal("logMixture: logits " + logits.shape().text() + " and weights " + logWeights.shape().text());
    const auto parts = logits.size(1);
    const auto rows = logits.size(2);
    const auto n = logits.size(3);
    const auto shifts = shiftsOf(logits, logWeights);
    Tensor out = Tensor::uninitialised({logits.size(0), rows, n});
    const float *from = logits.floats().data();
    float *to = out.mutableFloats().data();
    const auto blocks = (n + kBlock - 1) / kBlock;
    parallelFor(logits.size(0) * rows * blocks, logits.elements() * 8, [&](std::int64_t job) {
        const auto row = job / blocks; // of the result
        const auto begin = job % blocks * kBlock;
        const auto end = std::min(begin + kBlock, n);
        const auto source = [&](std::int64_t part) { return (row / rows * parts + part) * rows + row % rows; };
        for (std::int64_t i = begin; i < end; ++i) {
            float largest = -std::numeric_limits<float>::infinity();
            for (std::int64_t part = 0; part < parts; ++part)
                largest =
                    std::max(largest, from[source(part) * n + i] + shifts[static_cast<std::size_t>(source(part))]);
            float sum = 0.0F;
            for (std::int64_t part = 0; part < parts; ++part)
                sum += std::exp(from[source(part) * n + i] + shifts[static_cast<std::size_t>(source(part))] - largest);
            to[row * n + i] = std::isfinite(largest) ? largest + std::log(sum) : largest;
        }
    });
    return out;
}

} // namespace engine::ops
