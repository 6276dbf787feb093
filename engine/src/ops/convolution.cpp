// SPDX-License-Identifier: GPL-3.0-or-later
// Convolutions along the positions of a text.
#include "ops/kernels.h"
#include "ops/ops.h"
#include "ops/parallel.h"

#include "engine/error.h"

#include <algorithm>

namespace engine::ops {
namespace {

// The part of a window around `position` that lies inside of the text.
struct Window {
    std::int64_t first;   // position of its first element
    std::int64_t skipped; // elements of the kernel before that
    std::int64_t count;
};

Window windowAt(std::int64_t position, std::int64_t width, std::int64_t length)
{
    const std::int64_t begin = position - width / 2;
    const std::int64_t first = std::max<std::int64_t>(begin, 0);
    return {.first = first, .skipped = first - begin, .count = std::min(begin + width, length) - first};
}

} // namespace

Tensor depthwiseConvolution(const Tensor &x, const Tensor &weight)
{
    if (x.rank() != 3 || weight.rank() != 2 || weight.size(1) != x.size(2) || weight.size(0) % 2 == 0)
        failInternal("depthwiseConvolution: " + x.shape().text() + " with weights " + weight.shape().text());
    const std::int64_t length = x.size(1);
    const std::int64_t features = x.size(2);
    const std::int64_t width = weight.size(0);
    Tensor y = Tensor::zeros(x.shape());
    const float *from = x.floats().data();
    const float *weights = weight.floats().data();
    float *to = y.mutableFloats().data();
    parallelFor(x.size(0) * length, x.elements() * width, [&](std::int64_t i) {
        const Window window = windowAt(i % length, width, length);
        const float *row = from + (i / length * length + window.first) * features;
        const float *factor = weights + window.skipped * features;
        float *out = to + i * features;
        for (std::int64_t k = 0; k < window.count; ++k, row += features, factor += features)
            for (std::int64_t f = 0; f < features; ++f)
                out[f] += factor[f] * row[f];
    });
    return y;
}

Tensor dynamicConvolution(const Tensor &x, const Tensor &kernels)
{
    const bool fits = x.rank() == 3 && kernels.rank() == 4 && kernels.size(0) == x.size(0) &&
                      kernels.size(1) == x.size(1) && kernels.size(2) > 0 && x.size(2) % kernels.size(2) == 0 &&
                      kernels.size(3) % 2 == 1;
    if (!fits)
        failInternal("dynamicConvolution: " + x.shape().text() + " with kernels " + kernels.shape().text());
    const std::int64_t length = x.size(1);
    const std::int64_t features = x.size(2);
    const std::int64_t heads = kernels.size(2);
    const std::int64_t width = kernels.size(3);
    const std::int64_t d = features / heads;
    Tensor y = Tensor::uninitialised(x.shape());
    const float *from = x.floats().data();
    const float *all = kernels.floats().data();
    float *to = y.mutableFloats().data();
    parallelFor(x.size(0) * length, x.elements() * width, [&](std::int64_t i) {
        const Window window = windowAt(i % length, width, length);
        const float *row = from + (i / length * length + window.first) * features;
        for (std::int64_t head = 0; head < heads; ++head)
            kernels::kernels().columnProduct({.x = {all + (i * heads + head) * width + window.skipped, width},
                                              .weights = {row + head * d, features},
                                              .y = {to + i * features + head * d, features},
                                              .m = 1,
                                              .k = window.count,
                                              .n = d});
    });
    return y;
}

} // namespace engine::ops
