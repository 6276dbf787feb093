// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/vector_strip.h"

#include "ui/state/theme.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

constexpr int kCell = 12;

} // namespace

VectorStrip::VectorStrip(QWidget *parent) : QWidget(parent)
{
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    setAccessibleName(tr("Values of the vector"));
}

void VectorStrip::setValues(std::vector<float> values)
{
    m_values = std::move(values);
    m_largest = 0.0F;
    for (const float value : m_values)
        m_largest = std::max(m_largest, std::abs(value));
    updateGeometry();
    update();
}

int VectorStrip::columns(int width) const
{
    return std::max(1, width / kCell);
}

int VectorStrip::heightForWidth(int width) const
{
    const int across = columns(width);
    return (static_cast<int>(m_values.size()) + across - 1) / across * kCell;
}

QSize VectorStrip::sizeHint() const
{
    constexpr int kPreferredWidth = 400;
    return {kPreferredWidth, heightForWidth(std::max(width(), kPreferredWidth))};
}

void VectorStrip::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    QPainter painter(this);
    const int across = columns(width());
    for (std::size_t i = 0; i < m_values.size(); ++i) {
        const int index = static_cast<int>(i);
        QColor colour = m_values[i] < 0.0F ? theme.negative : theme.positive;
        const double strength = m_largest > 0.0F ? std::abs(m_values[i]) / m_largest : 0.0;
        colour.setAlphaF(static_cast<float>(0.06 + 0.94 * strength));
        painter.fillRect(QRect(index % across * kCell, index / across * kCell, kCell - 1, kCell - 1), colour);
    }
}

bool VectorStrip::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        const int across = columns(width());
        const int column = help->pos().x() / kCell;
        const auto index = static_cast<std::size_t>(help->pos().y() / kCell * across + column);
        const bool isCell = column < across && index < m_values.size();
        const QString tip = isCell ? tr("value %1: %2").arg(index).arg(static_cast<double>(m_values[index])) : QString();
        QToolTip::showText(help->globalPos(), tip, this);
        return true;
    }
    return QWidget::event(event);
}

} // namespace ui
