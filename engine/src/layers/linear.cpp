// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/linear.h"

#include <algorithm>
#include <utility>

namespace engine::layers {
namespace {

Shape weightShape(const LinearShape &s)
{
    return s.layout == ops::WeightLayout::OutIn ? Shape{s.outputs, s.inputs} : Shape{s.inputs, s.outputs};
}

} // namespace

Linear::Linear(const checkpoint::Weights &w, const LinearShape &shape)
    : m_weight(ops::pack(w.tensor("weight", weightShape(shape)), shape.layout)),
      m_bias(shape.hasBias ? w.tensor("bias", {shape.outputs}) : Tensor())
{
}

Linear::Linear(const Tensor &weight, Tensor bias, ops::WeightLayout layout)
    : m_weight(ops::pack(weight, layout)), m_bias(std::move(bias))
{
}

Linear Linear::stacked(const std::vector<checkpoint::Weights> &parts, const LinearShape &each)
{
    const auto count = static_cast<std::int64_t>(parts.size());
    Tensor weight = Tensor::uninitialised({count * each.outputs, each.inputs});
    Tensor bias = each.hasBias ? Tensor::uninitialised({count * each.outputs}) : Tensor();
    auto rows = weight.mutableFloats().begin();
    auto biases = each.hasBias ? bias.mutableFloats().begin() : std::span<float>::iterator();
    for (const auto &part : parts) {
        rows = std::ranges::copy(part.tensor("weight", weightShape(each)).floats(), rows).out;
        if (each.hasBias)
            biases = std::ranges::copy(part.tensor("bias", {each.outputs}).floats(), biases).out;
    }
    return {weight, std::move(bias)};
}

Tensor Linear::operator()(const Tensor &x) const
{
    return (*this)(x, After{});
}

Tensor Linear::operator()(const Tensor &x, const After &after) const
{
    return ops::linear(x, m_weight, {.bias = m_bias, .activation = after.activation, .residual = after.residual});
}

LayerNorm::LayerNorm(const checkpoint::Weights &w, std::int64_t features, double epsilon)
    : m_options{.weight = w.tensor("weight", {features}), .bias = w.tensor("bias", {features}), .epsilon = epsilon}
{
}

Tensor LayerNorm::operator()(const Tensor &x) const
{
    return ops::layerNorm(x, m_options);
}

Embedding::Embedding(const checkpoint::Weights &w, std::int64_t rows, std::int64_t features, std::string_view what)
    : m_table(w.tensor("weight", {rows, features})), m_what(what)
{
}

Tensor Embedding::operator()(const Tensor &ids) const
{
    return ops::embedding(m_table, ids, m_what);
}

} // namespace engine::layers
