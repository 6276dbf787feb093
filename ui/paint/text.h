// SPDX-License-Identifier: GPL-3.0-or-later
// The few text blocks that every view has, and the colours that go with them.
#pragma once

#include "ui/state/numbers.h"
#include "ui/state/texts.h"
#include "ui/state/theme.h"

#include <QPainter>
#include <QRectF>
#include <QString>

namespace ui {

[[nodiscard]] QString elided(const QString &text, const QFont &font, double width);
[[nodiscard]] QString oneDecimal(double value);

// Black or white, whichever reads better on the colour (WCAG relative luminance).
[[nodiscard]] QColor inkOn(const QColor &ground);
// Blue to orange through the card's colour for −1 … 1.
[[nodiscard]] QColor diverging(double value);

// Bold title, dim hint after it on the same line. Returns the y below it.
double paintHeading(QPainter &painter, const QRectF &line, const QString &title, const QString &hint = {});
// Wrapped text; returns the y below it.
double paintParagraph(QPainter &painter, const QRectF &area, const QString &text, const QColor &colour,
                      TextSize size = TextSize::Small);
[[nodiscard]] double paragraphHeight(const QString &text, double width, TextSize size = TextSize::Small);
// One sentence about what is pointed at, on the accent's quiet ground: bold, then the rest, wrapped.
struct StripText {
    QString bold;
    QString text;
    bool operator==(const StripText &) const = default;
};
[[nodiscard]] double stripHeight(const StripText &text, double width);
void paintStrip(QPainter &painter, const QRectF &area, const StripText &text);
// What to do when there is nothing to show.
void paintEmpty(QPainter &painter, const QRectF &area, const QString &title, const QString &advice);

} // namespace ui
