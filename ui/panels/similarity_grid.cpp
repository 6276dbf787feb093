// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/similarity_grid.h"

#include "ui/paint/text.h"

#include <QFontMetrics>
#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>

namespace ui {

namespace {

constexpr double kLabelShare = 0.4; // of the width, at most
constexpr int kLeastCell = 44;      // pixels, wide enough for "−0.83"

} // namespace

SimilarityGrid::SimilarityGrid(QWidget *parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setAccessibleName(tr("Similarity of every pair of texts"));
}

void SimilarityGrid::setSimilarities(const QStringList &texts, std::vector<double> values)
{
    m_texts = texts;
    m_values = std::move(values);
    updateGeometry();
    update();
}

int SimilarityGrid::rowHeight() const
{
    return QFontMetrics(ui::font(TextSize::Normal)).height() + kGrid;
}

double SimilarityGrid::labelWidth() const
{
    const double cells = static_cast<double>(m_texts.size()) * kLeastCell;
    return std::clamp(width() * kLabelShare, 0.0, std::max(0.0, width() - cells));
}

QSize SimilarityGrid::sizeHint() const
{
    const int rows = static_cast<int>(m_texts.size());
    return {rows * kLeastCell, (rows + 1) * rowHeight()};
}

QRectF SimilarityGrid::cellRect(int row, int column) const
{
    const double left = labelWidth();
    const double cell = (width() - left) / std::max<double>(1.0, static_cast<double>(m_texts.size()));
    return {left + column * cell, static_cast<double>((row + 1) * rowHeight()), cell, static_cast<double>(rowHeight())};
}

void SimilarityGrid::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const QFont normal = ui::font(TextSize::Normal);
    painter.setFont(normal);
    const int count = static_cast<int>(m_texts.size());
    for (int row = 0; row < count; ++row) {
        painter.setPen(Theme::current().text);
        const QRectF label(0.0, cellRect(row, 0).top(), labelWidth() - kGrid, rowHeight());
        const QString name = QStringLiteral("%1  %2").arg(row + 1).arg(m_texts[row]);
        painter.drawText(label, Qt::AlignVCenter | Qt::AlignLeft, elided(name, normal, label.width()));
        QRectF number = cellRect(-1, row);
        painter.drawText(number, Qt::AlignCenter, QString::number(row + 1));
        for (int column = 0; column < count; ++column) {
            const double value = m_values[static_cast<std::size_t>(row * count + column)];
            const QRectF cell = cellRect(row, column).adjusted(1.0, 1.0, -1.0, -1.0);
            const QColor ground = diverging(value);
            painter.fillRect(cell, ground);
            painter.setPen(inkOn(ground));
            painter.drawText(cell, Qt::AlignCenter, QString::number(value, 'f', 2));
        }
    }
}

bool SimilarityGrid::event(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto *help = static_cast<QHelpEvent *>(event);
    QString tip;
    for (int row = 0; row < m_texts.size(); ++row)
        for (int column = 0; column < m_texts.size(); ++column)
            if (cellRect(row, column).contains(help->pos()))
                tip = tr("“%1” and “%2”").arg(m_texts[row], m_texts[column]);
    QToolTip::showText(help->globalPos(), tip, this);
    return true;
}

} // namespace ui
