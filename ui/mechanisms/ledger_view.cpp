// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/mechanisms/ledger_view.h"

#include "ui/views/attention_data.h"

#include <algorithm>

namespace ui {

std::vector<LedgerLine> attentionLedger(const engine::Trace &trace)
{
    std::vector<LedgerLine> lines;
    for (const engine::AttentionRecord &record : trace.attentions) {
        LedgerLine line{.stack = record.stack,
                        .layer = record.layer,
                        .queries = record.queries(),
                        .keys = record.keys(),
                        .nativeBytes = static_cast<std::int64_t>(record.bytes()),
                        .denseBytes = record.rows() * record.heads() * record.queries() * record.keys() * 4};
        const auto timing = std::ranges::find_if(trace.timings, [&](const engine::LayerTiming &of) {
            return of.stack == record.stack && of.layer == record.layer;
        });
        if (timing != trace.timings.end())
            line.milliseconds = timing->milliseconds;
        lines.push_back(line);
    }
    return lines;
}

LedgerView::LedgerView(SelectionModel &selectionModel, QWidget *parent) : MechanismView(selectionModel, parent)
{
    setWindowTitle(tr("Ledger of the attention"));
    setAccessibleName(tr("What the attention of every layer cost"));
}

bool LedgerView::read()
{
    m_lines = attentionLedger(*result()->trace);
    m_native = 0;
    m_dense = 0;
    for (const LedgerLine &line : m_lines) {
        m_native += line.nativeBytes;
        m_dense += line.denseBytes;
    }
    return !m_lines.empty();
}

void LedgerView::lay(Column &column) const
{
    column.heading(windowTitle(), tr("%1 of weights in this run").arg(bytesText(m_native)));
    column.paragraph(
        tr("Every layer's attention weights in the form in which they were computed, and what they would take as "
           "full squares of queries × keys. The time is that of the whole layer, feed-forward included."));
    strip(column);
    column.gap(10.0);
    std::vector<ValueRow> rows;
    const bool hasSeveralStacks =
        std::ranges::any_of(m_lines, [this](const LedgerLine &line) { return line.stack != m_lines.front().stack; });
    for (const LedgerLine &line : m_lines) {
        const QString layer = tr("layer %1").arg(line.layer + 1);
        QString note = tr("of %1").arg(bytesText(line.denseBytes));
        if (line.milliseconds >= 0.0)
            note += QStringLiteral(" · ") + millisecondsText(line.milliseconds);
        rows.push_back(
            {.label = hasSeveralStacks ? QStringLiteral("%1, %2").arg(stackTitle(line.stack).toLower(), layer) : layer,
             .value = static_cast<double>(line.nativeBytes),
             .number = bytesText(line.nativeBytes),
             .note = note,
             .isSelected = line.layer == selection().current().layer && line.stack == selection().current().stack});
    }
    column.bars(rows);
    column.gap();
}

StripText LedgerView::usualText() const
{
    if (m_native == m_dense)
        return {tr("Full squares"),
                tr("in every layer: twice the text takes four times the memory (%1 here).").arg(bytesText(m_dense))};
    if (m_native > m_dense)
        return {tr("%1 instead of %2").arg(bytesText(m_native), bytesText(m_dense)),
                tr("This text is shorter than what one token looks at: sparse attention pays off on longer ones.")};
    const double share =
        100.0 * static_cast<double>(m_native) / static_cast<double>(std::max<std::int64_t>(1, m_dense));
    return {tr("%1 instead of %2").arg(bytesText(m_native), bytesText(m_dense)),
            tr("%1 % of full squares.").arg(oneDecimal(share))};
}

NumberTable LedgerView::numbers() const
{
    NumberTable table{{"stack", "layer", "queries", "keys", "native_bytes", "dense_bytes", "ms"}, {}};
    for (const LedgerLine &line : m_lines)
        table.rows.push_back({QString::fromLatin1(engine::name(line.stack)), line.layer,
                              static_cast<qlonglong>(line.queries), static_cast<qlonglong>(line.keys),
                              static_cast<qlonglong>(line.nativeBytes), static_cast<qlonglong>(line.denseBytes),
                              line.milliseconds >= 0.0 ? QVariant(line.milliseconds) : QVariant()});
    return table;
}

} // namespace ui
