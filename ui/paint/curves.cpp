// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/paint/curves.h"

#include <QPolygonF>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

double bent(std::int64_t distance)
{
    const double size = std::log2(1.0 + std::abs(static_cast<double>(distance)));
    return distance < 0 ? -size : size;
}

// 0, ±1, ±2, ±4, … inside of the range.
std::vector<std::int64_t> tickDistances(const CurveGeometry &geometry)
{
    std::vector<std::int64_t> ticks{0};
    for (std::int64_t size = 1; size <= std::max(std::abs(geometry.first), std::abs(geometry.last)); size *= 2)
        for (const std::int64_t distance : {-size, size})
            if (distance >= geometry.first && distance <= geometry.last)
                ticks.push_back(distance);
    return ticks;
}

void paintAxes(QPainter &painter, const CurveGeometry &geometry, const CurveMarks &marks)
{
    const Theme &theme = Theme::current();
    painter.setFont(font(TextSize::Small));
    const auto line = [&](const QPointF &from, const QPointF &to) {
        painter.setPen(QPen(theme.cardBorder, 1.0));
        painter.drawLine(from, to);
    };
    for (const double value : {geometry.lowest, 0.0, geometry.highest}) {
        if (value < geometry.lowest || value > geometry.highest)
            continue;
        const double y = geometry.yOf(value);
        line({geometry.plot.left(), y}, {geometry.plot.right(), y});
        painter.setPen(theme.dimText);
        painter.drawText(QRectF(geometry.plot.left() - 60.0, y - 10.0, 54.0, 20.0), Qt::AlignRight | Qt::AlignVCenter,
                         value == 0.0 ? QStringLiteral("0") : signedText(value));
    }
    double lastRight = -1e9;
    auto ticks = tickDistances(geometry);
    std::ranges::sort(ticks);
    for (const std::int64_t distance : ticks) {
        const double x = geometry.xOf(distance);
        const QString text =
            distance > 0 ? QStringLiteral("+%1").arg(distance) : QString::number(distance).replace(u'-', QChar(0x2212));
        const double width = painter.fontMetrics().horizontalAdvance(text);
        line({x, geometry.plot.bottom()}, {x, geometry.plot.bottom() + 4.0});
        if (x - width / 2.0 < lastRight + 6.0)
            continue;
        lastRight = x + width / 2.0;
        painter.setPen(theme.dimText);
        painter.drawText(QRectF(x - 30.0, geometry.plot.bottom() + 4.0, 60.0, 18.0), Qt::AlignCenter, text);
    }
    for (const std::int64_t border : marks.borders)
        line({geometry.xOf(border), geometry.plot.bottom() - 4.0}, {geometry.xOf(border), geometry.plot.bottom()});
}

} // namespace

double CurveGeometry::xOf(std::int64_t distance) const
{
    const double from = bent(first);
    const double extent = bent(last) - from;
    return plot.left() + (extent > 0.0 ? plot.width() * (bent(distance) - from) / extent : plot.width() / 2.0);
}

double CurveGeometry::yOf(double value) const
{
    const double extent = highest - lowest;
    return plot.bottom() - (extent > 0.0 ? plot.height() * (value - lowest) / extent : 0.0);
}

std::int64_t CurveGeometry::distanceAt(double x) const
{
    const double from = bent(first);
    const double at = from + (x - plot.left()) / std::max(1.0, plot.width()) * (bent(last) - from);
    const double size = std::exp2(std::abs(at)) - 1.0;
    return std::clamp(static_cast<std::int64_t>(std::lround(at < 0.0 ? -size : size)), first, last);
}

CurveGeometry layoutCurves(const QRectF &area, const Curves &curves)
{
    constexpr double kLeft = 62.0;
    constexpr double kBelow = 24.0;
    CurveGeometry geometry{.plot = area.adjusted(kLeft, 8.0, -12.0, -kBelow), .first = curves.first};
    geometry.last = curves.first;
    bool isFirst = true;
    for (const auto &values : curves.lines) {
        geometry.last = curves.first + static_cast<std::int64_t>(values.size()) - 1;
        for (const float value : values) {
            const double shown = static_cast<double>(value);
            geometry.lowest = isFirst ? shown : std::min(geometry.lowest, shown);
            geometry.highest = isFirst ? shown : std::max(geometry.highest, shown);
            isFirst = false;
        }
    }
    return geometry;
}

std::optional<std::size_t> curveAt(const CurveGeometry &geometry, const Curves &curves, const QPointF &point)
{
    const auto at = static_cast<std::size_t>(geometry.distanceAt(point.x()) - geometry.first);
    std::optional<std::size_t> nearest;
    double best = 0.0;
    for (std::size_t i = 0; i < curves.lines.size(); ++i) {
        if (at >= curves.lines[i].size())
            continue;
        const double away = std::abs(geometry.yOf(static_cast<double>(curves.lines[i][at])) - point.y());
        if (!nearest || away < best) {
            nearest = i;
            best = away;
        }
    }
    return nearest;
}

void paintCurves(QPainter &painter, const CurveGeometry &geometry, const Curves &curves, const CurveMarks &marks)
{
    const Theme &theme = Theme::current();
    painter.setRenderHint(QPainter::Antialiasing);
    paintAxes(painter, geometry, marks);
    const auto drawLine = [&](std::size_t index, const QPen &pen) {
        QPolygonF points;
        const auto &values = curves.lines[index];
        for (std::size_t i = 0; i < values.size(); ++i)
            points << QPointF(geometry.xOf(curves.first + static_cast<std::int64_t>(i)),
                              geometry.yOf(static_cast<double>(values[i])));
        painter.setPen(pen);
        painter.drawPolyline(points);
    };
    QColor quiet = theme.dimText;
    quiet.setAlpha(110);
    for (std::size_t i = 0; i < curves.lines.size(); ++i)
        if (i != marks.front)
            drawLine(i, QPen(quiet, 1.0));
    if (marks.front < curves.lines.size())
        drawLine(marks.front, QPen(theme.accent, 2.4, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    if (marks.distance) {
        const double x = geometry.xOf(*marks.distance);
        painter.setPen(QPen(theme.text, 1.0, Qt::DotLine));
        painter.drawLine(QPointF(x, geometry.plot.top()), QPointF(x, geometry.plot.bottom()));
    }
}

} // namespace ui
