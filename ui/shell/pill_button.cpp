// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/pill_button.h"

#include "ui/state/theme.h"

#include <QEvent>
#include <QPainter>

namespace ui {

namespace {

struct Dress {
    QColor fill;
    QColor text;
};

Dress dress(PillKind kind, bool isOn)
{
    const Theme &theme = Theme::current();
    switch (kind) {
    case PillKind::Primary:
        return {theme.accent, theme.accentText};
    case PillKind::Stop:
        return {theme.warning, theme.isDark ? theme.accentText : QColor(Qt::white)};
    case PillKind::Plain:
        return isOn ? Dress{theme.accentGround, theme.accent} : Dress{theme.chip, theme.text};
    case PillKind::Tab:
        return isOn ? Dress{theme.accentGround, theme.accent} : Dress{Qt::transparent, theme.dimText};
    case PillKind::Link:
        return {Qt::transparent, theme.accent};
    }
    return {theme.chip, theme.text};
}

bool isFilled(PillKind kind)
{
    return kind == PillKind::Primary || kind == PillKind::Stop;
}

} // namespace

PillButton::PillButton(const QString &text, PillKind kind, QWidget *parent) : QAbstractButton(parent), m_kind(kind)
{
    setText(text);
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void PillButton::setKind(PillKind kind)
{
    m_kind = kind;
    updateGeometry();
    update();
}

void PillButton::setKeyHint(const QString &hint)
{
    m_keyHint = hint;
    updateGeometry();
    update();
}

QFont PillButton::ownFont() const
{
    return ui::font(m_kind == PillKind::Link ? TextSize::Small : TextSize::Normal,
                isFilled(m_kind) || (m_kind == PillKind::Tab && isChecked()));
}

QString PillButton::label() const
{
    return m_keyHint.isEmpty() ? text() : text() + QStringLiteral("  ") + m_keyHint;
}

QSize PillButton::sizeHint() const
{
    const QFontMetrics metrics(m_kind == PillKind::Tab ? ui::font(TextSize::Normal, true) : ownFont());
    const int aside = m_kind == PillKind::Link ? 4 : (isFilled(m_kind) ? 16 : 12);
    const int above = m_kind == PillKind::Link ? 3 : (m_kind == PillKind::Tab ? 6 : 7);
    return {metrics.horizontalAdvance(label()) + 2 * aside, metrics.height() + 2 * above};
}

void PillButton::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    Dress colours = dress(m_kind, isChecked());
    if (!isEnabled()) {
        colours.text = theme.dimText;
        if (isFilled(m_kind))
            colours.fill = theme.chip;
    } else if (m_isHovered || isDown()) {
        if (isFilled(m_kind))
            colours.fill = colours.fill.lighter(isDown() ? 94 : 108);
        else if (m_kind == PillKind::Tab && !isChecked())
            colours = {theme.chip, theme.text};
        else if (m_kind == PillKind::Plain)
            colours.fill = theme.cardBorder;
    }
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF area = QRectF(rect()).adjusted(1, 1, -1, -1);
    painter.setPen(hasFocus() ? QPen(theme.accent, 2) : QPen(Qt::NoPen));
    painter.setBrush(colours.fill);
    painter.drawRoundedRect(area, kGrid, kGrid);
    QFont shown = ownFont();
    if (m_kind == PillKind::Link && m_isHovered)
        shown.setUnderline(true);
    painter.setFont(shown);
    painter.setPen(colours.text);
    painter.drawText(rect(), Qt::AlignCenter, label());
}

void PillButton::enterEvent(QEnterEvent *event)
{
    m_isHovered = true;
    update();
    QAbstractButton::enterEvent(event);
}

void PillButton::leaveEvent(QEvent *event)
{
    m_isHovered = false;
    update();
    QAbstractButton::leaveEvent(event);
}

void PillButton::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::ApplicationFontChange)
        updateGeometry();
    QAbstractButton::changeEvent(event);
}

} // namespace ui
