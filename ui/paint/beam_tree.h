// SPDX-License-Identifier: GPL-3.0-or-later
// The tree of a beam search: one line a stretch of tokens that no other beam shares, hung on the stretch it left.
#pragma once

#include "engine/beam_history.h"
#include "ui/paint/text.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace ui {

struct BeamSegment {
    int parent = -1; // index of a segment above; −1: the prompt
    int depth = 0;
    std::int64_t firstStep = 0;
    std::int64_t lastNode = 0; // of the history
    QString text;
    double score = 0.0; // of the last node
    engine::BeamEnd end = engine::BeamEnd::None;
    std::int64_t hypothesis = -1; // that ends here; −1: none
    bool leadsToBest = false;
};

// Depth first; what leads to the best result comes first, then by score. At most `most` segments: those that lead to
// results are kept before others.
[[nodiscard]] std::vector<BeamSegment> beamSegments(const engine::BeamHistory &history, std::size_t most);

// Tokens from the prompt to a node.
[[nodiscard]] std::vector<std::int64_t> beamPath(const engine::BeamHistory &history, std::int64_t node);

// Why a stretch is no longer, in words; empty when it went on.
[[nodiscard]] QString beamEndText(const BeamSegment &segment);

struct BeamTreeGeometry {
    QRectF area;
    double rowHeight = 24.0;
    double indentStep = 16.0;
    double scoreWidth = 60.0;
    double endWidth = 150.0;

    [[nodiscard]] QRectF rowRect(std::size_t row) const;
    [[nodiscard]] double indent(int depth) const; // deepest ones stand under each other
    [[nodiscard]] std::optional<std::size_t> rowAt(const QPointF &point, std::size_t rows) const;
};
[[nodiscard]] BeamTreeGeometry layoutBeamTree(const QRectF &area, const std::vector<BeamSegment> &segments);

struct BeamTreeMarks {
    std::optional<std::size_t> selected = {};
    std::optional<std::size_t> hovered = {};
    bool hasFocus = false;
};
void paintBeamTree(QPainter &painter, const BeamTreeGeometry &geometry, const std::vector<BeamSegment> &segments,
                   const BeamTreeMarks &marks = {});

} // namespace ui
