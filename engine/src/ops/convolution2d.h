// SPDX-License-Identifier: GPL-3.0-or-later
// Operations on pictures: F32, (batch, height, width, channels) throughout, so that what belongs to one place lies
// together.
#pragma once

#include "ops/ops.h"

namespace engine::ops {

struct Convolution2dOptions {
    std::int64_t stride = 1;
    std::int64_t padding = 0; // zeros on every side
};

// The weights of a convolution, prepared for the backend when they first meet a size of pictures.
class PackedConvolution {
public:
    PackedConvolution();
    [[nodiscard]] std::int64_t inputs() const;
    [[nodiscard]] std::int64_t outputs() const;
    struct Data;
    std::shared_ptr<const Data> data;
};
// weight (outputs, inputs, height, width), bias (outputs).
[[nodiscard]] PackedConvolution packConvolution(const Tensor &weight, const Tensor &bias,
                                                const Convolution2dOptions &options);

struct Convolution2dAfter {
    Tensor residual = {};                     // of the result's shape, added; or null
    Activation activation = Activation::None; // last
};
// (batch, height, width, inputs) → (batch, ⌊(height + 2 padding − kernel) / stride⌋ + 1, likewise, outputs). Internal
// error for a picture that is smaller than the kernel.
[[nodiscard]] Tensor convolution2d(const Tensor &x, const PackedConvolution &weight,
                                   const Convolution2dAfter &after = {});

struct MaxPool2dOptions {
    std::int64_t size = 1; // of the square window
    std::int64_t stride = 1;
    std::int64_t padding = 0; // of what is never the largest; less than the size
};
[[nodiscard]] Tensor maxPool2d(const Tensor &x, const MaxPool2dOptions &options); // sizes as of a convolution

// Means of `rows` × `columns` windows that cover the picture: along a side of n, window i of k goes from ⌊i n / k⌋ to
// ⌈(i + 1) n / k⌉, so that windows may overlap. (batch, height, width, channels) → (batch, rows, columns, channels).
struct Grid {
    std::int64_t rows = 1;
    std::int64_t columns = 1;
};
[[nodiscard]] Tensor adaptiveAveragePool2d(const Tensor &x, const Grid &grid);

// (batch, channels, height, width) ↔ (batch, height, width, channels)
[[nodiscard]] Tensor channelsLast(const Tensor &x);
[[nodiscard]] Tensor channelsFirst(const Tensor &x);

} // namespace engine::ops
