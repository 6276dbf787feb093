// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/recipes/segment_trace.h"

#include "ops/ops.h"

#include <algorithm>
#include <utility>

namespace engine::models {
namespace {

Tensor joined(const std::vector<Tensor> &parts, int axis)
{
    Tensor whole;
    for (const auto &part : parts)
        whole = ops::concat(whole, part, axis);
    return whole;
}

template <typename Record> std::vector<Tensor> tensorsOf(const std::vector<Record> &records, Tensor Record::*member)
{
    std::vector<Tensor> tensors;
    for (const auto &record : records)
        tensors.push_back(record.*member);
    return tensors;
}

// The last `count` positions of (batch, heads, positions, d).
Tensor lastPositions(const Tensor &x, std::int64_t count)
{
    const auto d = x.size(3);
    Tensor out = Tensor::uninitialised({x.size(0), x.size(1), count, d});
    for (std::int64_t plane = 0; plane < x.size(0) * x.size(1); ++plane)
        std::copy_n(x.floats().data() + ((plane + 1) * x.size(2) - count) * d, count * d,
                    out.mutableFloats().data() + plane * count * d);
    return out;
}

} // namespace

void tellSegments(const SegmentLayout &layout, TraceSink *target)
{
    if (target == nullptr || !target->wants(Stack::Decoder, 0, TraceKind::Mechanism))
        return;
    std::vector<std::int64_t> numbers;
    for (const auto &segment : layout.segments)
        numbers.insert(numbers.end(), {segment.first, segment.queries, segment.memory, segment.slack.value_or(-1)});
    target->mechanism({.stack = Stack::Decoder,
                       .layer = 0,
                       .name = "segments",
                       .tensor = Tensor::fromInts({static_cast<std::int64_t>(layout.segments.size()), 4}, numbers)});
}

void SegmentTrace::timing(LayerTiming record)
{
    auto &sum = m_timings[record.layer];
    record.milliseconds += sum.milliseconds;
    sum = record;
}

Tensor SegmentTrace::withoutMemories(std::vector<Tensor> parts) const
{
    for (std::size_t i = 1; i < parts.size(); ++i)
        parts[i] = lastPositions(parts[i], m_layout.segments[i].queries);
    return joined(parts, 2);
}

void SegmentTrace::finish()
{
    if (m_target == nullptr)
        return;
    for (auto &[layer, records] : m_hidden)
        m_target->hiddenState({.stack = records.front().stack,
                               .layer = layer,
                               .tensor = joined(tensorsOf(records, &LayerTensor::tensor), 1)});
    const MaskRule mask = segmentMask(m_layout);
    for (auto &[layer, records] : m_attention) {
        SegmentAttention form{.layout = m_layout, .weights = {}};
        for (const auto &record : records)
            form.weights.push_back(record.native());
        const auto &last = records.front().mask.terms.front(); // how the segments hide their keys
        m_target->attention({.stack = records.front().stack,
                             .layer = layer,
                             .data = std::move(form),
                             .mask = {{{.rule = mask, .mode = last.mode, .value = last.value}}}});
    }
    for (auto &[layer, records] : m_queryKey)
        m_target->queryKey({.stack = records.front().stack,
                            .layer = layer,
                            .query = joined(tensorsOf(records, &QueryKeyRecord::query), 2),
                            .key = withoutMemories(tensorsOf(records, &QueryKeyRecord::key)),
                            .scale = records.front().scale});
    for (auto &[layer, records] : m_value)
        m_target->value({.stack = records.front().stack,
                         .layer = layer,
                         .tensor = withoutMemories(tensorsOf(records, &LayerTensor::tensor))});
    tellSegments(m_layout, m_target);
    for (auto &record : m_mechanisms)
        m_target->mechanism(std::move(record));
    for (const auto &[layer, record] : m_timings)
        m_target->timing(record);
}

} // namespace engine::models
