// SPDX-License-Identifier: GPL-3.0-or-later
// A text read segment by segment with a memory of what stood before: what a query sees of the former segment, and how
// far back it reaches through the layers. "memory"
#pragma once

#include "ui/mechanisms/mechanism_view.h"
#include "ui/paint/pairs.h"

#include "engine/segment_attention.h"

#include <vector>

namespace ui {

// Of the record "segments"; no segments: the run has none.
[[nodiscard]] engine::SegmentLayout segmentLayout(const engine::Trace &trace);
// [begin, end) of the keys that a query of the text sees; keys are numbered from the memory before the text on.
[[nodiscard]] engine::PositionSpan seenKeys(const engine::SegmentLayout &layout, std::int64_t query);
// Over keys: what stands in the memory before the text sees nothing further.
[[nodiscard]] Sees seesOf(const engine::SegmentLayout &layout);
// Reasons: 1 the segment itself, 2 remembered from a former one, 3 the memory before the text.
[[nodiscard]] PairPicture pairsOf(const engine::SegmentLayout &layout);

class MemoryView final : public MechanismView {
    Q_OBJECT
public:
    explicit MemoryView(SelectionModel &selection, QWidget *parent = nullptr);
    [[nodiscard]] QString viewId() const override { return QStringLiteral("memory"); }

protected:
    [[nodiscard]] bool read() override;
    void follow() override;
    void lay(Column &column) const override;
    [[nodiscard]] NumberTable numbers() const override;
    [[nodiscard]] StripText usualText() const override;
    [[nodiscard]] std::int64_t places() const override { return m_layout.queries(); }

private:
    void laySegments(Column &column) const;
    void layPairs(Column &column) const;
    void layReach(Column &column) const;
    void layReruns(Column &column) const;
    [[nodiscard]] std::int64_t token() const;
    [[nodiscard]] QString keyText(std::int64_t key) const;
    [[nodiscard]] std::int64_t headOf(const engine::AttentionRecord &record) const; // the selected one
    [[nodiscard]] double weightOnMemory() const; // of the chosen token's attention in the chosen head

    engine::SegmentLayout m_layout;
    const engine::AttentionRecord *m_record = nullptr; // of the selected layer; null: not kept
    std::size_t m_layers = 0;
    std::vector<QString> m_labels; // of the text
    Reach m_reach;                 // over keys
};

} // namespace ui
