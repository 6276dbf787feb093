// SPDX-License-Identifier: GPL-3.0-or-later
// Activations, sums, softmax and layer normalisation, row by row.
#include "ops/kernels.h"
#include "ops/ops.h"
#include "ops/parallel.h"

#include "engine/error.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <string>
#include <utility>

namespace engine::ops {
namespace {

constexpr std::int64_t kBlock = 4096; // elements of a unit of elementwise work
constexpr std::int64_t kExpWork = 8;  // an exponential costs about so many copies

// body(begin, count) over blocks of n elements.
template <typename Body> void overBlocks(std::int64_t n, std::int64_t workOfOne, Body &&body)
{
    parallelFor((n + kBlock - 1) / kBlock, n * workOfOne, [&](std::int64_t block) {
        const std::int64_t begin = block * kBlock;
        body(begin, std::min(kBlock, n - begin));
    });
}

struct RowSizes {
    std::int64_t rows;
    std::int64_t columns;
};

RowSizes rowSizes(const Tensor &x, const char *what)
{
    if (x.rank() < 1)
        failInternal(std::string(what) + ": expected at least one axis, found " + x.shape().text());
    const std::int64_t columns = x.size(-1);
    return {columns == 0 ? 0 : x.elements() / columns, columns};
}

} // namespace

Activation activationFromName(std::string_view name)
{
    using enum Activation;
    constexpr std::array<std::pair<std::string_view, Activation>, 13> kNames{{{"gelu", Gelu},
                                                                              {"gelu_python", Gelu},
                                                                              {"gelu_new", GeluTanh},
                                                                              {"gelu_pytorch_tanh", GeluTanh},
                                                                              {"gelu_python_tanh", GeluTanh},
                                                                              {"gelu_fast", GeluFast},
                                                                              {"quick_gelu", QuickGelu},
                                                                              {"relu", Relu},
                                                                              {"silu", Silu},
                                                                              {"swish", Silu},
                                                                              {"tanh", Tanh},
                                                                              {"sigmoid", Sigmoid},
                                                                              {"linear", Identity}}};
    const auto *const it = std::ranges::find(kNames, name, [](const auto &entry) { return entry.first; });
    if (it != kNames.end())
        return it->second;
    std::string known;
    for (const auto &entry : kNames)
        known += (known.empty() ? "" : ", ") + std::string(entry.first);
    failArgument("unknown activation \"" + std::string(name) + "\"; expected one of " + known);
}

Tensor activate(const Tensor &x, Activation activation)
{
    if (activation == Activation::None || activation == Activation::Identity)
        return x;
    Tensor y = Tensor::uninitialised(x.shape());
    const float *from = x.floats().data();
    float *to = y.mutableFloats().data();
    overBlocks(x.elements(), kExpWork, [&](std::int64_t begin, std::int64_t count) {
        kernels::kernels().activate(from + begin, to + begin, count, activation);
    });
    return y;
}

Tensor add(const Tensor &a, const Tensor &b)
{
    const auto &outer = a.shape().sizes();
    const auto &inner = b.shape().sizes();
    if (inner.size() > outer.size() || !std::equal(inner.rbegin(), inner.rend(), outer.rbegin()))
        failInternal("add: " + a.shape().text() + " and " + b.shape().text());
    Tensor y = Tensor::uninitialised(a.shape());
    if (a.elements() == 0)
        return y;
    const float *left = a.floats().data();
    const float *right = b.floats().data();
    float *to = y.mutableFloats().data();
    const std::int64_t period = b.elements();
    if (period == a.elements()) {
        overBlocks(period, 1, [&](std::int64_t begin, std::int64_t count) {
            kernels::kernels().addRows(left + begin, right + begin, to + begin, count);
        });
        return y;
    }
    parallelFor(a.elements() / period, a.elements(), [&](std::int64_t row) {
        kernels::kernels().addRows(left + row * period, right, to + row * period, period);
    });
    return y;
}

Tensor multiply(const Tensor &a, const Tensor &b)
{
    if (a.shape() != b.shape())
        failInternal("multiply: " + a.shape().text() + " and " + b.shape().text());
    Tensor y = Tensor::uninitialised(a.shape());
    const float *left = a.floats().data();
    const float *right = b.floats().data();
    float *to = y.mutableFloats().data();
    overBlocks(a.elements(), 1, [&](std::int64_t begin, std::int64_t count) {
        std::transform(left + begin, left + begin + count, right + begin, to + begin, std::multiplies<>());
    });
    return y;
}

void addInto(Tensor &target, std::int64_t first, const Tensor &part)
{
    if (first < 0 || first + part.elements() > target.elements())
        failInternal("addInto: " + part.shape().text() + " at element " + std::to_string(first) + " of " +
                     target.shape().text());
    float *to = target.mutableFloats().data() + first;
    const float *from = part.floats().data();
    overBlocks(part.elements(), 1, [&](std::int64_t begin, std::int64_t count) {
        kernels::kernels().addRows(to + begin, from + begin, to + begin, count);
    });
}

Tensor scale(const Tensor &x, float factor)
{
    Tensor y = Tensor::uninitialised(x.shape());
    const float *from = x.floats().data();
    float *to = y.mutableFloats().data();
    overBlocks(x.elements(), 1, [&](std::int64_t begin, std::int64_t count) {
        kernels::kernels().scaleRow(from + begin, factor, to + begin, count);
    });
    return y;
}

Tensor softmax(const Tensor &x)
{
    const auto [rows, columns] = rowSizes(x, "softmax");
    Tensor y = Tensor::uninitialised(x.shape());
    const float *from = x.floats().data();
    float *to = y.mutableFloats().data();
    parallelFor(rows, x.elements() * kExpWork, [&, columns = columns](std::int64_t row) {
        const auto &k = kernels::kernels();
        const float *in = from + row * columns;
        float *out = to + row * columns;
        const double sum = k.expSum(in, k.largest(in, columns), out, columns);
        k.scaleRow(out, static_cast<float>(1.0 / sum), out, columns);
    });
    return y;
}

Tensor logSoftmax(const Tensor &x)
{
    const auto [rows, columns] = rowSizes(x, "logSoftmax");
    Tensor y = Tensor::uninitialised(x.shape());
    const float *from = x.floats().data();
    float *to = y.mutableFloats().data();
    parallelFor(rows, x.elements() * kExpWork, [&, columns = columns](std::int64_t row) {
        const auto &k = kernels::kernels();
        const float *in = from + row * columns;
        float *out = to + row * columns;
        const float largest = k.largest(in, columns);
        const float logOfSum = static_cast<float>(std::log(k.expSumOnly(in, largest, columns)));
        for (std::int64_t i = 0; i < columns; ++i)
            out[i] = in[i] - largest - logOfSum;
    });
    return y;
}

Tensor layerNorm(const Tensor &x, const LayerNormOptions &options)
{
    const auto [rows, columns] = rowSizes(x, "layerNorm");
    const bool hasBias = !options.bias.isNull();
    if (options.weight.isNull() || options.weight.elements() != columns ||
        (hasBias && options.bias.elements() != columns))
        failInternal("layerNorm: weight " + options.weight.shape().text() + " and bias " + options.bias.shape().text() +
                     " for " + x.shape().text());
    Tensor y = Tensor::uninitialised(x.shape());
    const float *from = x.floats().data();
    float *to = y.mutableFloats().data();
    const kernels::LayerNormRow row{.weight = options.weight.floats().data(),
                                    .bias = hasBias ? options.bias.floats().data() : nullptr,
                                    .epsilon = options.epsilon};
    parallelFor(rows, x.elements(), [&, columns = columns](std::int64_t r) {
        kernels::kernels().layerNorm(from + r * columns, to + r * columns, columns, row);
    });
    return y;
}

Tensor rmsNorm(const Tensor &x, const RmsNormOptions &options)
{
    const auto [rows, columns] = rowSizes(x, "rmsNorm");
    if (options.weight.isNull() || options.weight.elements() != columns)
        failInternal("rmsNorm: weight " + options.weight.shape().text() + " for " + x.shape().text());
    Tensor y = Tensor::uninitialised(x.shape());
    const float *from = x.floats().data();
    float *to = y.mutableFloats().data();
    const kernels::LayerNormRow row{.weight = options.weight.floats().data(), .epsilon = options.epsilon};
    parallelFor(rows, x.elements(), [&, columns = columns](std::int64_t r) {
        kernels::kernels().rmsNorm(from + r * columns, to + r * columns, columns, row);
    });
    return y;
}

Tensor gate(const Tensor &x, Activation activation)
{
    const auto [rows, columns] = rowSizes(x, "gate");
    if (columns % 2 != 0)
        failInternal("gate: expected an even last axis, found " + x.shape().text());
    const std::int64_t half = columns / 2;
    auto sizes = x.shape().sizes();
    sizes.back() = half;
    Tensor y = Tensor::uninitialised(Shape(std::move(sizes)));
    const float *from = x.floats().data();
    float *to = y.mutableFloats().data();
    parallelFor(rows, x.elements() * kExpWork, [&, columns = columns](std::int64_t r) {
        const auto &k = kernels::kernels();
        const float *row = from + r * columns;
        float *out = to + r * half;
        k.activate(row, out, half, activation);
        k.multiply(out, row + half, out, half);
    });
    return y;
}

} // namespace engine::ops
