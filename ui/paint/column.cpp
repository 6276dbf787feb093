// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/paint/column.h"

#include <QFontMetricsF>

#include <algorithm>
#include <cmath>
#include <utility>

namespace ui {

namespace {

double stripRoom()
{
    return scaled(52); // two lines
}

} // namespace

Column::Column(const QRectF &area, const Target &target) : m_area(area), m_target(target), m_y(area.top()) {}

QRectF Column::take(double height)
{
    const QRectF taken(m_area.left(), m_y, m_area.width(), height);
    m_y += height;
    return taken;
}

void Column::heading(const QString &title, const QString &hint)
{
    const QRectF line(m_area.left(), m_y, m_area.width(), 20.0);
    paint([&](QPainter &painter) { paintHeading(painter, line, title, hint); });
    m_y += std::ceil(QFontMetricsF(font(TextSize::Title, true)).height()) + kGrid - 2.0;
}

void Column::paragraph(const QString &text)
{
    const QRectF area = take(paragraphHeight(text, m_area.width()));
    paint([&](QPainter &painter) { paintParagraph(painter, area, text, Theme::current().dimText); });
    m_y += kGrid;
}

void Column::bars(const std::vector<ValueRow> &rows, const ValueBarOptions &options)
{
    const QRectF area = take(static_cast<double>(rows.size()) * barRowHeight());
    paint([&](QPainter &painter) { paintValueBars(painter, layoutValueBars(area, rows, options), rows); });
}

void Column::strip(const StripText &shown, const StripText &usual)
{
    const QRectF room = take(std::max(stripRoom(), stripHeight(usual, m_area.width())));
    m_strip = room;
    paint([&](QPainter &painter) {
        paintStrip(painter, QRectF(room.topLeft(), QSizeF(room.width(), stripHeight(shown, room.width()))), shown);
    });
}

void Column::pills(std::vector<Pill> pills)
{
    const QFont normal = font(TextSize::Normal, true);
    const QFontMetricsF metrics(normal);
    const double height = scaled(26);
    QRectF line = take(height);
    double x = line.left();
    for (Pill &pill : pills) {
        const double width = std::min(line.width(), metrics.horizontalAdvance(pill.text) + 3.0 * kGrid);
        if (x > line.left() && x + width > line.right()) {
            gap(6.0);
            line = take(height);
            x = line.left();
        }
        const QRectF area(x, line.top(), width, height);
        x += width + 6.0;
        paint([&](QPainter &painter) {
            const Theme &theme = Theme::current();
            painter.setRenderHint(QPainter::Antialiasing);
            painter.setPen(Qt::NoPen);
            painter.setBrush(pill.isChosen ? theme.accent : theme.accentGround);
            painter.drawRoundedRect(area, kGrid, kGrid);
            painter.setPen(pill.isChosen ? theme.accentText : theme.accent);
            painter.setFont(normal);
            painter.drawText(area, Qt::AlignCenter, elided(pill.text, normal, area.width() - kGrid));
        });
        spot({.area = area,
              .say = [says = std::move(pill.says)](const QPointF &) { return says; },
              .act = [act = std::move(pill.act)](const QPointF &) { act(); }});
    }
    gap(6.0);
}

void Column::spot(Spot spot)
{
    if (m_target.spots != nullptr)
        m_target.spots->push_back(std::move(spot));
}

bool isClippedAway(const QPainter &painter, const QRectF &area)
{
    return painter.hasClipping() && !painter.clipBoundingRect().intersects(area);
}

const Spot *spotAt(const std::vector<Spot> &spots, const QPointF &point)
{
    const auto found =
        std::find_if(spots.rbegin(), spots.rend(), [&](const Spot &spot) { return spot.area.contains(point); });
    return found == spots.rend() ? nullptr : &*found;
}

} // namespace ui
