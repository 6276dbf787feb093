// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/vote_grid.h"

#include "ui/paint/text.h"

#include <QFontMetrics>
#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

constexpr double kLabelShare = 0.36; // of the width, at most
constexpr int kLeastCell = 48;       // pixels, wide enough for "100 %"

// The card's colour with as much of the accent as the share says.
QColor shareColour(double share)
{
    const Theme &theme = Theme::current();
    constexpr double kStrength = 0.75;
    const auto mix = [share](int from, int to) {
        return static_cast<int>(std::lround(from + kStrength * std::clamp(share, 0.0, 1.0) * (to - from)));
    };
    return {mix(theme.chip.red(), theme.accent.red()), mix(theme.chip.green(), theme.accent.green()),
            mix(theme.chip.blue(), theme.accent.blue())};
}

} // namespace

VoteGrid::VoteGrid(QWidget *parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setAccessibleName(tr("Which document voted for which word"));
}

void VoteGrid::setVotes(const QStringList &documents, std::vector<VoteRow> rows)
{
    m_documents = documents;
    m_rows = std::move(rows);
    QStringList spoken;
    for (const VoteRow &row : m_rows) {
        const auto most = std::max_element(row.shares.begin(), row.shares.end());
        if (most != row.shares.end())
            spoken << tr("%1: %2").arg(row.token, m_documents.value(static_cast<int>(most - row.shares.begin())));
    }
    setAccessibleDescription(spoken.join(QStringLiteral(", ")));
    updateGeometry();
    update();
}

int VoteGrid::rowHeight() const
{
    return QFontMetrics(ui::font(TextSize::Normal)).height() + kGrid;
}

double VoteGrid::labelWidth() const
{
    const double cells = static_cast<double>(m_documents.size()) * kLeastCell;
    return std::clamp(width() * kLabelShare, 0.0, std::max(0.0, width() - cells));
}

QSize VoteGrid::sizeHint() const
{
    return {static_cast<int>(m_documents.size()) * kLeastCell, (static_cast<int>(m_rows.size()) + 1) * rowHeight()};
}

QRectF VoteGrid::cellRect(int row, int column) const
{
    const double left = labelWidth();
    const double cell = (width() - left) / std::max<double>(1.0, static_cast<double>(m_documents.size()));
    return {left + column * cell, static_cast<double>((row + 1) * rowHeight()), cell, static_cast<double>(rowHeight())};
}

void VoteGrid::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const QFont normal = ui::font(TextSize::Normal);
    const QFont small = ui::font(TextSize::Small);
    const Theme &theme = Theme::current();
    painter.setFont(small);
    painter.setPen(theme.dimText);
    for (int column = 0; column < m_documents.size(); ++column) {
        const QRectF head = cellRect(-1, column).adjusted(2.0, 0.0, -2.0, 0.0);
        painter.drawText(head, Qt::AlignCenter, elided(m_documents[column], small, head.width()));
    }
    for (int row = 0; row < static_cast<int>(m_rows.size()); ++row) {
        const VoteRow &votes = m_rows[static_cast<std::size_t>(row)];
        const QRectF label(0.0, cellRect(row, 0).top(), labelWidth() - kGrid, rowHeight());
        painter.setFont(small);
        painter.setPen(theme.dimText);
        drawTabular(painter, label, votes.number);
        painter.setFont(normal);
        painter.setPen(theme.text);
        const double room = label.width() - tabularWidth(QFontMetrics(small), votes.number) - kGrid;
        painter.drawText(label, Qt::AlignVCenter | Qt::AlignLeft, elided(votes.token, normal, room));
        for (std::size_t column = 0; column < votes.shares.size(); ++column) {
            const QRectF cell = cellRect(row, static_cast<int>(column)).adjusted(1.0, 1.0, -1.0, -1.0);
            const QColor ground = shareColour(votes.shares[column]);
            painter.fillRect(cell, ground);
            painter.setPen(inkOn(ground));
            painter.drawText(cell, Qt::AlignCenter, tr("%1 %").arg(std::lround(100.0 * votes.shares[column])));
        }
    }
}

void VoteGrid::mousePressEvent(QMouseEvent *event)
{
    for (int row = 0; row < static_cast<int>(m_rows.size()); ++row)
        for (int column = 0; column < m_documents.size(); ++column)
            if (cellRect(row, column).contains(event->position()))
                emit clicked(row, column);
}

bool VoteGrid::event(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto *help = static_cast<QHelpEvent *>(event);
    QString tip;
    for (int row = 0; row < static_cast<int>(m_rows.size()); ++row)
        for (int column = 0; column < m_documents.size(); ++column)
            if (cellRect(row, column).contains(help->pos()))
                tip = tr("“%1”: %2 has %3 of the votes")
                          .arg(m_rows[static_cast<std::size_t>(row)].token, m_documents[column],
                               probabilityText(
                                   m_rows[static_cast<std::size_t>(row)].shares[static_cast<std::size_t>(column)]));
    QToolTip::showText(help->globalPos(), tip, this);
    return true;
}

} // namespace ui
