// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/span_curves.h"

#include "ui/state/numbers.h"
#include "ui/state/texts.h"
#include "ui/state/theme.h"

#include <QPainter>

#include <algorithm>

namespace ui {

SpanCurves::SpanCurves(QWidget *parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setAccessibleName(tr("Probability of start and end at every token"));
}

void SpanCurves::setCurves(Curves curves)
{
    m_curves = std::move(curves);
    update();
}

QSize SpanCurves::sizeHint() const
{
    return {scaled(320), scaled(128)};
}

QSize SpanCurves::minimumSizeHint() const
{
    return {scaled(160), scaled(128)};
}

void SpanCurves::paintLine(QPainter &painter, const QRectF &area, const Line &line) const
{
    const std::vector<double> &values = *line.values;
    if (values.empty())
        return;
    const double step = area.width() / static_cast<double>(values.size());
    QPolygonF points;
    for (std::size_t i = 0; i < values.size(); ++i)
        points << QPointF(area.left() + step * (static_cast<double>(i) + 0.5),
                          area.bottom() - area.height() * std::clamp(values[i], 0.0, 1.0));
    painter.setPen(QPen(line.colour, 2, line.isDashed ? Qt::DashLine : Qt::SolidLine));
    painter.setBrush(Qt::NoBrush);
    painter.drawPolyline(points);
    const auto peak = static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
    const QPointF top = points[static_cast<qsizetype>(peak)];
    painter.setPen(Qt::NoPen);
    painter.setBrush(line.colour);
    painter.drawEllipse(top, 3.5, 3.5);
    const QString token = peak < m_curves.tokens.size() ? m_curves.tokens[peak] : QString();
    const QString name = QStringLiteral("%1 %2 “%3”").arg(line.name, probabilityText(values[peak]), token);
    const QFontMetrics metrics = painter.fontMetrics();
    const double width = metrics.horizontalAdvance(name);
    const double left = std::clamp(top.x() - width / 2, area.left(), std::max(area.left(), area.right() - width));
    painter.setPen(Theme::current().text);
    painter.drawText(QPointF(left, line.row * metrics.height() + metrics.ascent()), name);
}

void SpanCurves::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(ui::font(TextSize::Small));
    const int line = painter.fontMetrics().height();
    const QRectF area = QRectF(rect()).adjusted(1, 2 * line + 6, -1, -6);
    painter.setPen(QPen(theme.cardBorder, 1));
    painter.drawLine(area.bottomLeft(), area.bottomRight());
    paintLine(painter, area, {.values = &m_curves.start, .colour = theme.positive, .name = tr("start"), .row = 0});
    paintLine(painter, area,
              {.values = &m_curves.end, .colour = theme.negative, .name = tr("end"), .isDashed = true, .row = 1});
}

} // namespace ui
