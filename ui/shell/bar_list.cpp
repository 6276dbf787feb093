// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/bar_list.h"

#include "ui/state/numbers.h"
#include "ui/state/theme.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>

namespace ui {

struct BarList::Columns {
    QRect label, bar, number, note;
};

BarList::BarList(QWidget *parent) : QWidget(parent)
{
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setAccessibleName(tr("Bars"));
}

void BarList::setRows(std::vector<BarRow> rows)
{
    m_rows = std::move(rows);
    m_hovered = -1;
    m_focused = std::min(m_focused, static_cast<int>(m_rows.size()) - 1);
    const bool hasLinks = std::any_of(m_rows.begin(), m_rows.end(), [](const BarRow &row) { return row.isLink; });
    setFocusPolicy(m_isClickable || hasLinks ? Qt::StrongFocus : Qt::NoFocus);
    QStringList spoken;
    for (const BarRow &row : m_rows)
        spoken << row.label + QLatin1Char(' ') + row.number;
    setAccessibleDescription(spoken.join(QStringLiteral(", ")));
    updateGeometry();
    update();
}

void BarList::setClickable(bool isClickable)
{
    m_isClickable = isClickable;
    setFocusPolicy(isClickable ? Qt::StrongFocus : Qt::NoFocus);
}

int BarList::rowHeight() const
{
    return QFontMetrics(ui::font(TextSize::Title)).height() + 7;
}

QSize BarList::sizeHint() const
{
    return {scaled(360), static_cast<int>(m_rows.size()) * rowHeight()};
}

QSize BarList::minimumSizeHint() const
{
    return {scaled(180), sizeHint().height()};
}

QRect BarList::rowRect(int index) const
{
    return {0, index * rowHeight(), width(), rowHeight()};
}

BarList::Columns BarList::columns() const
{
    const QFontMetrics text(ui::font(TextSize::Title, true));
    const QFontMetrics small(ui::font(TextSize::Small));
    int label = 0;
    int number = 0;
    int note = 0;
    for (const BarRow &row : m_rows) {
        label = std::max(label, text.horizontalAdvance(row.label));
        number = std::max(number, tabularWidth(text, row.number));
        note = std::max(note, small.horizontalAdvance(row.note));
    }
    constexpr int kGap = 12;
    note = note > 0 ? note + kGap : 0;
    // The label may take what leaves the bar a fifth of the width, and no less than it needs if that fits.
    const int spare = width() - number - note - 2 * kGap;
    label = std::clamp(label, std::min(scaled(88), spare / 2), std::max(spare * 3 / 5, 1));
    Columns result;
    result.label = QRect(0, 0, label, rowHeight());
    result.bar = QRect(label + kGap, 0, std::max(spare - label, 4), rowHeight());
    result.number = QRect(result.bar.right() + 1 + kGap, 0, number, rowHeight());
    result.note = QRect(result.number.right() + 1 + kGap, 0, std::max(note - kGap, 0), rowHeight());
    return result;
}

void BarList::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Columns places = columns();
    for (int i = 0; i < static_cast<int>(m_rows.size()); ++i) {
        painter.save();
        painter.translate(0, i * rowHeight());
        paintRow(painter, i, places);
        painter.restore();
    }
}

void BarList::paintRow(QPainter &painter, int index, const Columns &places) const
{
    const Theme &theme = Theme::current();
    const BarRow &row = m_rows[static_cast<std::size_t>(index)];
    if (isRowClickable(index) && (index == m_hovered || (hasFocus() && index == m_focused))) {
        painter.setPen(hasFocus() && index == m_focused ? QPen(theme.accent, 1) : QPen(Qt::NoPen));
        painter.setBrush(theme.accentGround);
        painter.drawRoundedRect(QRectF(-6, 0.5, width() + 12, rowHeight() - 1), 6, 6);
    }
    painter.setFont(ui::font(TextSize::Title, row.isStrong));
    painter.setPen(row.isHatched ? theme.dimText : theme.text);
    const QString label = painter.fontMetrics().elidedText(row.label, Qt::ElideRight, places.label.width());
    painter.drawText(places.label, Qt::AlignLeft | Qt::AlignVCenter, label);

    constexpr double kLeastWidth = 3.0;
    const double length = std::max(kLeastWidth, places.bar.width() * std::clamp(row.share, 0.0, 1.0));
    const QRectF bar(places.bar.left(), 3.5, length, rowHeight() - 7);
    QColor colour = row.colour.isValid() ? row.colour : theme.accent;
    if (!row.colour.isValid())
        colour.setAlpha(220);
    painter.setPen(Qt::NoPen);
    if (row.isHatched) {
        painter.setBrush(QBrush(theme.dimText, Qt::BDiagPattern));
        painter.drawRoundedRect(bar, 4, 4);
        painter.setPen(QPen(theme.cardBorder, 1));
        painter.setBrush(Qt::NoBrush);
    } else {
        painter.setBrush(colour);
    }
    painter.drawRoundedRect(bar, 4, 4);

    painter.setPen(row.isHatched ? theme.dimText : theme.text);
    painter.setFont(ui::font(TextSize::Title, row.isStrong));
    drawTabular(painter, places.number, row.number);
    painter.setFont(ui::font(TextSize::Small));
    painter.setPen(row.isLink ? theme.accent : theme.dimText);
    painter.drawText(places.note, Qt::AlignLeft | Qt::AlignVCenter, row.note);
}

bool BarList::isRowClickable(int index) const
{
    return index >= 0 && index < static_cast<int>(m_rows.size()) &&
           (m_isClickable || m_rows[static_cast<std::size_t>(index)].isLink);
}

int BarList::rowAt(const QPoint &place) const
{
    const int index = place.y() / std::max(rowHeight(), 1);
    return place.y() >= 0 && index < static_cast<int>(m_rows.size()) ? index : -1;
}

void BarList::setHovered(int index)
{
    if (m_hovered == index)
        return;
    m_hovered = index;
    setCursor(isRowClickable(index) ? Qt::PointingHandCursor : Qt::ArrowCursor);
    update();
}

void BarList::mouseMoveEvent(QMouseEvent *event)
{
    setHovered(rowAt(event->pos()));
}

void BarList::leaveEvent(QEvent *)
{
    setHovered(-1);
}

void BarList::mousePressEvent(QMouseEvent *event)
{
    const int index = rowAt(event->pos());
    if (event->button() != Qt::LeftButton || !isRowClickable(index))
        return QWidget::mousePressEvent(event);
    m_focused = index;
    emit activated(index);
}

void BarList::focusInEvent(QFocusEvent *event)
{
    if (m_focused < 0 && !m_rows.empty())
        m_focused = 0;
    update();
    QWidget::focusInEvent(event);
}

void BarList::keyPressEvent(QKeyEvent *event)
{
    const int last = static_cast<int>(m_rows.size()) - 1;
    if (event->key() == Qt::Key_Up)
        m_focused = std::max(0, m_focused - 1);
    else if (event->key() == Qt::Key_Down)
        m_focused = std::min(last, m_focused + 1);
    else if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Space) &&
             event->modifiers() == Qt::NoModifier && isRowClickable(m_focused))
        emit activated(m_focused);
    else
        return QWidget::keyPressEvent(event);
    update();
}

void BarList::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::ApplicationFontChange)
        updateGeometry();
    QWidget::changeEvent(event);
}

bool BarList::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        const int index = rowAt(help->pos());
        const QString tip = index < 0 ? QString() : m_rows[static_cast<std::size_t>(index)].tip;
        QToolTip::showText(help->globalPos(), tip, this);
        return true;
    }
    return QWidget::event(event);
}

} // namespace ui
