// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/weights.h"
#include "engine/run_control.h"
#include "engine/tensor.h"
#include "engine/trace.h"
#include "layers/linear.h"

#include <cstdint>

namespace engine::layers {

struct SpanConvolutionShape {
    std::int64_t features = 0; // of the block
    std::int64_t heads = 0;
    std::int64_t headSize = 0;
    std::int64_t width = 0; // of a kernel, odd
};

// Span-based dynamic convolution (Jiang et al. 2020, ConvBERT, section 3.2): the kernel of a position comes from its
// query and the span around it. Binds key_conv_attn_layer, conv_kernel_layer and conv_out_layer under the cursor.
class SpanConvolution {
public:
    SpanConvolution(const checkpoint::Weights &w, const SpanConvolutionShape &shape);

    struct Place {
        Stack stack = Stack::Encoder;
        int layer = 0;
    };
    // x (rows, length, features), query (rows, length, heads · d) → (rows, length, heads · d). Hands the kernels
    // (rows, heads, length, width), which add up to 1, to the trace as the mechanism "kernels".
    [[nodiscard]] Tensor operator()(const Tensor &x, const Tensor &query, const Place &place,
                                    const RunControl &control) const;

private:
    SpanConvolutionShape m_shape;
    Tensor m_depthwise; // (width, features)
    Linear m_pointwise;
    Linear m_kernel;
    Linear m_value;
};

} // namespace engine::layers
