// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/mechanisms/reversible_view.h"

#include <algorithm>

namespace ui {

ReversibleView::ReversibleView(SelectionModel &selectionModel, QWidget *parent) : MechanismView(selectionModel, parent)
{
    setWindowTitle(tr("Reversible layers"));
    setAccessibleName(tr("Memory saved by reversible layers and a feed-forward in blocks"));
}

bool ReversibleView::read()
{
    const auto &mechanisms = result()->trace->mechanisms;
    const auto found = std::ranges::find(mechanisms, "reversible_memory", &engine::MechanismRecord::name);
    if (found == mechanisms.end() || found->tensor.elements() != 4)
        return false;
    const auto numbers = found->tensor.ints();
    m_layers = numbers[0];
    m_streams = numbers[1];
    m_inner = numbers[2];
    m_innerAtOnce = numbers[3];
    return true;
}

void ReversibleView::lay(Column &column) const
{
    column.heading(windowTitle(), tr("and a feed-forward in blocks"));
    column.paragraph(
        tr("Two streams run through the layers: y1 = x1 + attention(x2), y2 = x2 + feed-forward(y1). From y1 and y2 "
           "follow x1 and "
           "x2 again, so that training can run a layer backwards instead of keeping what every layer was given. The "
           "feed-forward looks at one position at a time and is therefore computed in blocks of rows."));
    column.bars(
        {{.label = tr("streams, once"), .value = static_cast<double>(m_streams), .number = bytesText(m_streams)},
         {.label = tr("kept by all %1 layers").arg(m_layers),
          .value = static_cast<double>(m_layers * m_streams),
          .number = bytesText(m_layers * m_streams),
          .isDimmed = true},
         {.label = tr("feed-forward, a block"), .value = static_cast<double>(m_inner), .number = bytesText(m_inner)},
         {.label = tr("feed-forward at once"),
          .value = static_cast<double>(m_innerAtOnce),
          .number = bytesText(m_innerAtOnce),
          .isDimmed = true}});
    column.gap(6.0);
    strip(column);
    column.gap();
}

StripText ReversibleView::usualText() const
{
    const std::int64_t saved = (m_layers - 1) * m_streams + m_innerAtOnce - m_inner;
    return {tr("%1 less").arg(bytesText(saved)), tr("for this text, from the sizes of this run's own tensors. Hatched: "
                                                    "what a model without either would keep to be trained.")};
}

NumberTable ReversibleView::numbers() const
{
    NumberTable table{{"what", "bytes", "bytes_without"}, {}};
    table.rows.push_back(
        {QStringLiteral("streams"), static_cast<qlonglong>(m_streams), static_cast<qlonglong>(m_layers * m_streams)});
    table.rows.push_back(
        {QStringLiteral("feed_forward"), static_cast<qlonglong>(m_inner), static_cast<qlonglong>(m_innerAtOnce)});
    return table;
}

} // namespace ui
