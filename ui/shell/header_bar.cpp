// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/header_bar.h"

#include "ui/shell/pill_button.h"
#include "ui/state/numbers.h"
#include "ui/state/texts.h"
#include "ui/state/theme.h"

#include <QCoreApplication>
#include <QEvent>
#include <QHBoxLayout>
#include <QMenu>
#include <QPainter>

namespace ui {

HeaderBar::HeaderBar(QWidget *parent)
    : QWidget(parent), m_compare(new PillButton(tr("Compare") + QStringLiteral(" ▾"), PillKind::Plain)),
      m_export(new PillButton(tr("Export") + QStringLiteral(" ▾"), PillKind::Plain)),
      m_run(new PillButton(tr("Run"), PillKind::Primary))
{
    m_compare->setAccessibleName(tr("Compare"));
    m_export->setAccessibleName(tr("Export"));
    for (PillButton *button : {m_compare, m_export, m_run})
        button->setFocusPolicy(Qt::TabFocus);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(14, 5, 14, 6);
    row->setSpacing(kGrid);
    row->addStretch(1);
    row->addWidget(m_compare);
    row->addWidget(m_export);
    row->addWidget(m_run);
    connect(m_run, &PillButton::clicked, this, [this] {
        if (m_work == Work::None)
            emit runRequested();
        else
            emit stopRequested();
    });
    showWork(Work::None);
    showModel({});
}

QString modelSummary(const HeaderBar::Shown &shown)
{
    if (!shown.model)
        return QCoreApplication::translate("ui::HeaderBar", "no model is open");
    const engine::ModelInfo &info = shown.model->info();
    QStringList parts = {fromUtf8(info.name)};
    if (shown.isBundled)
        parts << QCoreApplication::translate("ui::HeaderBar", "bundled");
    if (info.parameters > 0)
        parts << QCoreApplication::translate("ui::HeaderBar", "%1 parameters").arg(countText(info.parameters));
    if (!info.weightType.empty())
        parts << fromUtf8(info.weightType).toLower();
    return parts.join(QStringLiteral(" · "));
}

void HeaderBar::showModel(const Shown &shown)
{
    m_title = shown.model ? fromUtf8(shown.model->info().familyTitle) : QCoreApplication::applicationName();
    m_dot = shown.model ? Theme::current().category(shown.model->info().category) : Theme::current().dimText;
    m_summary = modelSummary(shown);
    setToolTip(shown.model ? fromUtf8(shown.model->info().directory.string()) : QString());
    setAccessibleName(m_title + QStringLiteral(", ") + m_summary);
    m_run->setEnabled(shown.model != nullptr || m_work != Work::None);
    update();
}

void HeaderBar::showWork(Work work)
{
    m_work = work;
    const bool isBusy = work != Work::None;
    m_run->setText(isBusy ? tr("Stop") : tr("Run"));
    m_run->setKeyHint(isBusy ? tr("Esc") : tr("Ctrl+⏎"));
    m_run->setKind(isBusy ? PillKind::Stop : PillKind::Primary);
    if (isBusy)
        m_run->setEnabled(true);
}

void HeaderBar::setMenus(QMenu *compare, QMenu *exports)
{
    const auto open = [](const PillButton *button, QMenu *menu) {
        menu->popup(button->mapToGlobal(QPoint(0, button->height() + 2)));
    };
    connect(m_compare, &PillButton::clicked, compare, [this, compare, open] { open(m_compare, compare); });
    connect(m_export, &PillButton::clicked, exports, [this, exports, open] { open(m_export, exports); });
}

QSize HeaderBar::sizeHint() const
{
    return {scaled(700), QFontMetrics(ui::font(TextSize::Normal)).height() + 14 + 12};
}

QSize HeaderBar::minimumSizeHint() const
{
    return {scaled(420), sizeHint().height()};
}

void HeaderBar::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillRect(rect(), theme.card);
    painter.fillRect(QRect(0, height() - 1, width(), 1), theme.cardBorder);
    const int middle = height() / 2;
    painter.setPen(Qt::NoPen);
    painter.setBrush(m_dot);
    painter.drawEllipse(QPointF(18.5, middle), 4.5, 4.5);
    painter.setFont(ui::font(TextSize::Title, true));
    painter.setPen(theme.text);
    const int titleWidth = painter.fontMetrics().horizontalAdvance(m_title);
    painter.drawText(QRect(33, 0, titleWidth, height()), Qt::AlignVCenter, m_title);
    painter.setFont(ui::font(TextSize::Normal));
    const int left = 33 + titleWidth + 10;
    const int room = m_compare->x() - left - 12;
    const QString shown = painter.fontMetrics().elidedText(m_summary, Qt::ElideRight, room - 18);
    const QRect chip(left, middle - painter.fontMetrics().height() / 2 - 4, painter.fontMetrics().horizontalAdvance(shown) + 18,
                     painter.fontMetrics().height() + 8);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.chip);
    painter.drawRoundedRect(chip, 6, 6);
    painter.setPen(theme.dimText);
    painter.drawText(chip, Qt::AlignCenter, shown);
}

void HeaderBar::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::ApplicationFontChange)
        updateGeometry();
    QWidget::changeEvent(event);
}

} // namespace ui
