// SPDX-License-Identifier: GPL-3.0-or-later
// A small table of squares with words on two sides: who sees whom, or what was chosen when.
#pragma once

#include "ui/paint/heat_map.h"

#include <QColor>
#include <QPainter>

#include <vector>

namespace ui {

struct Square {
    QColor fill;        // invalid: hidden, hatched
    QString glyph = {}; // told besides the colour
    bool isForced = false;
    int click = -1; // what a click means to whoever made the squares; −1: nothing
    QString why = {};
};

struct Squares {
    HeatMapLabels labels;
    std::vector<std::vector<Square>> rows;
    [[nodiscard]] std::int64_t columns() const;
};

// Squares are at most `largest` pixels a side, and as small as the width asks for; `area`: its height does not matter.
[[nodiscard]] HeatMapGeometry layoutSquares(const QRectF &area, const Squares &squares);
[[nodiscard]] double squaresHeight(const HeatMapGeometry &geometry, const QRectF &area);
void paintSquareTable(QPainter &painter, const HeatMapGeometry &geometry, const Squares &squares,
                      const std::optional<Cell> &hovered);

} // namespace ui
