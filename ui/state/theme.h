// SPDX-License-Identifier: GPL-3.0-or-later
// Colours, sizes and fonts of the window in one place; light and dark.
#pragma once

#include "engine/family.h"

#include <QColor>
#include <QFont>
#include <QPalette>

namespace ui {

enum class TextSize { Small, Normal, Title, Answer }; // 11, 13, 15, 17 px

struct Theme {
    bool isDark = false;
    QColor ground, card, cardBorder, text, dimText, accent, accentText, accentGround, chip, warning, danger;
    QColor positive, negative; // of a signed difference

    [[nodiscard]] static const Theme &current();        // of the application's palette
    [[nodiscard]] static Theme light();
    [[nodiscard]] static Theme dark();
    static void apply(const Theme &theme);              // palette and style of the application
    [[nodiscard]] static bool isDesktopDark();          // the scheme before apply() was ever called, or now where Qt tells
    [[nodiscard]] QPalette palette() const;
    [[nodiscard]] QColor category(engine::Category category) const; // Okabe–Ito
};

// Per cent by which font() enlarges; widgets learn of it by QEvent::ApplicationFontChange.
void setZoom(int percent); // clamped to 70 … 200
[[nodiscard]] int zoom() noexcept;
[[nodiscard]] int scaled(int pixels) noexcept; // a length that grows with the text

inline constexpr int kGrid = 8;         // pixels; all margins are multiples
inline constexpr int kCardRadius = 12;
[[nodiscard]] QFont font(TextSize size, bool isBold = false); // tabular numbers where Qt can ask for them

// viridis at 0 … 1 (perceptually uniform, van der Walt and Smith 2015).
[[nodiscard]] QRgb viridis(double value);

} // namespace ui
