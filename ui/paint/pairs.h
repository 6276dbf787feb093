// SPDX-License-Identifier: GPL-3.0-or-later
// Pairs of query and key, coloured by the reason for which one sees the other; and how far a token sees through
// several layers. Both work on rows and spans, so that nothing of the square of the length is ever in memory.
#pragma once

#include "ui/paint/heat_map.h"

#include "engine/mask_rule.h"

#include <QImage>
#include <QPainter>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace ui {

struct PairPicture {
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    // One byte a key: 0 for a hidden pair, i for colours[i − 1]. Where several pairs share a pixel the largest wins.
    std::function<void(std::int64_t row, std::span<std::uint8_t> reasons)> fillRow;
    std::vector<QColor> colours;
};
// Single squares where they are large enough, else as one image of `geometry.cells`; hidden pairs are hatched.
void paintPairs(QPainter &painter, const HeatMapGeometry &geometry, const PairPicture &picture);
// The image alone, one byte a pixel: the largest reason under it.
[[nodiscard]] std::vector<std::uint8_t> pooledReasons(const PairPicture &picture, const QRectF &range,
                                                      const QSize &size);

// Keys that a query of one layer sees, appended as spans; they may overlap.
using Sees = std::function<void(std::int64_t query, std::vector<engine::PositionSpan> &keys)>;

// Positions that a token draws on: by itself, through the last layer, the last two, …
struct Reach {
    std::vector<std::vector<engine::PositionSpan>> layers; // each in order, without overlaps; [0]: the token itself

    [[nodiscard]] std::int64_t positions(std::size_t layer) const; // that it draws on
    [[nodiscard]] bool has(std::size_t layer, std::int64_t position) const;
};
// `layers`: from the last one down to the first. Costs the spans of each layer, never length².
struct ReachQuestion {
    std::int64_t token = 0;
    std::int64_t positions = 0; // of the text
};
[[nodiscard]] Reach receptiveField(const ReachQuestion &question, const std::vector<Sees> &layers);

// One line a layer, the token's own at the top: `lineHeight` pixels each.
struct ReachGeometry {
    QRectF area;
    double labelWidth = 0.0;
    double numberWidth = 0.0;
    double lineHeight = 0.0;
    std::int64_t positions = 1;

    [[nodiscard]] QRectF lineOf(std::size_t layer) const; // the positions' part
    [[nodiscard]] double xOf(std::int64_t position) const;
    [[nodiscard]] std::int64_t positionAt(double x) const;
    [[nodiscard]] std::size_t lineAt(double y, std::size_t lines) const; // the nearest of so many
};
[[nodiscard]] ReachGeometry layoutReach(const QRectF &area, std::size_t layers, std::int64_t positions);
[[nodiscard]] double reachHeight(std::size_t layers);
// `labels`: one a line.
void paintReach(QPainter &painter, const ReachGeometry &geometry, const Reach &reach,
                const std::vector<QString> &labels);

} // namespace ui
