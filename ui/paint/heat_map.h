// SPDX-License-Identifier: GPL-3.0-or-later
// A matrix as colours with a token ruler on two sides. Geometry first: what a pixel means can be tested without
// a window, and a picture costs pixels, never cells.
#pragma once

#include "ui/paint/matrix.h"
#include "ui/paint/text.h"

#include <QImage>
#include <QPainter>

#include <functional>
#include <optional>
#include <vector>

namespace ui {

struct Cell {
    std::int64_t row = 0;
    std::int64_t column = 0;
    bool operator==(const Cell &) const = default;
};

struct HeatMapGeometry {
    QRectF cells; // pixels that the matrix covers
    QRectF range; // cells that are seen: x = columns, y = rows; fractions while zooming
    std::int64_t rows = 0;
    std::int64_t columns = 0;

    [[nodiscard]] double cellWidth() const { return range.width() > 0.0 ? cells.width() / range.width() : 0.0; }
    [[nodiscard]] double cellHeight() const { return range.height() > 0.0 ? cells.height() / range.height() : 0.0; }
    [[nodiscard]] QRectF rectOf(const Cell &cell) const;
    [[nodiscard]] std::optional<Cell> cellAt(const QPointF &pixel) const; // empty outside of the matrix
    bool operator==(const HeatMapGeometry &) const = default;
};

// The whole matrix, and the nearest range to `wanted` that stays inside of it and shows at least one cell.
[[nodiscard]] QRectF fullRange(std::int64_t rows, std::int64_t columns);
[[nodiscard]] QRectF boundedRange(const QRectF &wanted, std::int64_t rows, std::int64_t columns);
// `range` zoomed by `factor` (< 1: closer) around a point in cells.
[[nodiscard]] QRectF zoomedRange(const QRectF &range, const QPointF &centre, double factor);

struct HeatMapLabels {
    std::vector<QString> rows;
    std::vector<QString> columns;
};

struct HeatMapMargins {
    double left = 0.0, top = 0.0, right = 0.0, bottom = 0.0;
};
// Room for the rulers, and for a colour bar at the right where there is one.
struct MarginOptions {
    double width = 0.0;                      // of the whole picture
    std::optional<double> colourBarTop = {}; // its largest value
};
[[nodiscard]] HeatMapMargins heatMapMargins(const HeatMapLabels &labels, const MarginOptions &options);

struct HeatMapMarks {
    std::optional<std::int64_t> row = {}; // selected: its label is lit, and the cell framed where both are
    std::optional<std::int64_t> column = {};
    std::optional<Cell> hovered = {};
};

// What colours the cells.
struct HeatMapValues {
    const MaxPyramid *values = nullptr;
    float largest = 1.0F;                                     // the top of the colour scale
    std::function<bool(std::int64_t, std::int64_t)> isHidden; // (row, column); empty: nothing is hidden
};

// Cells as single squares where they are large enough to be seen, else as one max-pooled image.
void paintHeatCells(QPainter &painter, const HeatMapGeometry &geometry, const HeatMapValues &values);
void paintRulers(QPainter &painter, const HeatMapGeometry &geometry, const HeatMapLabels &labels,
                 const HeatMapMarks &marks);
void paintMarks(QPainter &painter, const HeatMapGeometry &geometry, const HeatMapMarks &marks);
[[nodiscard]] double colourBarRoom(double largest); // from the cells to the right edge, its numbers included
void paintColourBar(QPainter &painter, const QRectF &cells, double largest); // beside the cells
// Pairs that a rule hides, next to weights that are just small.
[[nodiscard]] QColor hiddenColour();

// Colours of maxPool() of one picture; `height` follows from the sizes. Values above `largest` are the top colour.
[[nodiscard]] QImage viridisImage(std::span<const float> pooled, int width, float largest);

} // namespace ui
