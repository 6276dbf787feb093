// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/attention/span_convolution.h"

#include "ops/ops.h"

namespace engine::layers {
namespace {

// (features, 1, width) as torch stores it → (width, features)
Tensor depthwiseWeight(const checkpoint::Weights &w, const SpanConvolutionShape &s)
{
    const Tensor stored = w.tensor("weight", {s.features, 1, s.width});
    Tensor weight = Tensor::uninitialised({s.width, s.features});
    auto to = weight.mutableFloats();
    const auto from = stored.floats();
    const auto features = static_cast<std::size_t>(s.features);
    const auto width = static_cast<std::size_t>(s.width);
    for (std::size_t f = 0; f < features; ++f)
        for (std::size_t k = 0; k < width; ++k)
            to[k * features + f] = from[f * width + k];
    return weight;
}

Linear pointwise(const checkpoint::Weights &w, const SpanConvolutionShape &s)
{
    const std::int64_t outputs = s.heads * s.headSize;
    return {(w / "pointwise").tensor("weight", {outputs, s.features, 1}).reshaped({outputs, s.features}),
            w.tensor("bias", {outputs, 1}).reshaped({outputs})};
}

} // namespace

SpanConvolution::SpanConvolution(const checkpoint::Weights &w, const SpanConvolutionShape &s)
    : m_shape(s), m_depthwise(depthwiseWeight(w / "key_conv_attn_layer" / "depthwise", s)),
      m_pointwise(pointwise(w / "key_conv_attn_layer", s)),
      m_kernel(w / "conv_kernel_layer", {.inputs = s.heads * s.headSize, .outputs = s.heads * s.width}),
      m_value(w / "conv_out_layer", {.inputs = s.features, .outputs = s.heads * s.headSize})
{
}

Tensor SpanConvolution::operator()(const Tensor &x, const Tensor &query, const Place &place,
                                   const RunControl &control) const
{
    const auto rows = x.size(0);
    const auto length = x.size(1);
    const Tensor span = m_pointwise(ops::depthwiseConvolution(x, m_depthwise));
    const Tensor kernels =
        ops::softmax(m_kernel(ops::multiply(span, query)).reshaped({rows, length, m_shape.heads, m_shape.width}));
    if (control.trace != nullptr && control.trace->wants(place.stack, place.layer, TraceKind::Mechanism)) {
        const auto all = m_shape.heads * m_shape.width;
        control.trace->mechanism(
            {.stack = place.stack,
             .layer = place.layer,
             .name = "kernels",
             .tensor = ops::splitHeads(kernels.reshaped({rows, length, all}), m_shape.heads, 0, all)});
    }
    return ops::dynamicConvolution(m_value(x), kernels);
}

} // namespace engine::layers
