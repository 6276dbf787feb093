// SPDX-License-Identifier: GPL-3.0-or-later
// The one place that knows how oneDNN 2.x and 3.x differ, and the primitives made from it. Included by
// .cpp files of this folder only.
#pragma once

#include "ops/ops.h"

#include <oneapi/dnnl/dnnl.hpp>

#include <cstdint>
#include <memory>
#include <unordered_map>

namespace engine::ops::backend {

using MemoryDesc = dnnl::memory::desc;

[[nodiscard]] const dnnl::engine &cpu();

struct MatmulDescs {
    MemoryDesc source;
    MemoryDesc weights;
    MemoryDesc destination;
    const MemoryDesc *bias = nullptr; // or null
};
// Throws dnnl::error when no implementation takes these.
[[nodiscard]] dnnl::matmul::primitive_desc matmulDescriptor(const MatmulDescs &descs,
                                                            const dnnl::primitive_attr &attributes);

void appendActivation(dnnl::post_ops &operations, Activation activation);
void appendFactor(dnnl::post_ops &operations, float factor);
void appendSum(dnnl::post_ops &operations, const MemoryDesc &other);

[[nodiscard]] MemoryDesc plainMatrix(std::int64_t rows, std::int64_t columns); // F32, row-major

// A primitive ready to run, shared between calls and threads: its scratch memory comes from the caller.
struct Matmul {
    dnnl::matmul primitive;
    MemoryDesc source, weights, bias, destination, scratch;
};
struct MatmulBuffers {
    const void *source = nullptr;
    const void *weights = nullptr;
    const void *bias = nullptr;
    const void *sum = nullptr; // of the post-op `sumIndex`
    int sumIndex = 0;
    void *destination = nullptr;
};
void run(const Matmul &matmul, const MatmulBuffers &buffers);
[[nodiscard]] std::shared_ptr<const Matmul> makeMatmul(const MatmulDescs &descs, dnnl::primitive_attr attributes);

// The same for a convolution over pictures.
struct ConvolutionDescs {
    MemoryDesc source, weights, bias, destination;
    std::int64_t stride = 1;
    std::int64_t padding = 0;
};
struct Convolution {
    dnnl::convolution_forward primitive;
    MemoryDesc source, weights, bias, destination, scratch;
};
struct ConvolutionBuffers {
    const void *source = nullptr;
    const void *weights = nullptr;
    const void *bias = nullptr;
    void *destination = nullptr;
};
[[nodiscard]] std::shared_ptr<const Convolution> makeConvolution(const ConvolutionDescs &descs,
                                                                 dnnl::primitive_attr attributes);
void run(const Convolution &convolution, const ConvolutionBuffers &buffers);

struct Reorder {
    MemoryDesc from, to;
};
void reorder(const Reorder &descs, const void *from, void *to);

} // namespace engine::ops::backend
