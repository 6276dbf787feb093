// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace.h"

#include <map>
#include <vector>

namespace engine::models {

// "segments" (segments, 4), I64: first position, positions, memory in front of them, slack or −1.
void tellSegments(const SegmentLayout &layout, TraceSink *target);

// Listens to the segments of a long text one after the other and tells of the whole text at the end.
class SegmentTrace final : public TraceSink {
public:
    explicit SegmentTrace(TraceSink *target) : m_target(target) {} // null: nobody listens

    void begin(const SegmentLayout::Segment &segment) { m_layout.segments.push_back(segment); }
    void finish();

    [[nodiscard]] bool wants(Stack stack, int layer, TraceKind kind) const override
    {
        return m_target != nullptr && m_target->wants(stack, layer, kind);
    }
    void hiddenState(LayerTensor record) override { m_hidden[record.layer].push_back(std::move(record)); }
    void attention(AttentionRecord record) override { m_attention[record.layer].push_back(std::move(record)); }
    void queryKey(QueryKeyRecord record) override { m_queryKey[record.layer].push_back(std::move(record)); }
    void value(LayerTensor record) override { m_value[record.layer].push_back(std::move(record)); }
    void mechanism(MechanismRecord record) override { m_mechanisms.push_back(std::move(record)); }
    void timing(LayerTiming record) override;

private:
    // Memory and text of the first segment, then what each further one adds: (batch, heads, keys, d).
    [[nodiscard]] Tensor withoutMemories(std::vector<Tensor> parts) const;

    TraceSink *m_target;
    SegmentLayout m_layout;
    std::map<int, std::vector<LayerTensor>> m_hidden; // by layer, a record a segment
    std::map<int, std::vector<AttentionRecord>> m_attention;
    std::map<int, std::vector<QueryKeyRecord>> m_queryKey;
    std::map<int, std::vector<LayerTensor>> m_value;
    std::vector<MechanismRecord> m_mechanisms;
    std::map<int, LayerTiming> m_timings;
};

} // namespace engine::models
