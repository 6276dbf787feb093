// SPDX-License-Identifier: GPL-3.0-or-later
// Curves over distances: many lines over one axis, one of them in front. The axis is linear around 0 and logarithmic
// further out, as distances are told apart.
#pragma once

#include "ui/paint/text.h"

#include <QPainter>
#include <QRectF>

#include <cstdint>
#include <optional>
#include <vector>

namespace ui {

struct Curves {
    std::int64_t first = 0;                // distance of the first value
    std::vector<std::vector<float>> lines; // one value a distance
};

struct CurveGeometry {
    QRectF plot;
    std::int64_t first = 0;
    std::int64_t last = 0;
    double lowest = 0.0;
    double highest = 1.0;

    [[nodiscard]] double xOf(std::int64_t distance) const;
    [[nodiscard]] double yOf(double value) const;
    [[nodiscard]] std::int64_t distanceAt(double x) const; // the nearest one
};

[[nodiscard]] CurveGeometry layoutCurves(const QRectF &area, const Curves &curves);
// The line whose value is nearest to the point at the point's distance.
[[nodiscard]] std::optional<std::size_t> curveAt(const CurveGeometry &geometry, const Curves &curves,
                                                 const QPointF &point);
struct CurveMarks {
    std::size_t front = 0;                     // drawn last and thick
    std::optional<std::int64_t> distance = {}; // a line stands there
    std::vector<std::int64_t> borders = {};    // distances where something changes, as ticks
};
void paintCurves(QPainter &painter, const CurveGeometry &geometry, const Curves &curves, const CurveMarks &marks);

} // namespace ui
