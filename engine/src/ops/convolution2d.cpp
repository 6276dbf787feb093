// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/convolution2d.h"

#include "ops/dnnl_compat.h"
#include "ops/parallel.h"

#include "engine/error.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <mutex>
#include <tuple>

namespace engine::ops {
namespace {

using dnnl::memory;

constexpr std::size_t kMostShapes = 16; // of primitives kept for one convolution

void requirePictures(const Tensor &x, const char *what)
{
    if (x.rank() != 4 || x.elements() == 0)
        failInternal(std::string(what) + ": expected (batch, height, width, channels), found " + x.shape().text());
}

std::int64_t outputSide(std::int64_t side, std::int64_t kernel, const Convolution2dOptions &options)
{
    const std::int64_t room = side + 2 * options.padding - kernel;
    if (room < 0)
        failInternal("a window of " + std::to_string(kernel) + " in a picture of " + std::to_string(side));
    return room / options.stride + 1;
}

backend::MemoryDesc pictures(const Shape &shape) // (batch, height, width, channels)
{
    return {{shape[0], shape[3], shape[1], shape[2]}, memory::data_type::f32, memory::format_tag::nhwc};
}

} // namespace

struct PackedConvolution::Data {
    Shape kernel; // (outputs, inputs, height, width)
    Tensor bias;
    Convolution2dOptions options;

    // Weights in one of the layouts that the backend chose; made from what is there when another size asks for another.
    struct Layout {
        backend::MemoryDesc desc;
        Tensor weights;
    };
    struct Prepared {
        std::shared_ptr<const backend::Convolution> convolution;
        Layout layout;
    };
    using Key = std::tuple<std::vector<std::int64_t>, bool, Activation>;

    mutable std::mutex mutex;
    mutable std::vector<Layout> layouts;
    mutable std::map<Key, Prepared> prepared;
};

namespace {

using Data = PackedConvolution::Data;

Shape outputShape(const Data &data, const Shape &x)
{
    return {x[0], outputSide(x[1], data.kernel[2], data.options), outputSide(x[2], data.kernel[3], data.options),
            data.kernel[0]};
}

// Under the lock.
Data::Layout layoutFor(const Data &data, const backend::MemoryDesc &desc)
{
    const auto known = std::ranges::find(data.layouts, desc, &Data::Layout::desc);
    if (known != data.layouts.end())
        return *known;
    const auto bytes = static_cast<std::int64_t>(desc.get_size());
    Data::Layout made{.desc = desc, .weights = Tensor::uninitialised({(bytes + 3) / 4})};
    const Data::Layout &from = data.layouts.front();
    backend::reorder({.from = from.desc, .to = desc}, from.weights.data(), made.weights.mutableData());
    if (data.prepared.empty()) // as the checkpoint has them: nobody needs that any more
        data.layouts.clear();
    data.layouts.push_back(made);
    return made;
}

Data::Prepared prepare(const Data &data, const Shape &x, const Convolution2dAfter &after)
{
    const std::lock_guard lock(data.mutex);
    const Data::Key key{x.sizes(), !after.residual.isNull(), after.activation};
    if (const auto it = data.prepared.find(key); it != data.prepared.end())
        return it->second;
    dnnl::post_ops operations;
    if (!after.residual.isNull())
        operations.append_sum(1.0F);
    backend::appendActivation(operations, after.activation);
    dnnl::primitive_attr attributes;
    attributes.set_post_ops(operations);
    const auto &kernel = data.kernel;
    Data::Prepared made;
    made.convolution = backend::makeConvolution(
        {.source = pictures(x),
         .weights = {{kernel[0], kernel[1], kernel[2], kernel[3]}, memory::data_type::f32, memory::format_tag::any},
         .bias = {{kernel[0]}, memory::data_type::f32, memory::format_tag::a},
         .destination = pictures(outputShape(data, x)),
         .stride = data.options.stride,
         .padding = data.options.padding},
        attributes);
    made.layout = layoutFor(data, made.convolution->weights);
    if (data.prepared.size() == kMostShapes)
        data.prepared.clear();
    data.prepared.emplace(key, made);
    return made;
}

} // namespace

PackedConvolution::PackedConvolution() = default;

std::int64_t PackedConvolution::inputs() const
{
    return data->kernel[1];
}

std::int64_t PackedConvolution::outputs() const
{
    return data->kernel[0];
}

PackedConvolution packConvolution(const Tensor &weight, const Tensor &bias, const Convolution2dOptions &options)
{
    const bool fits = weight.rank() == 4 && weight.elements() > 0 && bias.rank() == 1 &&
                      bias.size(0) == weight.size(0) && options.stride > 0 && options.padding >= 0;
    if (!fits)
        failInternal("packConvolution: " + weight.shape().text() + " with a bias of " + bias.shape().text());
    auto data = std::make_shared<Data>();
    data->kernel = weight.shape();
    data->bias = bias;
    data->options = options;
    const memory::dims sizes(weight.shape().sizes().begin(), weight.shape().sizes().end());
    data->layouts.push_back({.desc = {sizes, memory::data_type::f32, memory::format_tag::oihw}, .weights = weight});
    PackedConvolution packed;
    packed.data = std::move(data);
    return packed;
}

Tensor convolution2d(const Tensor &x, const PackedConvolution &weight, const Convolution2dAfter &after)
{
    requirePictures(x, "convolution2d");
    const Data &data = *weight.data;
    const Shape shape = outputShape(data, x.shape());
    if (x.size(3) != weight.inputs() || (!after.residual.isNull() && after.residual.shape() != shape))
        failInternal("convolution2d: " + x.shape().text() + " with weights " + data.kernel.text() +
                     (after.residual.isNull() ? "" : " and " + after.residual.shape().text() + " to add"));
    const Data::Prepared prepared = prepare(data, x.shape(), after);
    Tensor y = Tensor::uninitialised(shape);
    std::byte *to = y.mutableData();
    if (!after.residual.isNull())
        std::memcpy(to, after.residual.data(), y.bytes());
    backend::run(
        *prepared.convolution,
        {.source = x.data(), .weights = prepared.layout.weights.data(), .bias = data.bias.data(), .destination = to});
    return y;
}

Tensor maxPool2d(const Tensor &x, const MaxPool2dOptions &options)
{
    requirePictures(x, "maxPool2d");
    if (options.size < 1 || options.stride < 1 || options.padding < 0 || options.padding >= options.size)
        failInternal("maxPool2d: a window of " + std::to_string(options.size) + " with a padding of " +
                     std::to_string(options.padding));
    const std::int64_t height = x.size(1);
    const std::int64_t width = x.size(2);
    const std::int64_t channels = x.size(3);
    const Convolution2dOptions sides{.stride = options.stride, .padding = options.padding};
    const std::int64_t rows = outputSide(height, options.size, sides);
    const std::int64_t columns = outputSide(width, options.size, sides);
    Tensor y = Tensor::uninitialised({x.size(0), rows, columns, channels});
    const float *from = x.floats().data();
    float *to = y.mutableFloats().data();
    parallelFor(x.size(0) * rows, y.elements() * options.size * options.size, [&](std::int64_t i) {
        const float *picture = from + i / rows * height * width * channels;
        const std::int64_t top = i % rows * options.stride - options.padding;
        float *out = to + i * columns * channels;
        std::fill_n(out, columns * channels, std::numeric_limits<float>::lowest());
        for (std::int64_t column = 0; column < columns; ++column, out += channels) {
            const std::int64_t left = column * options.stride - options.padding;
            for (auto r = std::max<std::int64_t>(top, 0); r < std::min(top + options.size, height); ++r)
                for (auto c = std::max<std::int64_t>(left, 0); c < std::min(left + options.size, width); ++c) {
                    const float *place = picture + (r * width + c) * channels;
                    std::transform(place, place + channels, out, out, [](float a, float b) { return std::max(a, b); });
                }
        }
    });
    return y;
}

Tensor adaptiveAveragePool2d(const Tensor &x, const Grid &grid)
{
    requirePictures(x, "adaptiveAveragePool2d");
    if (grid.rows < 1 || grid.columns < 1)
        failInternal("adaptiveAveragePool2d: a grid of " + std::to_string(grid.rows) + " × " +
                     std::to_string(grid.columns));
    const std::int64_t height = x.size(1);
    const std::int64_t width = x.size(2);
    const std::int64_t channels = x.size(3);
    Tensor y = Tensor::zeros({x.size(0), grid.rows, grid.columns, channels});
    const auto from = x.floats();
    float *to = y.mutableFloats().data();
    const auto end = [](std::int64_t i, std::int64_t side, std::int64_t count) {
        return ((i + 1) * side + count - 1) / count;
    };
    for (std::int64_t i = 0; i < x.size(0) * grid.rows * grid.columns; ++i, to += channels) {
        const std::int64_t row = i / grid.columns % grid.rows;
        const std::int64_t column = i % grid.columns;
        const std::int64_t top = row * height / grid.rows;
        const std::int64_t left = column * width / grid.columns;
        const std::int64_t bottom = end(row, height, grid.rows);
        const std::int64_t right = end(column, width, grid.columns);
        const std::int64_t picture = i / (grid.rows * grid.columns) * height;
        for (std::int64_t r = top; r < bottom; ++r)
            for (std::int64_t c = left; c < right; ++c) {
                const float *place = from.data() + ((picture + r) * width + c) * channels;
                std::transform(place, place + channels, to, to, std::plus<>());
            }
        const auto count = static_cast<float>((bottom - top) * (right - left));
        std::transform(to, to + channels, to, [count](float sum) { return sum / count; });
    }
    return y;
}

namespace {

// (batch, rows, columns) → (batch, columns, rows)
void transpose(const float *from, float *to, const Shape &shape)
{
    const std::int64_t rows = shape[1];
    const std::int64_t columns = shape[2];
    parallelFor(shape[0] * columns, shape.elements(), [&](std::int64_t i) {
        const float *at = from + i / columns * rows * columns + i % columns;
        float *out = to + i * rows;
        for (std::int64_t row = 0; row < rows; ++row, at += columns)
            out[row] = *at;
    });
}

} // namespace

Tensor channelsLast(const Tensor &x)
{
    requirePictures(x, "channelsLast");
    Tensor y = Tensor::uninitialised({x.size(0), x.size(2), x.size(3), x.size(1)});
    transpose(x.floats().data(), y.mutableFloats().data(), {x.size(0), x.size(1), x.size(2) * x.size(3)});
    return y;
}

Tensor channelsFirst(const Tensor &x)
{
    requirePictures(x, "channelsFirst");
    Tensor y = Tensor::uninitialised({x.size(0), x.size(3), x.size(1), x.size(2)});
    transpose(x.floats().data(), y.mutableFloats().data(), {x.size(0), x.size(1) * x.size(2), x.size(3)});
    return y;
}

} // namespace engine::ops
