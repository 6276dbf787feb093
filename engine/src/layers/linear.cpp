// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/linear.h"

#include "engine/error.h"

#include <algorithm>
#include <string>
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

GroupedLinear::GroupedLinear(const checkpoint::Weights &w, const GroupedLinearShape &s)
{
    if (s.groups == 1) {
        m_whole.emplace(w, LinearShape{.inputs = s.inputs, .outputs = s.outputs});
        return;
    }
    if (s.groups < 1 || s.inputs % s.groups != 0 || s.outputs % s.groups != 0)
        failInternal("a linear map of " + std::to_string(s.inputs) + " to " + std::to_string(s.outputs) + " in " +
                     std::to_string(s.groups) + " groups");
    const Shape each{s.groups, s.inputs / s.groups, s.outputs / s.groups};
    m_weight = w.tensor("weight", each).reshaped({1, each[0], each[1], each[2]});
    m_bias = w.tensor("bias", {s.outputs});
}

Tensor GroupedLinear::operator()(const Tensor &x, const Linear::After &after) const
{
    if (m_whole)
        return (*m_whole)(x, after);
    // Groups stand where attention has its heads, all rows in one batch.
    const auto groups = m_weight.size(1);
    const Tensor rows = x.reshaped({1, x.elements() / x.size(-1), x.size(-1)});
    const Tensor mapped = ops::mergeHeads(ops::matmul(ops::splitHeads(rows, groups, 0, x.size(-1)), m_weight));
    auto sizes = x.shape().sizes();
    sizes.back() = mapped.size(-1);
    const Tensor y = ops::activate(ops::add(mapped, m_bias), after.activation).reshaped(Shape(std::move(sizes)));
    return after.residual.isNull() ? y : ops::add(y, after.residual);
}

LayerNorm::LayerNorm(const checkpoint::Weights &w, std::int64_t features, double epsilon)
    : m_options{.weight = w.tensor("weight", {features}), .bias = w.tensor("bias", {features}), .epsilon = epsilon}
{
}

Tensor LayerNorm::operator()(const Tensor &x) const
{
    return ops::layerNorm(x, m_options);
}

RmsNorm::RmsNorm(const checkpoint::Weights &w, std::int64_t features, double epsilon)
    : m_options{.weight = w.tensor("weight", {features}), .epsilon = epsilon}
{
}

Tensor RmsNorm::operator()(const Tensor &x) const
{
    return ops::rmsNorm(x, m_options);
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
