// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/paint/bars.h"

#include <QFontMetricsF>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

constexpr double kBarShare = 0.62; // of the row
constexpr double kGap = 12.0;

double widestOf(const std::vector<ValueRow> &rows, QString ValueRow::*text, const QFont &textFont)
{
    const QFontMetricsF metrics(textFont);
    double width = 0.0;
    for (const ValueRow &row : rows)
        width = std::max(width, metrics.horizontalAdvance(row.*text));
    return std::ceil(width);
}

void paintRow(QPainter &painter, const ValueBars &layout, const ValueRow &row, std::size_t index)
{
    const Theme &theme = Theme::current();
    const QRectF line = layout.rowRect(index);
    const QFont labelFont = font(TextSize::Normal, row.isSelected);
    painter.setFont(labelFont);
    painter.setPen(row.isSelected ? theme.accent : row.isDimmed ? theme.dimText : theme.text);
    painter.drawText(QRectF(line.left(), line.top(), layout.labelWidth, line.height()),
                     Qt::AlignLeft | Qt::AlignVCenter, elided(row.label, labelFont, layout.labelWidth));
    const QRectF bar = layout.barRect(index, row.value);
    QColor colour = theme.accent;
    if (layout.isSigned)
        colour = row.value < 0.0 ? theme.negative : theme.positive;
    painter.setPen(Qt::NoPen);
    painter.setBrush(row.isDimmed ? QBrush(theme.dimText, Qt::BDiagPattern) : QBrush(colour));
    painter.drawRoundedRect(bar, std::min(4.0, bar.width() / 2.0), 4.0);
    double right = line.right();
    const QFont small = font(TextSize::Small);
    if (layout.noteWidth > 0.0) {
        painter.setFont(small);
        painter.setPen(theme.dimText);
        const QRectF note(right - layout.noteWidth, line.top(), layout.noteWidth, line.height());
        painter.drawText(note, Qt::AlignLeft | Qt::AlignVCenter, elided(row.note, small, layout.noteWidth));
        right -= layout.noteWidth + kGap;
    }
    painter.setFont(font(TextSize::Normal));
    painter.setPen(row.isDimmed ? theme.dimText : theme.text);
    drawTabular(painter, QRectF(right - layout.numberWidth, line.top(), layout.numberWidth, line.height()), row.number);
}

} // namespace

double barRowHeight()
{
    return scaled(24);
}

QRectF ValueBars::rowRect(std::size_t row) const
{
    return {area.left(), area.top() + static_cast<double>(row) * barRowHeight(), area.width(), barRowHeight()};
}

QRectF ValueBars::barRect(std::size_t row, double value) const
{
    const QRectF line = rowRect(row);
    const double share = largest > 0.0 ? std::min(1.0, std::abs(value) / largest) : 0.0;
    const double room = isSigned ? barWidth / 2.0 : barWidth;
    const double width = std::max(2.0, share * room);
    double left = line.left() + labelWidth + kGap;
    if (isSigned)
        left += value < 0.0 ? room - width : room;
    const double height = line.height() * kBarShare;
    return {left, line.center().y() - height / 2.0, width, height};
}

std::optional<std::size_t> ValueBars::rowAt(const QPointF &point, std::size_t rows) const
{
    if (point.x() < area.left() || point.x() > area.right() || point.y() < area.top())
        return {};
    const auto row = static_cast<std::size_t>((point.y() - area.top()) / barRowHeight());
    return row < rows ? std::optional<std::size_t>(row) : std::nullopt;
}

ValueBars layoutValueBars(const QRectF &area, const std::vector<ValueRow> &rows, const ValueBarOptions &options)
{
    ValueBars layout;
    layout.area = area;
    layout.isSigned = options.isSigned;
    layout.largest = options.largest;
    if (layout.largest <= 0.0)
        for (const ValueRow &row : rows)
            layout.largest = std::max(layout.largest, std::abs(row.value));
    const QFont normal = font(TextSize::Normal, true);
    layout.labelWidth = std::clamp(widestOf(rows, &ValueRow::label, normal), 32.0, std::max(32.0, area.width() * 0.32));
    const QFontMetrics digits(font(TextSize::Normal));
    for (const ValueRow &row : rows)
        layout.numberWidth = std::max(layout.numberWidth, static_cast<double>(tabularWidth(digits, row.number)));
    layout.noteWidth = std::min(widestOf(rows, &ValueRow::note, font(TextSize::Small)), area.width() * 0.3);
    const double notes = layout.noteWidth > 0.0 ? layout.noteWidth + kGap : 0.0;
    layout.barWidth = std::max(16.0, area.width() - layout.labelWidth - layout.numberWidth - notes - 2.0 * kGap);
    return layout;
}

double paintValueBars(QPainter &painter, const ValueBars &layout, const std::vector<ValueRow> &rows)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    for (std::size_t i = 0; i < rows.size(); ++i)
        paintRow(painter, layout, rows[i], i);
    painter.restore();
    return layout.area.top() + static_cast<double>(rows.size()) * barRowHeight();
}

} // namespace ui
