// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/branch_tree.h"

#include "ui/state/theme.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>

#include <algorithm>

namespace ui {

std::vector<BranchLine> orderBranches(const std::vector<Branch> &branches)
{
    std::vector<BranchLine> lines;
    std::vector<std::vector<int>> children(branches.size() + 1);
    for (std::size_t i = 0; i < branches.size(); ++i)
        children[static_cast<std::size_t>(branches[i].parent + 1)].push_back(static_cast<int>(i));
    std::vector<BranchLine> open;
    const auto push = [&](int branch, int depth, int parentLine) {
        const auto &next = children[static_cast<std::size_t>(branch + 1)];
        for (auto child = next.rbegin(); child != next.rend(); ++child)
            open.push_back({.branch = *child, .depth = depth, .parentLine = parentLine});
    };
    push(-1, 0, -1);
    while (!open.empty()) {
        const BranchLine line = open.back();
        open.pop_back();
        lines.push_back(line);
        push(line.branch, line.depth + 1, static_cast<int>(lines.size()) - 1);
    }
    return lines;
}

BranchTree::BranchTree(QWidget *parent) : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setAccessibleName(tr("Branches"));
}

void BranchTree::setBranches(std::vector<Branch> branches, int current)
{
    m_branches = std::move(branches);
    m_lines = orderBranches(m_branches);
    m_current = current;
    QStringList spoken;
    for (const BranchLine &line : m_lines)
        spoken << m_branches[static_cast<std::size_t>(line.branch)].chosen;
    setAccessibleDescription(spoken.join(QStringLiteral(", ")));
    updateGeometry();
    update();
}

void BranchTree::setCompared(int branch)
{
    m_compared = branch;
    update();
}

int BranchTree::lineHeight() const
{
    return QFontMetrics(ui::font(TextSize::Normal)).height() + 9;
}

int BranchTree::indent(int depth) const
{
    constexpr int kStep = 24;
    constexpr int kDeepest = 8; // deeper ones stand under each other, so that their words still fit
    return kStep * std::min(depth, kDeepest);
}

QSize BranchTree::sizeHint() const
{
    return {scaled(320), static_cast<int>(m_lines.size()) * lineHeight()};
}

QSize BranchTree::minimumSizeHint() const
{
    return {scaled(160), sizeHint().height()};
}

int BranchTree::lineAt(int y) const
{
    const int line = y / std::max(lineHeight(), 1);
    return y >= 0 && line < static_cast<int>(m_lines.size()) ? line : -1;
}

QRect BranchTree::branchRect(int branch) const
{
    for (std::size_t i = 0; i < m_lines.size(); ++i) {
        if (m_lines[i].branch == branch)
            return {0, static_cast<int>(i) * lineHeight(), width(), lineHeight()};
    }
    return {};
}

bool BranchTree::isOnPath(int branch) const
{
    for (int at = m_current; at >= 0; at = m_branches[static_cast<std::size_t>(at)].parent) {
        if (at == branch)
            return true;
    }
    return false;
}

void BranchTree::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    for (int line = 0; line < static_cast<int>(m_lines.size()); ++line)
        paintLine(painter, line);
}

void BranchTree::paintLine(QPainter &painter, int line) const
{
    const Theme &theme = Theme::current();
    const BranchLine &place = m_lines[static_cast<std::size_t>(line)];
    const Branch &branch = m_branches[static_cast<std::size_t>(place.branch)];
    const int height = lineHeight();
    const int left = indent(place.depth);
    const int middle = line * height + height / 2;
    if (place.branch == m_current) {
        painter.setPen(hasFocus() ? QPen(theme.accent, 1.5) : QPen(Qt::NoPen));
        painter.setBrush(theme.accentGround);
        painter.drawRoundedRect(QRectF(left, line * height + 1, width() - left - 1, height - 2), 6, 6);
    }
    if (place.branch == m_compared) {
        painter.setPen(QPen(theme.accent, 1.2, Qt::DashLine));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(left, line * height + 1, width() - left - 1, height - 2), 6, 6);
    }
    const bool isOn = isOnPath(place.branch);
    if (place.parentLine >= 0) {
        const double from = place.parentLine * height + height - 4;
        const double x = indent(place.depth - 1) + 10;
        QPainterPath path(QPointF(x, from));
        path.cubicTo(QPointF(x, middle), QPointF(x, middle), QPointF(std::max(left - 3, static_cast<int>(x) + 6), middle));
        painter.setPen(QPen(isOn ? theme.accent : theme.dimText, 1.5));
        painter.setBrush(Qt::NoBrush);
        painter.drawPath(path);
    }
    painter.setFont(ui::font(TextSize::Small));
    const int noteWidth = painter.fontMetrics().horizontalAdvance(branch.note);
    painter.setPen(theme.dimText);
    painter.drawText(QRect(width() - noteWidth - 8, line * height, noteWidth, height), Qt::AlignVCenter, branch.note);
    painter.setFont(ui::font(TextSize::Normal, true));
    painter.setPen(isOn ? theme.text : theme.dimText);
    const int room = width() - left - noteWidth - 28;
    const QString chosen = painter.fontMetrics().elidedText(branch.chosen, Qt::ElideLeft, std::max(room / 2, 40));
    const int chosenWidth = painter.fontMetrics().horizontalAdvance(chosen);
    painter.drawText(QRect(left + 8, line * height, chosenWidth, height), Qt::AlignVCenter, chosen);
    painter.setFont(ui::font(TextSize::Normal));
    painter.setPen(theme.dimText);
    const int restWidth = std::max(0, room - chosenWidth - 6);
    painter.drawText(QRect(left + 14 + chosenWidth, line * height, restWidth, height), Qt::AlignVCenter,
                     painter.fontMetrics().elidedText(branch.rest, Qt::ElideRight, restWidth));
}

void BranchTree::mousePressEvent(QMouseEvent *event)
{
    const int line = lineAt(event->pos().y());
    if (event->button() != Qt::LeftButton || line < 0)
        return;
    const int branch = m_lines[static_cast<std::size_t>(line)].branch;
    if (event->modifiers().testFlag(Qt::ShiftModifier))
        emit compareChosen(branch == m_compared ? -1 : branch);
    else
        emit chosen(branch);
}

void BranchTree::keyPressEvent(QKeyEvent *event)
{
    const int by = event->key() == Qt::Key_Down ? 1 : (event->key() == Qt::Key_Up ? -1 : 0);
    if (by == 0)
        return QWidget::keyPressEvent(event);
    const bool isComparing = event->modifiers().testFlag(Qt::ShiftModifier);
    const int from = isComparing && m_compared >= 0 ? m_compared : m_current;
    const auto isFrom = [from](const BranchLine &line) { return line.branch == from; };
    const auto next = std::find_if(m_lines.begin(), m_lines.end(), isFrom) - m_lines.begin() + by;
    if (next < 0 || next >= static_cast<std::ptrdiff_t>(m_lines.size()))
        return;
    const int branch = m_lines[static_cast<std::size_t>(next)].branch;
    if (isComparing)
        emit compareChosen(branch);
    else
        emit chosen(branch);
}

void BranchTree::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::ApplicationFontChange)
        updateGeometry();
    QWidget::changeEvent(event);
}

bool BranchTree::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        const int line = lineAt(help->pos().y());
        QString tip;
        if (line >= 0) {
            const Branch &branch = m_branches[static_cast<std::size_t>(m_lines[static_cast<std::size_t>(line)].branch)];
            tip = branch.chosen + QLatin1Char(' ') + branch.rest;
        }
        QToolTip::showText(help->globalPos(), tip, this);
        return true;
    }
    return QWidget::event(event);
}

} // namespace ui
