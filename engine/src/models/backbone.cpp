// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/backbone.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <span>
#include <utility>

namespace engine::models {
namespace {

double nowMs()
{
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration<double, std::milli>(now).count();
}

} // namespace

std::unique_ptr<RunState> Backbone::encode(const NamedTensors & /*inputs*/, const RunControl & /*control*/) const
{
    failArgument("this model has no encoder beside its decoder");
}

Tensor Backbone::decoderInputs(const Tensor & /*labels*/) const
{
    failArgument("this model has no encoder beside its decoder");
}

NamedTensors Backbone::relativeBuckets(const BucketRange & /*range*/) const
{
    failArgument("this model has no buckets of relative positions");
}

const std::vector<Language> &Backbone::languages() const
{
    static const std::vector<Language> kNone;
    return kNone;
}

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
        m_control.trace->timing({.stack = m_place.stack, .layer = m_place.layer, .milliseconds = nowMs() - m_startMs});
    m_control.report(
        {.what = "running", .done = m_place.before + m_place.layer + 1, .total = m_place.layers, .unit = "layers"});
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

namespace {

constexpr std::int64_t kNoTarget = -100; // the reference's mark of a place that counts nothing

// first(row) is put before each row, whose last token falls off the end.
template <typename First> Tensor movedRight(const Tensor &labels, std::int64_t pad, First &&first)
{
    if (labels.rank() != 2 || labels.size(1) < 1)
        failArgument("labels: expected (batch, length), found " + labels.shape().text());
    const auto length = static_cast<std::size_t>(labels.size(1));
    std::vector<std::int64_t> ids(labels.ints().begin(), labels.ints().end());
    std::ranges::replace(ids, kNoTarget, pad);
    for (auto row = ids.begin(); row != ids.end(); row += static_cast<std::ptrdiff_t>(length)) {
        const std::int64_t start = first(std::span<const std::int64_t>(&*row, length));
        std::copy_backward(row, row + static_cast<std::ptrdiff_t>(length) - 1,
                           row + static_cast<std::ptrdiff_t>(length));
        *row = start;
    }
    return Tensor::fromInts(labels.shape(), ids);
}

} // namespace

Tensor shiftedRight(const Tensor &labels, const ShiftTokens &tokens)
{
    return movedRight(labels, tokens.pad, [&](std::span<const std::int64_t>) { return tokens.start; });
}

Tensor rotatedRight(const Tensor &labels, std::int64_t pad)
{
    return movedRight(labels, pad, [&](std::span<const std::int64_t> row) {
        const auto real = row.size() - static_cast<std::size_t>(std::ranges::count(row, pad));
        if (real == 0)
            failArgument("a row of nothing but padding has no last token to start from");
        return row[real - 1];
    });
}

} // namespace engine::models
