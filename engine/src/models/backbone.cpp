// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/backbone.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <utility>

namespace engine::models {
namespace {

double nowMs()
{
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration<double, std::milli>(now).count();
}

} // namespace

void traceHiddenState(const RunControl &control, Stack stack, int layer, const Tensor &hidden)
{
    if (control.trace != nullptr && control.trace->wants(stack, layer, TraceKind::HiddenState))
        control.trace->hiddenState({.stack = stack, .layer = layer, .tensor = hidden});
}

BlockScope::BlockScope(const RunControl &control, Place place) : m_control(control), m_place(place), m_startMs(nowMs())
{
    m_control.checkpoint();
}

BlockScope::~BlockScope()
{
    if (m_control.trace != nullptr)
        m_control.trace->timing(
            {.stack = m_place.stack, .layer = m_place.layer, .milliseconds = nowMs() - m_startMs});
    m_control.report({.what = "running", .done = m_place.layer + 1, .total = m_place.layers, .unit = "layers"});
}

MaskRule paddingRule(const Tensor &attentionMask, std::int64_t rows, std::int64_t keys)
{
    if (attentionMask.isNull())
        return MaskRule::full();
    if (attentionMask.shape() != Shape{rows, keys})
        failArgument("attention_mask: expected shape " + Shape{rows, keys}.text() + ", found " +
                     attentionMask.shape().text());
    const auto values = attentionMask.ints();
    if (std::ranges::find(values, 0) == values.end())
        return MaskRule::full();
    std::vector<std::vector<bool>> keep(static_cast<std::size_t>(rows));
    auto value = values.begin();
    for (auto &row : keep)
        for (std::int64_t k = 0; k < keys; ++k)
            row.push_back(*value++ != 0);
    return MaskRule::padding(std::move(keep));
}

Tensor positionRange(std::int64_t rows, std::int64_t length, std::int64_t offset)
{
    Tensor ids = Tensor::uninitialised({rows, length}, DType::I64);
    auto out = ids.mutableInts().begin();
    for (std::int64_t r = 0; r < rows; ++r, out += length)
        std::iota(out, out + length, offset);
    return ids;
}

Tensor columns(const Tensor &matrix, std::int64_t begin, std::int64_t end)
{
    Tensor out = Tensor::uninitialised({matrix.size(0), end - begin}, DType::I64);
    auto to = out.mutableInts().begin();
    for (std::int64_t r = 0; r < matrix.size(0); ++r) {
        const auto row = matrix.ints().begin() + r * matrix.size(1);
        to = std::copy(row + begin, row + end, to);
    }
    return out;
}

} // namespace engine::models
