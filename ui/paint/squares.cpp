// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/paint/squares.h"

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

constexpr int kLargest = 26;        // pixels a side, before zooming
constexpr double kGlyphFrom = 13.0; // pixels from which a glyph can be read
constexpr double kDot = 4.0;

void paintSquare(QPainter &painter, const QRectF &square, const Square &cell)
{
    const QColor ground = cell.fill.isValid() ? cell.fill : hiddenColour();
    painter.fillRect(square, ground);
    const bool isReadable = std::min(square.width(), square.height()) >= kGlyphFrom;
    if (!cell.fill.isValid() && isReadable) { // not by colour alone
        painter.setPen(QPen(Theme::current().cardBorder, 1.0));
        painter.drawLine(square.bottomLeft(), square.topRight());
    }
    painter.setPen(inkOn(ground));
    if (!cell.glyph.isEmpty() && isReadable) {
        painter.setFont(font(TextSize::Small));
        painter.drawText(square, Qt::AlignCenter, cell.glyph);
    }
    if (cell.isForced) {
        painter.setBrush(inkOn(ground));
        painter.setPen(Qt::NoPen);
        painter.drawEllipse(QPointF(square.right() - kDot, square.top() + kDot), kDot / 2.0, kDot / 2.0);
    }
}

} // namespace

std::int64_t Squares::columns() const
{
    return rows.empty() ? 0 : static_cast<std::int64_t>(rows.front().size());
}

HeatMapGeometry layoutSquares(const QRectF &area, const Squares &squares)
{
    HeatMapGeometry geometry;
    geometry.rows = static_cast<std::int64_t>(squares.rows.size());
    geometry.columns = squares.columns();
    const HeatMapMargins margins = heatMapMargins(squares.labels, {.width = area.width()});
    const double columns = static_cast<double>(std::max<std::int64_t>(1, geometry.columns));
    const double room = area.width() - margins.left - margins.right;
    const double side = std::clamp(room / columns, 1.0, static_cast<double>(scaled(kLargest)));
    geometry.range = fullRange(geometry.rows, geometry.columns);
    geometry.cells = {area.left() + margins.left, area.top() + margins.top, side * columns,
                      std::max(side, std::min(side * 2.0, static_cast<double>(scaled(12)))) *
                          static_cast<double>(geometry.rows)};
    return geometry;
}

double squaresHeight(const HeatMapGeometry &geometry, const QRectF &area)
{
    return geometry.rows == 0 ? 0.0 : geometry.cells.bottom() - area.top();
}

void paintSquareTable(QPainter &painter, const HeatMapGeometry &geometry, const Squares &squares,
                      const std::optional<Cell> &hovered)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, false);
    for (std::int64_t row = 0; row < geometry.rows; ++row)
        for (std::int64_t column = 0; column < geometry.columns; ++column) {
            const QRectF square = geometry.rectOf({row, column});
            const double gap = square.width() > 6.0 ? 0.5 : 0.0;
            paintSquare(painter, square.adjusted(gap, gap, -gap, -gap),
                        squares.rows[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)]);
        }
    painter.restore();
    paintRulers(painter, geometry, squares.labels, {});
    if (hovered)
        paintMarks(painter, geometry, {.hovered = hovered});
}

} // namespace ui
