// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/mechanisms/sharing_view.h"

#include <algorithm>
#include <array>

namespace ui {

namespace {

constexpr int kBoxHeight = 30;

QColor groupColour(std::int64_t group)
{
    const Theme &theme = Theme::current();
    const std::array colours{theme.accent, theme.category(engine::Category::Autoregressive),
                             theme.category(engine::Category::SequenceToSequence),
                             theme.category(engine::Category::Multimodal), theme.category(engine::Category::Retrieval)};
    return colours[static_cast<std::size_t>(group) % colours.size()];
}

std::span<const std::int64_t> numbersOf(const engine::Trace &trace, const char *name)
{
    const auto found = std::ranges::find(trace.mechanisms, name, &engine::MechanismRecord::name);
    return found == trace.mechanisms.end() ? std::span<const std::int64_t>() : found->tensor.ints();
}

} // namespace

std::int64_t SharingBill::words() const
{
    return embedding > 0 ? vocabulary * embedding + embedding * hidden + hidden : 0;
}

std::int64_t SharingBill::plainWords() const
{
    return embedding > 0 ? vocabulary * hidden : 0;
}

std::int64_t SharingBill::layers() const
{
    std::int64_t sum = 0;
    for (const std::int64_t parameters : groupParameters)
        sum += parameters;
    return sum;
}

std::int64_t SharingBill::plainLayers() const
{
    std::int64_t sum = 0;
    for (const std::int64_t group : groups)
        sum += groupParameters[static_cast<std::size_t>(group)];
    return sum;
}

SharingBill sharingBill(const engine::ModelInfo &info, const engine::Trace &trace)
{
    SharingBill bill;
    if (const auto sizes = numbersOf(trace, "embedding_sizes"); sizes.size() == 3) {
        bill.vocabulary = sizes[0];
        bill.embedding = sizes[1];
        bill.hidden = sizes[2];
    }
    const auto groups = numbersOf(trace, "layer_groups");
    bill.groups.assign(groups.begin(), groups.end());
    for (const std::int64_t group : bill.groups) {
        const auto index = static_cast<std::size_t>(group);
        if (bill.groupParameters.size() <= index)
            bill.groupParameters.resize(index + 1, 0);
        for (const auto &[name, parameters] : info.parameterGroups)
            if (name == "layer " + std::to_string(group))
                bill.groupParameters[index] = parameters;
    }
    return bill;
}

SharingView::SharingView(SelectionModel &selectionModel, QWidget *parent) : MechanismView(selectionModel, parent)
{
    setWindowTitle(tr("Shared parameters"));
    setAccessibleName(tr("Shared parameters as a bill"));
}

bool SharingView::read()
{
    m_bill = sharingBill(loadedModel()->info(), *result()->trace);
    return m_bill.embedding > 0 || !m_bill.groups.empty();
}

void SharingView::lay(Column &column) const
{
    const std::int64_t whole = loadedModel()->info().parameters;
    const std::int64_t plain = whole - m_bill.words() + m_bill.plainWords() - m_bill.layers() + m_bill.plainLayers();
    column.heading(windowTitle(), tr("%1 instead of %2").arg(countText(whole), countText(plain)));
    QStringList words;
    if (m_bill.embedding > 0)
        words << tr("Words have vectors of %1 numbers, and one matrix brings them to the %2 of the layers: a "
                    "vocabulary of %3 "
                    "need not be as wide as the thinking about it.")
                     .arg(groupedText(m_bill.embedding), groupedText(m_bill.hidden), groupedText(m_bill.vocabulary));
    if (!m_bill.groups.empty())
        words << tr("The %1 layers run with the parameters of %2 of them: memory is saved, time is not.")
                     .arg(m_bill.groups.size())
                     .arg(m_bill.groupParameters.size());
    column.paragraph(words.join(QLatin1Char(' ')));
    if (!m_bill.groups.empty())
        layGroups(column);
    strip(column);
    column.gap(20.0);
    layBill(column);
    column.gap();
}

void SharingView::layGroups(Column &column) const
{
    const QRectF line = column.take(scaled(kBoxHeight));
    const double pitch = line.width() / static_cast<double>(m_bill.groups.size());
    for (std::size_t i = 0; i < m_bill.groups.size(); ++i) {
        const QRectF box(line.left() + static_cast<double>(i) * pitch, line.top(), pitch - std::min(4.0, pitch / 4.0),
                         line.height());
        const std::int64_t group = m_bill.groups[i];
        column.paint([&](QPainter &painter) {
            const QColor colour = groupColour(group);
            painter.setPen(Qt::NoPen);
            painter.setBrush(colour);
            painter.drawRoundedRect(box, 5.0, 5.0);
            painter.setPen(inkOn(colour));
            painter.setFont(ui::font(TextSize::Small));
            const QString full = tr("layer %1 · group %2").arg(i + 1).arg(group + 1);
            const bool fits = painter.fontMetrics().horizontalAdvance(full) < box.width() - 4.0;
            painter.drawText(box, Qt::AlignCenter, fits ? full : QString::number(group + 1));
        });
        column.spot({.area = box, .say = [this, i, group](const QPointF &) {
                         const auto users = std::ranges::count(m_bill.groups, group);
                         return StripText{tr("Layer %1").arg(i + 1),
                                          tr("runs with group %1: %2 parameters, used in %3 of the layers.")
                                              .arg(group + 1)
                                              .arg(groupedText(m_bill.groupParameters[static_cast<std::size_t>(group)]))
                                              .arg(users)};
                     }});
    }
    column.gap(10.0);
}

void SharingView::layBill(Column &column) const
{
    column.heading(tr("The bill"), tr("parameters, and how many there would be without sharing"));
    std::vector<ValueRow> rows;
    const auto add = [&rows](const QString &label, std::int64_t count) {
        rows.push_back({.label = label, .value = static_cast<double>(count), .number = groupedText(count)});
    };
    const auto addPlain = [&](const QString &label, std::int64_t count, std::int64_t shared) {
        add(label, count);
        rows.back().isDimmed = true;
        rows.back().note =
            count > 0 ? tr("%1 % saved")
                            .arg(oneDecimal(100.0 * static_cast<double>(count - shared) / static_cast<double>(count)))
                      : QString();
    };
    if (m_bill.embedding > 0) {
        add(tr("words, %1 wide").arg(m_bill.embedding), m_bill.words());
        addPlain(tr("words, %1 wide").arg(m_bill.hidden), m_bill.plainWords(), m_bill.words());
    }
    if (!m_bill.groups.empty()) {
        add(tr("layers, shared"), m_bill.layers());
        addPlain(tr("layers, each its own"), m_bill.plainLayers(), m_bill.layers());
    }
    column.bars(rows);
    column.gap(6.0);
    column.paragraph(
        tr("Hatched: the same model without sharing. Words count their table and the matrix behind it, layers "
           "everything in their groups as it stands in the checkpoint."));
}

StripText SharingView::usualText() const
{
    const std::int64_t saved = m_bill.plainWords() - m_bill.words() + m_bill.plainLayers() - m_bill.layers();
    return {tr("%1 parameters saved").arg(groupedText(saved)),
            tr("which is %1 as 32-bit floats.").arg(bytesText(4 * saved))};
}

NumberTable SharingView::numbers() const
{
    NumberTable table{{"part", "parameters", "parameters_unshared"}, {}};
    if (m_bill.embedding > 0)
        table.rows.push_back({QStringLiteral("words"), static_cast<qlonglong>(m_bill.words()),
                              static_cast<qlonglong>(m_bill.plainWords())});
    for (std::size_t group = 0; group < m_bill.groupParameters.size(); ++group)
        table.rows.push_back(
            {QStringLiteral("group %1").arg(group), static_cast<qlonglong>(m_bill.groupParameters[group]),
             static_cast<qlonglong>(m_bill.groupParameters[group] *
                                    std::ranges::count(m_bill.groups, static_cast<std::int64_t>(group)))});
    return table;
}

} // namespace ui
