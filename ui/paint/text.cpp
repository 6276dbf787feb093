// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/paint/text.h"

#include <QFontMetricsF>
#include <QLocale>
#include <QTextLayout>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

constexpr int kWrapped = Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap;

double luminance(const QColor &colour)
{
    const auto linear = [](double channel) {
        return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(static_cast<double>(colour.redF())) + 0.7152 * linear(static_cast<double>(colour.greenF())) +
           0.0722 * linear(static_cast<double>(colour.blueF()));
}

QColor mixed(const QColor &from, const QColor &to, double share)
{
    const auto part = static_cast<float>(std::clamp(share, 0.0, 1.0));
    return QColor::fromRgbF(from.redF() + (to.redF() - from.redF()) * part,
                            from.greenF() + (to.greenF() - from.greenF()) * part,
                            from.blueF() + (to.blueF() - from.blueF()) * part);
}

constexpr double kStripPadX = 12.0;
constexpr double kStripPadY = 8.0;

// Bold and plain words in one wrapped paragraph.
void layoutStrip(QTextLayout &layout, const StripText &text, double width)
{
    const QString all = text.bold + QStringLiteral("  ") + text.text;
    layout.setText(all);
    layout.setFont(font(TextSize::Normal));
    QTextLayout::FormatRange bold;
    bold.start = 0;
    bold.length = static_cast<int>(text.bold.size());
    bold.format.setFont(font(TextSize::Normal, true));
    layout.setFormats({bold});
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    layout.setTextOption(option);
    double y = 0.0;
    layout.beginLayout();
    for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine()) {
        line.setLineWidth(std::max(40.0, width - 2.0 * kStripPadX));
        line.setPosition(QPointF(0.0, y));
        y += line.height();
    }
    layout.endLayout();
}

} // namespace

double stripHeight(const StripText &text, double width)
{
    QTextLayout layout;
    layoutStrip(layout, text, width);
    return std::ceil(layout.boundingRect().height()) + 2.0 * kStripPadY;
}

void paintStrip(QPainter &painter, const QRectF &area, const StripText &text)
{
    const Theme &theme = Theme::current();
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.accentGround);
    painter.drawRoundedRect(area, 8.0, 8.0);
    painter.setPen(theme.text);
    QTextLayout layout;
    layoutStrip(layout, text, area.width());
    layout.draw(&painter, area.topLeft() + QPointF(kStripPadX, kStripPadY));
    painter.restore();
}

QString elided(const QString &text, const QFont &font, double width)
{
    return QFontMetricsF(font).elidedText(text, Qt::ElideRight, width);
}

QString oneDecimal(double value)
{
    return QLocale().toString(value, 'f', 1);
}

QColor inkOn(const QColor &ground)
{
    return luminance(ground) > 0.179 ? QColor(Qt::black) : QColor(Qt::white);
}

QColor diverging(double value)
{
    const Theme &theme = Theme::current();
    return mixed(theme.card, value < 0.0 ? theme.negative : theme.positive, std::abs(value));
}

double paintHeading(QPainter &painter, const QRectF &line, const QString &title, const QString &hint)
{
    const Theme &theme = Theme::current();
    const QFont bold = font(TextSize::Title, true);
    const QFontMetricsF metrics(bold);
    const double baseline = line.top() + metrics.ascent();
    painter.setFont(bold);
    painter.setPen(theme.text);
    const QString shownTitle = metrics.elidedText(title, Qt::ElideRight, line.width());
    painter.drawText(QPointF(line.left(), baseline), shownTitle);
    const double used = metrics.horizontalAdvance(shownTitle) + kGrid;
    if (!hint.isEmpty() && line.width() > used) {
        const QFont small = font(TextSize::Small);
        painter.setFont(small);
        painter.setPen(theme.dimText);
        painter.drawText(QPointF(line.left() + used, baseline), elided(hint, small, line.width() - used));
    }
    return line.top() + std::ceil(metrics.height()) + kGrid;
}

double paragraphHeight(const QString &text, double width, TextSize size)
{
    if (text.isEmpty())
        return 0.0;
    return std::ceil(QFontMetricsF(font(size)).boundingRect(QRectF(0, 0, width, 1e6), kWrapped, text).height());
}

double paintParagraph(QPainter &painter, const QRectF &area, const QString &text, const QColor &colour, TextSize size)
{
    const double height = paragraphHeight(text, area.width(), size);
    painter.setFont(font(size));
    painter.setPen(colour);
    painter.drawText(QRectF(area.left(), area.top(), area.width(), height + 1.0), kWrapped, text);
    return area.top() + height;
}

void paintEmpty(QPainter &painter, const QRectF &area, const QString &title, const QString &advice)
{
    const Theme &theme = Theme::current();
    const double width = std::max(80.0, std::min(360.0, area.width() - 4 * kGrid));
    const QRectF box(area.center().x() - width / 2.0, area.top() + 5 * kGrid, width, area.height());
    painter.setFont(font(TextSize::Title, true));
    painter.setPen(theme.text);
    const int flags = Qt::AlignHCenter | Qt::AlignTop | Qt::TextWordWrap;
    const QRectF used = painter.boundingRect(box, flags, title);
    painter.drawText(box, flags, title);
    painter.setFont(font(TextSize::Normal));
    painter.setPen(theme.dimText);
    painter.drawText(box.adjusted(0, used.height() + kGrid, 0, 0), flags, advice);
}

} // namespace ui
