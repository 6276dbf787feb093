// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/state/theme.h"

#include "ui/state/style.h"

#include <QApplication>
#include <QFontDatabase>
#include <QStyleHints>

#include <algorithm>
#include <array>
#include <cmath>

namespace ui {

namespace {

struct State {
    Theme theme;
    bool isApplied = false;
    bool wasDesktopDark = false;
    int zoomPercent = 100;
};

State &state()
{
    static State value;
    return value;
}

bool isDark(const QPalette &palette)
{
    return palette.color(QPalette::Window).lightness() < 128;
}

// viridis at k / 16, as 8-bit red, green, blue.
constexpr std::array<std::array<int, 3>, 17> kViridis = {{{68, 1, 84},   {72, 26, 108},  {71, 45, 123},  {66, 64, 134},
                                                          {59, 82, 139}, {51, 99, 141},  {44, 114, 142}, {38, 130, 142},
                                                          {33, 145, 140}, {31, 160, 136}, {40, 174, 128}, {63, 188, 115},
                                                          {94, 201, 98}, {132, 212, 75}, {173, 220, 48}, {216, 226, 25},
                                                          {253, 231, 37}}};

} // namespace

Theme Theme::light()
{
    return Theme{.isDark = false,
                 .ground = QColor(0xf6, 0xf7, 0xf9),
                 .card = QColor(0xff, 0xff, 0xff),
                 .cardBorder = QColor(0xe3, 0xe6, 0xec),
                 .text = QColor(0x1d, 0x23, 0x30),
                 .dimText = QColor(0x5c, 0x66, 0x7a),
                 .accent = QColor(0x2f, 0x6f, 0xed),
                 .accentText = QColor(0xff, 0xff, 0xff),
                 .accentGround = QColor(0xe8, 0xf0, 0xfe),
                 .chip = QColor(0xf0, 0xf2, 0xf6),
                 .warning = QColor(0xc4, 0x55, 0x00),
                 .danger = QColor(0xc0, 0x2d, 0x2d),
                 .positive = QColor(0x1f, 0x84, 0xbd),
                 .negative = QColor(0xd8, 0x70, 0x1f)};
}

Theme Theme::dark()
{
    return Theme{.isDark = true,
                 .ground = QColor(0x16, 0x18, 0x1d),
                 .card = QColor(0x1e, 0x21, 0x28),
                 .cardBorder = QColor(0x2e, 0x32, 0x3b),
                 .text = QColor(0xe8, 0xea, 0xf0),
                 .dimText = QColor(0x9d, 0xa7, 0xb8),
                 .accent = QColor(0x6e, 0xa0, 0xff),
                 .accentText = QColor(0x0e, 0x16, 0x26),
                 .accentGround = QColor(0x24, 0x32, 0x4f),
                 .chip = QColor(0x2a, 0x2e, 0x37),
                 .warning = QColor(0xf0, 0x8a, 0x3c),
                 .danger = QColor(0xff, 0x7b, 0x72),
                 .positive = QColor(0x2b, 0x8f, 0xc8),
                 .negative = QColor(0xd9, 0x72, 0x22)};
}

const Theme &Theme::current()
{
    State &s = state();
    if (!s.isApplied) {
        const bool wantsDark = qApp != nullptr && ui::isDark(QApplication::palette());
        if (s.theme.card.isValid() == false || s.theme.isDark != wantsDark)
            s.theme = wantsDark ? dark() : light();
    }
    return s.theme;
}

bool Theme::isDesktopDark()
{
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
    const Qt::ColorScheme scheme = QGuiApplication::styleHints()->colorScheme();
    if (scheme != Qt::ColorScheme::Unknown)
        return scheme == Qt::ColorScheme::Dark;
#endif
    return state().isApplied ? state().wasDesktopDark : ui::isDark(QApplication::palette());
}

void Theme::apply(const Theme &theme)
{
    State &s = state();
    if (!s.isApplied) {
        s.wasDesktopDark = isDesktopDark();
        QApplication::setStyle(new Style);
    }
    s.isApplied = true;
    s.theme = theme;
    QApplication::setPalette(theme.palette());
    QApplication::setFont(font(TextSize::Normal));
}

QPalette Theme::palette() const
{
    QPalette p;
    p.setColor(QPalette::Window, card);
    p.setColor(QPalette::WindowText, text);
    p.setColor(QPalette::Base, card);
    p.setColor(QPalette::AlternateBase, ground);
    p.setColor(QPalette::Text, text);
    p.setColor(QPalette::Button, chip);
    p.setColor(QPalette::ButtonText, text);
    p.setColor(QPalette::BrightText, danger);
    p.setColor(QPalette::Highlight, accent);
    p.setColor(QPalette::HighlightedText, accentText);
    p.setColor(QPalette::Link, accent);
    p.setColor(QPalette::LinkVisited, accent);
    p.setColor(QPalette::ToolTipBase, card);
    p.setColor(QPalette::ToolTipText, text);
    p.setColor(QPalette::PlaceholderText, dimText);
    p.setColor(QPalette::Light, card.lighter(isDark ? 130 : 102));
    p.setColor(QPalette::Midlight, cardBorder);
    p.setColor(QPalette::Mid, cardBorder.darker(isDark ? 90 : 110));
    p.setColor(QPalette::Dark, cardBorder.darker(isDark ? 120 : 125));
    p.setColor(QPalette::Shadow, QColor(0, 0, 0, isDark ? 160 : 90));
    for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
        QColor faded = dimText;
        faded.setAlpha(150);
        p.setColor(QPalette::Disabled, role, faded);
    }
    return p;
}

QColor Theme::category(engine::Category category) const
{
    switch (category) {
    case engine::Category::Autoregressive:
        return {0xe6, 0x9f, 0x00};
    case engine::Category::Autoencoding:
        return {0x00, 0x72, 0xb2};
    case engine::Category::SequenceToSequence:
        return {0x00, 0x9e, 0x73};
    case engine::Category::Multimodal:
        return {0xcc, 0x79, 0xa7};
    case engine::Category::Retrieval:
        return {0xd5, 0x5e, 0x00};
    }
    return dimText;
}

void setZoom(int percent)
{
    const int next = std::clamp(percent, 70, 200);
    if (next == state().zoomPercent)
        return;
    state().zoomPercent = next;
    QApplication::setFont(font(TextSize::Normal));
}

int zoom() noexcept
{
    return state().zoomPercent;
}

int scaled(int pixels) noexcept
{
    return (pixels * state().zoomPercent + 50) / 100;
}

QFont font(TextSize size, bool isBold)
{
    constexpr std::array<int, 4> kPixels = {11, 13, 15, 17};
    QFont result;
    const QString system = QFontDatabase::systemFont(QFontDatabase::GeneralFont).family();
    result.setFamilies({QStringLiteral("Inter"), system, QStringLiteral("Noto Sans CJK SC"), QStringLiteral("Noto Sans")});
    result.setPixelSize(scaled(kPixels[static_cast<std::size_t>(size)]));
    result.setWeight(isBold ? QFont::DemiBold : QFont::Normal);
#if QT_VERSION >= QT_VERSION_CHECK(6, 7, 0)
    result.setFeature("tnum", 1);
#endif
    return result;
}

QRgb viridis(double value)
{
    const double place = std::isnan(value) ? 0.0 : std::clamp(value, 0.0, 1.0) * 16.0;
    const auto low = static_cast<std::size_t>(std::min(place, 15.0));
    const double share = place - static_cast<double>(low);
    std::array<int, 3> mixed = {};
    for (std::size_t i = 0; i < 3; ++i) {
        const double mix = kViridis[low][i] + share * (kViridis[low + 1][i] - kViridis[low][i]);
        mixed[i] = static_cast<int>(std::lround(mix));
    }
    return qRgb(mixed[0], mixed[1], mixed[2]);
}

} // namespace ui
