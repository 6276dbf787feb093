// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/paint/picture.h"

#include "ui/state/theme.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace ui {

namespace {

constexpr double kDarkest = 0.78; // of the veil over what gets no attention
constexpr double kCropped = 0.6;  // of the veil over what the model does not see

void veil(QPainter &painter, const QRectF &place, double strength)
{
    QColor colour(Qt::black);
    colour.setAlphaF(static_cast<float>(strength));
    painter.fillRect(place, colour);
}

// Edges of the regions along one axis cut the picture into cells; in each of them the brightest region counts.
void veilRegions(QPainter &painter, const PictureGeometry &geometry, const std::vector<PictureRegion> &regions)
{
    std::set<int> columns;
    std::set<int> rows;
    for (const PictureRegion &region : regions) {
        columns.insert({region.area.left(), region.area.left() + region.area.width()});
        rows.insert({region.area.top(), region.area.top() + region.area.height()});
    }
    for (auto top = rows.begin(); top != rows.end() && std::next(top) != rows.end(); ++top)
        for (auto left = columns.begin(); left != columns.end() && std::next(left) != columns.end(); ++left) {
            const QRect cell(*left, *top, *std::next(left) - *left, *std::next(top) - *top);
            double brightest = -1.0;
            for (const PictureRegion &region : regions)
                if (region.area.contains(cell))
                    brightest = std::max(brightest, region.share);
            if (brightest >= 0.0)
                veil(painter, geometry.placeOf(cell), kDarkest * (1.0 - std::clamp(brightest, 0.0, 1.0)));
        }
}

void veilOutside(QPainter &painter, const PictureGeometry &geometry, const QRect &seen)
{
    const QRectF inner = geometry.placeOf(seen);
    const QRectF &outer = geometry.place;
    veil(painter, {outer.topLeft(), QPointF(outer.right(), inner.top())}, kCropped);
    veil(painter, {QPointF(outer.left(), inner.bottom()), outer.bottomRight()}, kCropped);
    veil(painter, {QPointF(outer.left(), inner.top()), inner.bottomLeft()}, kCropped);
    veil(painter, {inner.topRight(), QPointF(outer.right(), inner.bottom())}, kCropped);
}

void paintNumber(QPainter &painter, const QRectF &place, const QString &text)
{
    const QFontMetricsF metrics(painter.font());
    const QSizeF size(metrics.horizontalAdvance(text) + kGrid, metrics.height() + 2.0);
    if (text.isEmpty() || size.width() > place.width() || size.height() > place.height())
        return;
    const QRectF plate(place.topLeft() + QPointF(4.0, 4.0), size);
    painter.setPen(Qt::NoPen);
    painter.setBrush(QColor(0, 0, 0, 170));
    painter.drawRoundedRect(plate, 4.0, 4.0);
    painter.setPen(Qt::white);
    painter.drawText(plate, Qt::AlignCenter, text);
}

} // namespace

QRectF PictureGeometry::placeOf(const QRect &area) const
{
    return {place.left() + area.left() * scale, place.top() + area.top() * scale, area.width() * scale,
            area.height() * scale};
}

std::optional<std::size_t> PictureGeometry::regionAt(const QPointF &point,
                                                     const std::vector<PictureRegion> &regions) const
{
    std::optional<std::size_t> nearest;
    double least = 0.0;
    for (std::size_t i = 0; i < regions.size(); ++i) {
        const QRectF region = placeOf(regions[i].area);
        if (!region.contains(point))
            continue;
        const QPointF away = region.center() - point;
        const double distance = std::hypot(away.x(), away.y());
        if (!nearest || distance < least) {
            nearest = i;
            least = distance;
        }
    }
    return nearest;
}

PictureGeometry layoutPicture(const QRectF &area, const QSize &picture)
{
    if (picture.isEmpty() || area.isEmpty())
        return {.place = QRectF(area.center(), QSizeF()), .scale = 0.0};
    const double scale = std::min(area.width() / picture.width(), area.height() / picture.height());
    QRectF place(0.0, 0.0, picture.width() * scale, picture.height() * scale);
    place.moveCenter(area.center());
    return {.place = place, .scale = scale};
}

void paintMarks(QPainter &painter, const PictureGeometry &geometry, const PictureMarks &marks)
{
    painter.save();
    if (!marks.seen.isEmpty())
        veilOutside(painter, geometry, marks.seen);
    if (marks.isLit)
        veilRegions(painter, geometry, marks.regions);
    painter.setFont(font(TextSize::Small));
    for (std::size_t i = 0; i < marks.regions.size(); ++i) {
        const QRectF place = geometry.placeOf(marks.regions[i].area).adjusted(0.5, 0.5, -0.5, -0.5);
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(QColor(255, 255, 255, 150), 1.0));
        painter.drawRect(place);
        paintNumber(painter, place, marks.regions[i].number);
    }
    if (marks.current && *marks.current < marks.regions.size()) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(Theme::current().accent, 2.5));
        painter.drawRect(geometry.placeOf(marks.regions[*marks.current].area).adjusted(1.5, 1.5, -1.5, -1.5));
    }
    painter.restore();
}

} // namespace ui
