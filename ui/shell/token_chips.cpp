// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/token_chips.h"

#include "ui/state/theme.h"

#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>

namespace ui {

namespace {

constexpr int kAside = 10;
constexpr int kNarrowAside = 6;
constexpr int kMaxChipWidth = 320;

int asideOf(const TokenChip &chip)
{
    return chip.text.size() <= 1 ? kNarrowAside + 2 : kAside;
}

} // namespace

ChipGeometry layOutChips(const std::vector<int> &widths, const ChipMetrics &metrics)
{
    ChipGeometry geometry;
    geometry.places.reserve(widths.size());
    int x = 0;
    int y = 0;
    for (const int wanted : widths) {
        const int width = std::min(wanted, std::max(metrics.maxWidth, 1));
        if (x > 0 && x + width > metrics.maxWidth) {
            x = 0;
            y += metrics.lineHeight + metrics.gap;
        }
        geometry.places.emplace_back(x, y, width, metrics.lineHeight);
        x += width + metrics.gap;
    }
    geometry.height = widths.empty() ? 0 : y + metrics.lineHeight;
    return geometry;
}

TokenChips::TokenChips(QWidget *parent) : QWidget(parent)
{
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Tokens"));
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void TokenChips::setChips(std::vector<TokenChip> chips)
{
    m_chips = std::move(chips);
    const int count = static_cast<int>(m_chips.size());
    if (m_current && *m_current >= count)
        m_current.reset();
    m_hovered = -1;
    m_focused = std::min(m_focused, count - 1);
    measure();
    QStringList words;
    for (const TokenChip &chip : m_chips) {
        constexpr int kSpoken = 200; // a reader is not helped by thousands
        if (words.size() == kSpoken)
            break;
        words << (chip.below.isEmpty() ? chip.text : chip.text + QStringLiteral(" (") + chip.below + QLatin1Char(')'));
    }
    setAccessibleDescription(words.join(QStringLiteral(", ")));
}

void TokenChips::setCurrent(std::optional<int> index)
{
    if (m_current == index)
        return;
    m_current = index;
    update();
}

QRect TokenChips::chipRect(int index) const
{
    const auto place = static_cast<std::size_t>(index);
    return index >= 0 && place < m_geometry.places.size() ? m_geometry.places[place] : QRect();
}

ChipMetrics TokenChips::metrics(int width) const
{
    const int upper = QFontMetrics(ui::font(TextSize::Answer)).height();
    const int lower = QFontMetrics(ui::font(TextSize::Small)).height();
    return {.maxWidth = width, .gap = 6, .lineHeight = upper + lower + 10};
}

void TokenChips::measure()
{
    const QFontMetrics upper(ui::font(TextSize::Answer, true));
    const QFontMetrics lower(ui::font(TextSize::Small));
    m_widths.clear();
    m_widths.reserve(m_chips.size());
    for (const TokenChip &chip : m_chips) {
        const int text = std::max(upper.horizontalAdvance(chip.text), lower.horizontalAdvance(chip.below));
        m_widths.push_back(std::min(text + 2 * asideOf(chip), scaled(kMaxChipWidth)));
    }
    m_geometry = layOutChips(m_widths, metrics(width()));
    updateGeometry();
    update();
}

int TokenChips::heightForWidth(int width) const
{
    return layOutChips(m_widths, metrics(width)).height;
}

QSize TokenChips::sizeHint() const
{
    constexpr int kPreferredWidth = 400;
    return {kPreferredWidth, heightForWidth(std::max(width(), kPreferredWidth))};
}

QSize TokenChips::minimumSizeHint() const
{
    return {scaled(80), m_chips.empty() ? 0 : metrics(0).lineHeight};
}

void TokenChips::resizeEvent(QResizeEvent *event)
{
    m_geometry = layOutChips(m_widths, metrics(width()));
    QWidget::resizeEvent(event);
}

void TokenChips::paintEvent(QPaintEvent *event)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const auto above = [](const QRect &place, int y) { return place.bottom() < y; };
    const auto &places = m_geometry.places;
    const auto first = std::lower_bound(places.begin(), places.end(), event->rect().top(), above);
    for (auto place = first; place != places.end() && place->top() <= event->rect().bottom(); ++place)
        paintChip(painter, static_cast<int>(place - places.begin()));
}

void TokenChips::paintChip(QPainter &painter, int index) const
{
    const Theme &theme = Theme::current();
    const TokenChip &chip = m_chips[static_cast<std::size_t>(index)];
    const QRectF place = QRectF(chipRect(index)).adjusted(1, 1, -1, -1);
    QColor fill = chip.isAccent ? theme.accent : (chip.fill.isValid() ? chip.fill : theme.chip);
    if (index == m_hovered && chip.isClickable && !chip.isAccent)
        fill = theme.isDark ? fill.lighter(125) : fill.darker(106);
    QPen outline(Qt::NoPen);
    if (chip.isDashed)
        outline = QPen(theme.accent, 1.6, Qt::DashLine);
    else if (m_current == index || (hasFocus() && index == m_focused))
        outline = QPen(theme.accent, 2);
    painter.setPen(outline);
    painter.setBrush(chip.isDashed ? QBrush(Qt::NoBrush) : QBrush(fill));
    painter.drawRoundedRect(place, kGrid, kGrid);

    painter.setFont(ui::font(TextSize::Answer, chip.isAccent));
    const QFontMetrics upper = painter.fontMetrics();
    const QColor strong = chip.isAccent ? theme.accentText : (chip.isDim ? theme.dimText : theme.text);
    painter.setPen(strong);
    const QRectF top(place.left(), place.top() + 3, place.width(), upper.height());
    const QString shown = upper.elidedText(chip.text, Qt::ElideMiddle, static_cast<int>(place.width()) - 4);
    painter.drawText(top, Qt::AlignCenter, shown);
    painter.setFont(ui::font(TextSize::Small));
    QColor faint = chip.isAccent ? theme.accentText : (chip.fill.isValid() ? theme.text : theme.dimText);
    if (chip.fill.isValid() || chip.isAccent)
        faint.setAlpha(215);
    painter.setPen(faint);
    painter.drawText(QRectF(place.left(), top.bottom(), place.width(), place.bottom() - top.bottom() - 1),
                     Qt::AlignCenter, chip.below);
}

int TokenChips::chipAt(const QPoint &place) const
{
    for (std::size_t i = 0; i < m_geometry.places.size(); ++i) {
        if (m_geometry.places[i].contains(place))
            return static_cast<int>(i);
    }
    return -1;
}

void TokenChips::setHovered(int index)
{
    if (m_hovered == index)
        return;
    m_hovered = index;
    const bool isHand = index >= 0 && m_chips[static_cast<std::size_t>(index)].isClickable;
    setCursor(isHand ? Qt::PointingHandCursor : Qt::ArrowCursor);
    update();
    emit hovered(index);
}

void TokenChips::mouseMoveEvent(QMouseEvent *event)
{
    setHovered(chipAt(event->pos()));
}

void TokenChips::leaveEvent(QEvent *)
{
    setHovered(-1);
}

void TokenChips::mousePressEvent(QMouseEvent *event)
{
    const int index = chipAt(event->pos());
    if (event->button() != Qt::LeftButton || index < 0 || !m_chips[static_cast<std::size_t>(index)].isClickable)
        return QWidget::mousePressEvent(event);
    m_focused = index;
    emit clicked(index);
}

void TokenChips::contextMenuEvent(QContextMenuEvent *event)
{
    const bool isByKey = event->reason() == QContextMenuEvent::Keyboard;
    const int index = isByKey ? m_focused : chipAt(event->pos());
    if (index < 0)
        return QWidget::contextMenuEvent(event);
    emit menuAsked(index, isByKey ? mapToGlobal(chipRect(index).center()) : event->globalPos());
    event->accept();
}

void TokenChips::focusInEvent(QFocusEvent *event)
{
    if (m_focused < 0 && !m_chips.empty())
        m_focused = 0;
    update();
    QWidget::focusInEvent(event);
}

void TokenChips::keyPressEvent(QKeyEvent *event)
{
    const int last = static_cast<int>(m_chips.size()) - 1;
    const int before = m_focused;
    switch (event->key()) {
    case Qt::Key_Left:
        m_focused = std::max(0, m_focused - 1);
        break;
    case Qt::Key_Right:
        m_focused = std::min(last, m_focused + 1);
        break;
    case Qt::Key_Home:
        m_focused = std::min(0, last);
        break;
    case Qt::Key_End:
        m_focused = last;
        break;
    case Qt::Key_Space:
    case Qt::Key_Return:
        if (event->modifiers() == Qt::NoModifier && m_focused >= 0 && m_focused <= last &&
            m_chips[static_cast<std::size_t>(m_focused)].isClickable) {
            emit clicked(m_focused);
            return;
        }
        return QWidget::keyPressEvent(event);
    default:
        return QWidget::keyPressEvent(event);
    }
    if (m_focused != before && m_focused >= 0)
        emit hovered(m_focused);
    update();
}

void TokenChips::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::ApplicationFontChange)
        measure();
    QWidget::changeEvent(event);
}

bool TokenChips::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        const int index = chipAt(help->pos());
        if (index >= 0)
            QToolTip::showText(help->globalPos(), m_chips[static_cast<std::size_t>(index)].tip, this);
        else
            QToolTip::hideText();
        return true;
    }
    return QWidget::event(event);
}

} // namespace ui
