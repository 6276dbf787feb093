// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of label, bar and number.
#pragma once

#include "ui/paint/text.h"

#include <QPainter>

#include <optional>
#include <vector>

namespace ui {

struct ValueRow {
    QString label;
    double value = 0.0;
    QString number = {};    // beside the bar, with its unit
    QString note = {};      // dim, after the number
    bool isDimmed = false;  // hatched: removed or not counted
    bool isSelected = false;
};

struct ValueBars {
    QRectF area;               // of all rows
    double labelWidth = 0.0;
    double numberWidth = 0.0;
    double noteWidth = 0.0;
    double barWidth = 0.0;     // of the largest magnitude
    double largest = 0.0;      // magnitude
    bool isSigned = false;     // bars grow from the middle, coloured as differences

    [[nodiscard]] QRectF rowRect(std::size_t row) const;
    [[nodiscard]] QRectF barRect(std::size_t row, double value) const;
    [[nodiscard]] std::optional<std::size_t> rowAt(const QPointF &point, std::size_t rows) const;
};

[[nodiscard]] double barRowHeight(); // pixels, grows with the text

// `largest` 0: the largest magnitude among the rows fills the bar.
struct ValueBarOptions {
    double largest = 0.0;
    bool isSigned = false;
};
[[nodiscard]] ValueBars layoutValueBars(const QRectF &area, const std::vector<ValueRow> &rows, const ValueBarOptions &options = {});
// Returns the y below the rows.
double paintValueBars(QPainter &painter, const ValueBars &layout, const std::vector<ValueRow> &rows);

} // namespace ui
