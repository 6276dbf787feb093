// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/status_line.h"

#include "ui/shell/card.h"
#include "ui/state/numbers.h"
#include "ui/state/results.h"
#include "ui/state/texts.h"
#include "ui/state/theme.h"

#include <QPainter>

namespace ui {

StatusLine::StatusLine(QWidget *parent)
    : QStatusBar(parent), m_state(new DimLabel), m_tokens(new DimLabel), m_time(new DimLabel), m_kept(new DimLabel)
{
    setSizeGripEnabled(false);
    setContentsMargins(10, 0, 10, 0);
    for (QLabel *label : {m_state, m_tokens, m_time}) {
        label->setWordWrap(false);
        label->setContentsMargins(4, 2, 14, 2);
        addWidget(label);
    }
    m_kept->setWordWrap(false);
    addPermanentWidget(m_kept);
    setAccessibleName(tr("Status"));
    showWork(Work::None);
}

void StatusLine::showWork(Work work)
{
    m_state->setText(work == Work::Loading ? tr("Loading") : (work == Work::Running ? tr("Running") : tr("Ready")));
}

void StatusLine::showResult(const LoadedModelPtr &model, const TaskResultPtr &result)
{
    m_tokens->setVisible(result != nullptr);
    m_time->setVisible(result != nullptr);
    m_kept->setVisible(result != nullptr);
    if (!result)
        return;
    m_tokens->setText(result->encoding.size() == 1
                          ? tr("1 token")
                          : tr("%1 tokens").arg(groupedText(static_cast<std::int64_t>(result->encoding.size()))));
    QString time = generationIn(*result) != nullptr ? tr("generated in %1") : tr("forward %1");
    time = time.arg(millisecondsText(result->elapsedMs));
    if (model && model->info().threads > 0)
        time += QStringLiteral(" · ") +
                (model->info().threads == 1 ? tr("1 thread") : tr("%1 threads").arg(model->info().threads));
    m_time->setText(time);
    std::int64_t attention = 0;
    QStringList dropped;
    if (result->trace) {
        for (const engine::AttentionRecord &record : result->trace->attentions)
            attention += static_cast<std::int64_t>(record.bytes());
        for (const std::string &what : result->trace->dropped)
            dropped << fromUtf8(what);
    }
    m_kept->setText(tr("attention %1 kept, native form").arg(bytesText(attention)));
    if (!dropped.isEmpty())
        m_kept->setText(m_kept->text() + tr(" · records dropped: %1").arg(dropped.size()));
    m_kept->setToolTip(dropped.join(QLatin1Char('\n')));
}

QString StatusLine::text() const
{
    return QStringList{m_state->text(), m_tokens->text(), m_time->text(), m_kept->text()}.join(QStringLiteral(" | "));
}

void StatusLine::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), Theme::current().card);
    painter.fillRect(QRect(0, 0, width(), 1), Theme::current().cardBorder);
}

} // namespace ui
