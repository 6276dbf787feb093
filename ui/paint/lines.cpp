// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/paint/lines.h"

#include <QPainterPath>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace ui {

namespace {

constexpr double kLabelGap = 6.0;

QRectF clipOf(const QPainter &painter, const QRectF &area)
{
    return painter.hasClipping() ? painter.clipBoundingRect() & area : area;
}

bool isLit(const AttentionLine &line, const LineMarks &marks)
{
    if (marks.query && marks.key)
        return line.query == *marks.query || line.key == *marks.key;
    if (marks.query)
        return line.query == *marks.query;
    return !marks.key || line.key == *marks.key;
}

QPainterPath curve(const LineGeometry &geometry, const AttentionLine &line)
{
    const QPointF from = geometry.queryPoint(line.query);
    const QPointF to = geometry.keyPoint(line.key);
    const QPointF middle = (from + to) / 2.0;
    QPainterPath path(from);
    if (geometry.isHorizontal)
        path.cubicTo(QPointF(from.x(), middle.y()), QPointF(to.x(), middle.y()), to);
    else
        path.cubicTo(QPointF(middle.x(), from.y()), QPointF(middle.x(), to.y()), to);
    return path;
}

void paintLabel(QPainter &painter, const QRectF &rect, const QString &text, const LineGeometry &geometry)
{
    if (!geometry.isHorizontal) {
        const bool isLeft = rect.center().x() < geometry.area.center().x();
        painter.drawText(rect, (isLeft ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter,
                         elided(text, painter.font(), rect.width()));
        return;
    }
    // Read from bottom to top, ending or beginning at the lines.
    painter.save();
    painter.translate(rect.center());
    painter.rotate(-90.0);
    const bool isAbove = rect.center().y() < geometry.area.center().y();
    const QRectF turned(-rect.height() / 2.0, -rect.width() / 2.0, rect.height(), rect.width());
    painter.drawText(turned, (isAbove ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter,
                     elided(text, painter.font(), rect.height()));
    painter.restore();
}

} // namespace

ChosenLines chooseLines(const Matrix &weights, const LineChoice &choice)
{
    ChosenLines chosen;
    std::vector<std::int64_t> order;
    std::vector<float> buffer;
    for (std::int64_t query = 0; query < weights.rows; ++query) {
        const float *row = weights.row(query, buffer).data();
        const double total = std::accumulate(row, row + weights.columns, 0.0);
        order.clear();
        for (std::int64_t key = 0; key < weights.columns; ++key)
            if (row[key] > 0.0F)
                order.push_back(key);
        std::sort(order.begin(), order.end(), [row](std::int64_t a, std::int64_t b) { return row[a] > row[b]; });
        double kept = 0.0;
        for (const std::int64_t key : order) {
            if (kept >= choice.keptMass * total)
                break;
            kept += static_cast<double>(row[key]);
            chosen.lines.push_back({query, key, row[key]});
        }
    }
    chosen.wanted = chosen.lines.size();
    const auto byWeight = [](const AttentionLine &a, const AttentionLine &b) { return a.weight < b.weight; };
    if (chosen.lines.size() > choice.maxLines) {
        const auto cut = chosen.lines.end() - static_cast<std::ptrdiff_t>(choice.maxLines);
        std::nth_element(chosen.lines.begin(), cut, chosen.lines.end(), byWeight);
        chosen.lines.erase(chosen.lines.begin(), cut);
    }
    std::stable_sort(chosen.lines.begin(), chosen.lines.end(), byWeight);
    return chosen;
}

QPointF LineGeometry::queryPoint(std::int64_t query) const
{
    const double along = (static_cast<double>(query) + 0.5) * pitch;
    return isHorizontal ? QPointF(area.left() + along, area.top() + labelRoom)
                        : QPointF(area.left() + labelRoom, area.top() + along);
}

QPointF LineGeometry::keyPoint(std::int64_t key) const
{
    const double along = (static_cast<double>(key) + 0.5) * pitch;
    return isHorizontal ? QPointF(area.left() + along, area.bottom() - labelRoom)
                        : QPointF(area.right() - labelRoom, area.top() + along);
}

QRectF LineGeometry::queryRect(std::int64_t query) const
{
    const double along = static_cast<double>(query) * pitch;
    return isHorizontal ? QRectF(area.left() + along, area.top(), pitch, labelRoom - kLabelGap)
                        : QRectF(area.left(), area.top() + along, labelRoom - kLabelGap, pitch);
}

QRectF LineGeometry::keyRect(std::int64_t key) const
{
    const double along = static_cast<double>(key) * pitch;
    return isHorizontal
               ? QRectF(area.left() + along, area.bottom() - labelRoom + kLabelGap, pitch, labelRoom - kLabelGap)
               : QRectF(area.right() - labelRoom + kLabelGap, area.top() + along, labelRoom - kLabelGap, pitch);
}

std::optional<std::int64_t> LineGeometry::queryAt(const QPointF &point) const
{
    const double along = isHorizontal ? point.x() - area.left() : point.y() - area.top();
    const auto index = static_cast<std::int64_t>(std::floor(along / pitch));
    if (index < 0 || index >= queries || !queryRect(index).contains(point))
        return {};
    return index;
}

std::optional<std::int64_t> LineGeometry::keyAt(const QPointF &point) const
{
    const double along = isHorizontal ? point.x() - area.left() : point.y() - area.top();
    const auto index = static_cast<std::int64_t>(std::floor(along / pitch));
    if (index < 0 || index >= keys || !keyRect(index).contains(point))
        return {};
    return index;
}

void paintLines(QPainter &painter, const LineGeometry &geometry, const std::vector<AttentionLine> &lines,
                const LineMarks &marks)
{
    const Theme &theme = Theme::current();
    const QRectF clip = clipOf(painter, geometry.area).adjusted(-1, -1, 1, 1);
    float strongest = 0.0F;
    for (const AttentionLine &line : lines)
        strongest = std::max(strongest, line.weight);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    for (const bool paintsLit : {false, true}) {
        for (const AttentionLine &line : lines) {
            if (isLit(line, marks) != paintsLit)
                continue;
            const QRectF box = QRectF(geometry.queryPoint(line.query), geometry.keyPoint(line.key)).normalized();
            if (!clip.intersects(box.adjusted(-1, -1, 1, 1)))
                continue;
            const double share = strongest > 0.0F ? static_cast<double>(line.weight / strongest) : 0.0;
            QColor colour = paintsLit ? theme.accent : theme.dimText;
            colour.setAlphaF(static_cast<float>(paintsLit ? 0.12 + 0.88 * share : 0.06 + 0.16 * share));
            painter.setPen(QPen(colour, 0.6 + 2.9 * share, Qt::SolidLine, Qt::FlatCap));
            painter.drawPath(curve(geometry, line));
        }
    }
    painter.restore();
}

void paintLineLabels(QPainter &painter, const LineGeometry &geometry, const LineLabels &labels, const LineMarks &marks)
{
    const Theme &theme = Theme::current();
    const QRectF clip = clipOf(painter, geometry.area);
    const auto paintSide = [&](const std::vector<QString> &texts, std::optional<std::int64_t> marked,
                               const std::function<QRectF(std::int64_t)> &rectOf, std::int64_t count) {
        for (std::int64_t i = 0; i < count; ++i) {
            const QRectF rect = rectOf(i);
            if (!clip.intersects(rect))
                continue;
            const bool isMarked = marked == i;
            painter.setFont(font(TextSize::Small, isMarked));
            painter.setPen(isMarked ? theme.accent : theme.text);
            const auto at = static_cast<std::size_t>(i);
            paintLabel(painter, rect, at < texts.size() ? texts[at] : QString::number(i), geometry);
        }
    };
    paintSide(
        labels.queries, marks.query, [&](std::int64_t i) { return geometry.queryRect(i); }, geometry.queries);
    paintSide(
        labels.keys, marks.key, [&](std::int64_t i) { return geometry.keyRect(i); }, geometry.keys);
}

} // namespace ui
