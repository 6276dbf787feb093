// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/state/numbers.h"

#include <QCoreApplication>
#include <QFontMetrics>
#include <QLocale>
#include <QPainter>

#include <algorithm>
#include <array>
#include <cmath>

namespace ui {

namespace {

// Three significant places for a value below 1,000: "4.70", "47.1", "471".
QString shortNumber(double value)
{
    const int places = value < 10.0 ? 1 : 0;
    return QString::number(value, 'f', places);
}

int digitWidth(const QFontMetrics &metrics)
{
    int widest = 0;
    for (char digit = '0'; digit <= '9'; ++digit)
        widest = std::max(widest, metrics.horizontalAdvance(QLatin1Char(digit)));
    return widest;
}

} // namespace

QString probabilityText(double value)
{
    if (!std::isfinite(value))
        return QStringLiteral("—");
    if (value > 0.0 && value < 0.0005)
        return QStringLiteral("<0.001");
    return QString::number(value, 'f', 3);
}

QString signedText(double value)
{
    if (!std::isfinite(value))
        return QStringLiteral("—");
    const QString size = QString::number(std::abs(value), 'f', std::abs(value) < 0.01 ? 3 : 2);
    return (value < 0.0 ? QChar(0x2212) : QChar(u'+')) + size;
}

QString bytesText(std::int64_t bytes)
{
    constexpr std::array<const char *, 4> kUnits = {"KB", "MB", "GB", "TB"};
    if (bytes < 1000)
        return QStringLiteral("%1 B").arg(bytes);
    double value = static_cast<double>(bytes) / 1000.0;
    std::size_t unit = 0;
    while (value >= 999.5 && unit + 1 < kUnits.size()) {
        value /= 1000.0;
        ++unit;
    }
    return QStringLiteral("%1 %2").arg(shortNumber(value), QLatin1String(kUnits[unit]));
}

QString countText(std::int64_t count)
{
    const auto value = static_cast<double>(count);
    if (count < 100'000)
        return groupedText(count);
    if (value < 999.5e6)
        return QStringLiteral("%1 M").arg(shortNumber(value / 1e6));
    return QStringLiteral("%1 G").arg(shortNumber(value / 1e9));
}

QString millisecondsText(double milliseconds)
{
    if (milliseconds >= 1000.0)
        return QStringLiteral("%1 s").arg(milliseconds / 1000.0, 0, 'f', 1);
    return QStringLiteral("%1 ms").arg(milliseconds, 0, 'f', milliseconds < 100.0 ? 1 : 0);
}

QString groupedText(std::int64_t count)
{
    return QLocale(QLocale::English).toString(static_cast<qlonglong>(count));
}

double surprisalBits(double probability)
{
    constexpr double kMost = 99.0;
    return probability > 0.0 ? std::clamp(-std::log2(probability), 0.0, kMost) : kMost;
}

int tabularWidth(const QFontMetrics &metrics, const QString &text)
{
    const int cell = digitWidth(metrics);
    int width = 0;
    for (const QChar c : text)
        width += c.isDigit() ? cell : metrics.horizontalAdvance(c);
    return width;
}

void drawTabular(QPainter &painter, const QRectF &area, const QString &text)
{
    const QFontMetrics metrics = painter.fontMetrics();
    const int cell = digitWidth(metrics);
    double x = area.right() - tabularWidth(metrics, text);
    const double baseline = area.center().y() + (metrics.ascent() - metrics.descent()) / 2.0;
    for (const QChar c : text) {
        const int own = metrics.horizontalAdvance(c);
        const int advance = c.isDigit() ? cell : own;
        painter.drawText(QPointF(x + (advance - own) / 2.0, baseline), QString(c));
        x += advance;
    }
}

} // namespace ui
