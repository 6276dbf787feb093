// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/state/style.h"

#include "ui/state/theme.h"

#include <QPainter>
#include <QStyleFactory>
#include <QStyleOption>

#include <algorithm>

namespace ui {

namespace {

constexpr int kHandle = 16;
constexpr int kBarWidth = 10;

void drawField(QPainter &painter, const QRect &area, const QStyle::State &state)
{
    const Theme &theme = Theme::current();
    const bool hasFocus = state.testFlag(QStyle::State_HasFocus);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(hasFocus ? theme.accent : theme.cardBorder, hasFocus ? 1.5 : 1));
    painter.setBrush(theme.card);
    painter.drawRoundedRect(QRectF(area).adjusted(1, 1, -1, -1), kGrid, kGrid);
    painter.restore();
}

} // namespace

Style::Style() : QProxyStyle(QStyleFactory::create(QStringLiteral("Fusion"))) {}

int Style::pixelMetric(PixelMetric metric, const QStyleOption *option, const QWidget *widget) const
{
    switch (metric) {
    case PM_ToolBarFrameWidth:
    case PM_ToolBarItemMargin:
    case PM_ToolBarItemSpacing:
        return 0;
    case PM_MenuBarHMargin:
        return 4;
    case PM_MenuBarVMargin:
        return 2;
    case PM_ScrollBarExtent:
        return kBarWidth;
    case PM_ScrollView_ScrollBarSpacing:
        return 0;
    case PM_SliderLength:
    case PM_SliderThickness:
    case PM_SliderControlThickness:
        return kHandle;
    case PM_DockWidgetSeparatorExtent:
        return 4;
    default:
        return QProxyStyle::pixelMetric(metric, option, widget);
    }
}

QSize Style::sizeFromContents(ContentsType type, const QStyleOption *option, const QSize &size, const QWidget *widget) const
{
    const QSize base = QProxyStyle::sizeFromContents(type, option, size, widget);
    switch (type) {
    case CT_MenuBarItem:
        return base + QSize(4, 8);
    case CT_MenuItem:
        return base + QSize(8, 4);
    case CT_ComboBox:
        return base + QSize(4, 4);
    case CT_LineEdit:
        return base + QSize(8, 4);
    default:
        return base;
    }
}

QRect Style::subElementRect(SubElement element, const QStyleOption *option, const QWidget *widget) const
{
    const QRect base = QProxyStyle::subElementRect(element, option, widget);
    return element == SE_LineEditContents ? base.adjusted(6, 0, -4, 0) : base;
}

QRect Style::subControlRect(ComplexControl control, const QStyleOptionComplex *option, SubControl part,
                            const QWidget *widget) const
{
    const auto *bar = control == CC_ScrollBar ? qstyleoption_cast<const QStyleOptionSlider *>(option) : nullptr;
    if (bar == nullptr)
        return QProxyStyle::subControlRect(control, option, part, widget);
    const bool isAcross = bar->orientation == Qt::Horizontal;
    const int length = isAcross ? bar->rect.width() : bar->rect.height();
    const std::int64_t range = std::int64_t{bar->maximum} - bar->minimum;
    constexpr int kLeastThumb = 24;
    const std::int64_t all = range + std::max(bar->pageStep, 1);
    const int share = static_cast<int>(std::int64_t{length} * std::max(bar->pageStep, 1) / std::max<std::int64_t>(all, 1));
    const int thumb = range > 0 ? std::clamp(share, std::min(kLeastThumb, length), length) : length;
    const int place = sliderPositionFromValue(bar->minimum, bar->maximum, bar->sliderPosition, length - thumb, bar->upsideDown);
    const auto piece = [&](int from, int to) {
        return isAcross ? QRect(bar->rect.left() + from, bar->rect.top(), to - from, bar->rect.height())
                        : QRect(bar->rect.left(), bar->rect.top() + from, bar->rect.width(), to - from);
    };
    switch (part) {
    case SC_ScrollBarSlider:
        return piece(place, place + thumb);
    case SC_ScrollBarGroove:
        return bar->rect;
    case SC_ScrollBarSubPage:
        return piece(0, place);
    case SC_ScrollBarAddPage:
        return piece(place + thumb, length);
    default:
        return {}; // no arrows
    }
}

void Style::drawPrimitive(PrimitiveElement element, const QStyleOption *option, QPainter *painter, const QWidget *widget) const
{
    switch (element) {
    case PE_PanelLineEdit:
        if (const auto *frame = qstyleoption_cast<const QStyleOptionFrame *>(option); frame != nullptr && frame->lineWidth > 0)
            drawField(*painter, option->rect, option->state);
        return;
    case PE_IndicatorDockWidgetResizeHandle:
    case PE_PanelToolBar:
    case PE_FrameStatusBarItem:
        return;
    default:
        QProxyStyle::drawPrimitive(element, option, painter, widget);
    }
}

void Style::drawControl(ControlElement element, const QStyleOption *option, QPainter *painter, const QWidget *widget) const
{
    const Theme &theme = Theme::current();
    switch (element) {
    case CE_ToolBar:
    case CE_ScrollBarSlider:
        return;
    case CE_MenuBarEmptyArea:
        painter->fillRect(option->rect, theme.card);
        return;
    case CE_MenuBarItem:
        if (const auto *item = qstyleoption_cast<const QStyleOptionMenuItem *>(option)) {
            painter->fillRect(option->rect, theme.card);
            if (item->state.testFlag(State_Selected)) {
                painter->save();
                painter->setRenderHint(QPainter::Antialiasing);
                painter->setPen(Qt::NoPen);
                painter->setBrush(theme.accentGround);
                painter->drawRoundedRect(QRectF(item->rect).adjusted(1, 2, -1, -2), 6, 6);
                painter->restore();
            }
            drawItemText(painter, item->rect, Qt::AlignCenter | Qt::TextShowMnemonic, item->palette,
                         item->state.testFlag(State_Enabled), item->text, QPalette::WindowText);
        }
        return;
    default:
        QProxyStyle::drawControl(element, option, painter, widget);
    }
}

void Style::drawComplexControl(ComplexControl control, const QStyleOptionComplex *option, QPainter *painter,
                               const QWidget *widget) const
{
    const auto *slider = qstyleoption_cast<const QStyleOptionSlider *>(option);
    if (control == CC_Slider && slider != nullptr && slider->orientation == Qt::Horizontal) {
        drawSlider(*slider, *painter, widget);
    } else if (control == CC_ScrollBar && slider != nullptr) {
        drawScrollBar(*slider, *painter, widget);
    } else if (const auto *box = qstyleoption_cast<const QStyleOptionComboBox *>(option);
               control == CC_ComboBox && box != nullptr && !box->editable) {
        drawField(*painter, option->rect, option->state);
        painter->save();
        painter->setPen(Theme::current().dimText);
        painter->drawText(option->rect.adjusted(0, 0, -9, 0), Qt::AlignRight | Qt::AlignVCenter, QStringLiteral("▾"));
        painter->restore();
    } else if (const auto *spin = qstyleoption_cast<const QStyleOptionSpinBox *>(option);
               control == CC_SpinBox && spin != nullptr && spin->buttonSymbols != QAbstractSpinBox::NoButtons) {
        drawField(*painter, option->rect, option->state);
        painter->save();
        painter->setPen(Theme::current().dimText);
        painter->setFont(font(TextSize::Small));
        painter->drawText(proxy()->subControlRect(CC_SpinBox, spin, SC_SpinBoxUp, widget), Qt::AlignCenter, QStringLiteral("▴"));
        painter->drawText(proxy()->subControlRect(CC_SpinBox, spin, SC_SpinBoxDown, widget), Qt::AlignCenter, QStringLiteral("▾"));
        painter->restore();
    } else {
        QProxyStyle::drawComplexControl(control, option, painter, widget);
    }
}

void Style::drawSlider(const QStyleOptionSlider &option, QPainter &painter, const QWidget *widget) const
{
    const Theme &theme = Theme::current();
    const QRectF handle = proxy()->subControlRect(CC_Slider, &option, SC_SliderHandle, widget);
    const bool isEnabled = option.state.testFlag(State_Enabled);
    const QColor on = isEnabled ? theme.accent : theme.dimText;
    const QRectF track(option.rect.left() + 2, option.rect.center().y() - 1, option.rect.width() - 4, 4);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    if (!isEnabled)
        painter.setOpacity(0.45);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.cardBorder);
    painter.drawRoundedRect(track, 2, 2);
    painter.setBrush(on);
    painter.drawRoundedRect(QRectF(track.topLeft(), QPointF(handle.center().x(), track.bottom())), 2, 2);
    painter.setPen(option.state.testFlag(State_HasFocus) ? QPen(theme.text, 2) : QPen(theme.card, 2));
    constexpr double kRadius = kHandle / 2.0 - 1.0;
    painter.drawEllipse(QPointF(handle.center().x(), track.center().y()), kRadius, kRadius);
    painter.restore();
}

void Style::drawScrollBar(const QStyleOptionSlider &option, QPainter &painter, const QWidget *widget) const
{
    const QRectF thumb = proxy()->subControlRect(CC_ScrollBar, &option, SC_ScrollBarSlider, widget);
    if (option.maximum <= option.minimum)
        return;
    QColor colour = Theme::current().dimText;
    const bool isHeld = option.activeSubControls == SC_ScrollBarSlider && option.state.testFlag(State_Sunken);
    colour.setAlpha(isHeld ? 200 : (option.state.testFlag(State_MouseOver) ? 150 : 90));
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    painter.drawRoundedRect(thumb.adjusted(2, 2, -2, -2), 3, 3);
    painter.restore();
}

} // namespace ui
