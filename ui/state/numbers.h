// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers as a person reads them, with units.
#pragma once

#include <QString>

#include <cstdint>

class QPainter;
class QRectF;
class QFontMetrics;

namespace ui {

[[nodiscard]] QString probabilityText(double value);       // "0.830"; "<0.001" for what would round to nothing
[[nodiscard]] QString signedText(double value);            // "+0.61", "−0.33" (a real minus sign)
[[nodiscard]] QString bytesText(std::int64_t bytes);       // "4.7 KB", "438 MB"
[[nodiscard]] QString countText(std::int64_t count);       // "912", "0.9 M", "124 M"
[[nodiscard]] QString millisecondsText(double milliseconds); // "1.9 ms", "2.4 s"
[[nodiscard]] QString groupedText(std::int64_t count);     // "4,096"
[[nodiscard]] double surprisalBits(double probability);    // −log2 p, bounded at 99

// Draws digits in cells of equal width, right-aligned and vertically centred, whatever the font does.
void drawTabular(QPainter &painter, const QRectF &area, const QString &text);
[[nodiscard]] int tabularWidth(const QFontMetrics &metrics, const QString &text);

} // namespace ui
