// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/dnnl_compat.h"

#include <vector>

namespace engine::ops::backend {
namespace {

using dnnl::algorithm;

void appendEltwise(dnnl::post_ops &operations, algorithm kind, float alpha, float beta)
{
#if DNNL_VERSION_MAJOR >= 3
    operations.append_eltwise(kind, alpha, beta);
#else
    operations.append_eltwise(1.0F, kind, alpha, beta);
#endif
}

dnnl::memory memoryAt(const MemoryDesc &desc, const void *data)
{
    // oneDNN takes sources through the same handle as destinations, and does not write into them.
    return {desc, cpu(), const_cast<void *>(data)}; // NOLINT
}

dnnl::stream &streamOfThread()
{
    thread_local dnnl::stream stream(cpu());
    return stream;
}

dnnl::convolution_forward::primitive_desc convolutionDescriptor(const ConvolutionDescs &descs,
                                                                const dnnl::primitive_attr &attributes)
{
    const dnnl::memory::dims stride{descs.stride, descs.stride};
    const dnnl::memory::dims padding{descs.padding, descs.padding};
    constexpr auto kKind = dnnl::prop_kind::forward_inference;
    constexpr auto kAlgorithm = algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
    return {cpu(),  kKind,   kAlgorithm, descs.source, descs.weights, descs.bias, descs.destination,
            stride, padding, padding,    attributes};
#else
    return {dnnl::convolution_forward::desc(kKind, kAlgorithm, descs.source, descs.weights, descs.bias,
                                            descs.destination, stride, padding, padding),
            attributes, cpu()};
#endif
}

// Scratch of the calling thread; grows to the largest primitive it has run.
void *scratchOfThread(std::size_t bytes)
{
    struct Line {
        alignas(64) std::byte bytes[64];
    };
    thread_local std::vector<Line> lines;
    const std::size_t needed = (bytes + sizeof(Line) - 1) / sizeof(Line);
    if (lines.size() < needed)
        lines.resize(needed);
    return lines.data();
}

} // namespace

const dnnl::engine &cpu()
{
    static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    return engine;
}

dnnl::matmul::primitive_desc matmulDescriptor(const MatmulDescs &descs, const dnnl::primitive_attr &attributes)
{
#if DNNL_VERSION_MAJOR >= 3
    if (descs.bias != nullptr)
        return {cpu(), descs.source, descs.weights, *descs.bias, descs.destination, attributes};
    return {cpu(), descs.source, descs.weights, descs.destination, attributes};
#else
    if (descs.bias != nullptr)
        return {dnnl::matmul::desc(descs.source, descs.weights, *descs.bias, descs.destination), attributes, cpu()};
    return {dnnl::matmul::desc(descs.source, descs.weights, descs.destination), attributes, cpu()};
#endif
}

void appendActivation(dnnl::post_ops &operations, Activation activation)
{
    switch (activation) {
    case Activation::Gelu:
        return appendEltwise(operations, algorithm::eltwise_gelu_erf, 0.0F, 0.0F);
    case Activation::GeluTanh:
    case Activation::GeluFast:
        return appendEltwise(operations, algorithm::eltwise_gelu_tanh, 0.0F, 0.0F);
    case Activation::QuickGelu:
        return appendEltwise(operations, algorithm::eltwise_swish, 1.702F, 0.0F);
    case Activation::Relu:
        return appendEltwise(operations, algorithm::eltwise_relu, 0.0F, 0.0F);
    case Activation::Silu:
        return appendEltwise(operations, algorithm::eltwise_swish, 1.0F, 0.0F);
    case Activation::Tanh:
        return appendEltwise(operations, algorithm::eltwise_tanh, 0.0F, 0.0F);
    case Activation::Sigmoid:
        return appendEltwise(operations, algorithm::eltwise_logistic, 0.0F, 0.0F);
    case Activation::None:
    case Activation::Identity:
        return;
    }
}

void appendFactor(dnnl::post_ops &operations, float factor)
{
    appendEltwise(operations, algorithm::eltwise_linear, factor, 0.0F);
}

void appendSum(dnnl::post_ops &operations, const MemoryDesc &other)
{
    operations.append_binary(algorithm::binary_add, other);
}

MemoryDesc plainMatrix(std::int64_t rows, std::int64_t columns)
{
    return {{rows, columns}, dnnl::memory::data_type::f32, dnnl::memory::format_tag::ab};
}

std::shared_ptr<const Matmul> makeMatmul(const MatmulDescs &descs, dnnl::primitive_attr attributes)
{
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    const auto descriptor = matmulDescriptor(descs, attributes);
    return std::make_shared<Matmul>(Matmul{.primitive = dnnl::matmul(descriptor),
                                           .source = descriptor.src_desc(),
                                           .weights = descriptor.weights_desc(),
                                           .bias = descriptor.bias_desc(),
                                           .destination = descriptor.dst_desc(),
                                           .scratch = descriptor.scratchpad_desc()});
}

void run(const Matmul &matmul, const MatmulBuffers &buffers)
{
    std::unordered_map<int, dnnl::memory> arguments{
        {DNNL_ARG_SRC, memoryAt(matmul.source, buffers.source)},
        {DNNL_ARG_WEIGHTS, memoryAt(matmul.weights, buffers.weights)},
        {DNNL_ARG_DST, memoryAt(matmul.destination, buffers.destination)},
        {DNNL_ARG_SCRATCHPAD, memoryAt(matmul.scratch, scratchOfThread(matmul.scratch.get_size()))}};
    if (buffers.bias != nullptr)
        arguments.emplace(DNNL_ARG_BIAS, memoryAt(matmul.bias, buffers.bias));
    if (buffers.sum != nullptr)
        arguments.emplace(DNNL_ARG_ATTR_MULTIPLE_POST_OP(buffers.sumIndex) | DNNL_ARG_SRC_1,
                          memoryAt(matmul.destination, buffers.sum));
    auto &stream = streamOfThread();
    matmul.primitive.execute(stream, arguments);
    stream.wait();
}

std::shared_ptr<const Convolution> makeConvolution(const ConvolutionDescs &descs, dnnl::primitive_attr attributes)
{
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    const auto descriptor = convolutionDescriptor(descs, attributes);
    return std::make_shared<Convolution>(Convolution{.primitive = dnnl::convolution_forward(descriptor),
                                                     .source = descriptor.src_desc(),
                                                     .weights = descriptor.weights_desc(),
                                                     .bias = descriptor.bias_desc(),
                                                     .destination = descriptor.dst_desc(),
                                                     .scratch = descriptor.scratchpad_desc()});
}

void run(const Convolution &convolution, const ConvolutionBuffers &buffers)
{
    auto &stream = streamOfThread();
    convolution.primitive.execute(
        stream, {{DNNL_ARG_SRC, memoryAt(convolution.source, buffers.source)},
                 {DNNL_ARG_WEIGHTS, memoryAt(convolution.weights, buffers.weights)},
                 {DNNL_ARG_BIAS, memoryAt(convolution.bias, buffers.bias)},
                 {DNNL_ARG_DST, memoryAt(convolution.destination, buffers.destination)},
                 {DNNL_ARG_SCRATCHPAD, memoryAt(convolution.scratch, scratchOfThread(convolution.scratch.get_size()))}});
    stream.wait();
}

void reorder(const Reorder &descs, const void *from, void *to)
{
    dnnl::memory source = memoryAt(descs.from, from);
    dnnl::memory destination = memoryAt(descs.to, to);
    auto &stream = streamOfThread();
    dnnl::reorder(source, destination).execute(stream, source, destination);
    stream.wait();
}

} // namespace engine::ops::backend
