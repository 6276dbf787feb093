// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/mechanisms/kernel_view.h"

#include "ui/views/attention_data.h"

#include <algorithm>
#include <cstdlib>

namespace ui {

namespace {

constexpr double kKernelShare = 0.3; // of the width of both maps
constexpr double kLargestSide = 300.0;
constexpr double kBetween = 20.0;

QString offsetText(std::int64_t offset)
{
    if (offset == 0)
        return QStringLiteral("0");
    return (offset < 0 ? QChar(0x2212) : QChar(u'+')) + QString::number(std::abs(offset));
}

bool isKernels(const engine::MechanismRecord &record)
{
    return record.name == "kernels" && record.tensor.rank() == 4 && record.tensor.elements() > 0;
}

} // namespace

KernelView::KernelView(SelectionModel &selectionModel, QWidget *parent) : MechanismView(selectionModel, parent)
{
    setWindowTitle(tr("Convolution beside attention"));
    setAccessibleName(tr("Convolution kernels beside attention: left and right choose a token"));
}

bool KernelView::read()
{
    return std::ranges::any_of(result()->trace->mechanisms, isKernels);
}

void KernelView::follow()
{
    m_record = nullptr;
    const Selection &current = selection().current();
    for (const engine::MechanismRecord &record : result()->trace->mechanisms) {
        const auto distance = [&](const engine::MechanismRecord &of) { return std::abs(of.layer - current.layer); };
        if (isKernels(record) && (m_record == nullptr || distance(record) < distance(*m_record)))
            m_record = &record;
    }
    m_row = std::clamp<std::int64_t>(current.row, 0, m_record->tensor.size(0) - 1);
    m_head = std::clamp<std::int64_t>(current.head, 0, m_record->tensor.size(1) - 1);
    m_length = m_record->tensor.size(2);
    m_width = m_record->tensor.size(3);
    m_labels = labelsOf(m_record->stack, m_length);
    const auto cells = static_cast<std::size_t>(m_length * m_width);
    const auto first = static_cast<std::size_t>(m_row * m_record->tensor.size(1) + m_head) * cells;
    m_kernelMap = MaxPyramid({.values = m_record->tensor.floats().subspan(first, cells),
                              .rows = m_length,
                              .columns = m_width,
                              .fillRow = {}});
    const auto &attentions = result()->trace->attentions;
    const auto beside = std::ranges::find_if(attentions, [this](const engine::AttentionRecord &record) {
        return record.stack == m_record->stack && record.layer == m_record->layer;
    });
    m_attention = beside == attentions.end() ? nullptr : &*beside;
    if (m_attention == nullptr)
        return;
    const auto head = static_cast<int>(std::min(m_head, m_attention->heads() - 1));
    m_attentionMap = MaxPyramid(ChosenAttention{.record = m_attention, .row = m_row, .head = head}.matrix());
}

std::int64_t KernelView::token() const
{
    return std::clamp<std::int64_t>(selection().current().query.value_or(m_length / 2), 0, m_length - 1);
}

float KernelView::kernel(std::int64_t token, std::int64_t tap) const
{
    return m_kernelMap.base().at(token, tap);
}

float KernelView::attention(std::int64_t query, std::int64_t key) const
{
    return m_attention != nullptr ? m_attentionMap.base().at(query, key) : 0.0F;
}

double KernelView::attentionInside() const
{
    const std::int64_t first = std::max<std::int64_t>(0, token() - m_width / 2);
    const std::int64_t last = std::min(m_length - 1, token() + m_width / 2);
    double sum = 0.0;
    for (std::int64_t key = first; m_attention != nullptr && key <= last; ++key)
        sum += static_cast<double>(attention(token(), key));
    return sum;
}

void KernelView::lay(Column &column) const
{
    const auto heads = m_record->tensor.size(1);
    column.heading(windowTitle(), tr("block %1, head %2 of %3").arg(m_record->layer + 1).arg(m_head + 1).arg(heads));
    column.paragraph(
        tr("Half of this block's width does not attend. There each token makes a kernel of its own from the "
           "words around it, and mixes its %1 neighbours by it; the other half are ordinary heads, which "
           "may look anywhere.")
            .arg(m_width));
    layMaps(column);
    column.gap(6.0);
    strip(column);
    column.gap(20.0);
    layToken(column);
    column.gap();
}

void KernelView::layMaps(Column &column) const
{
    const HeatMapMargins margins = heatMapMargins({m_labels, m_labels}, {.width = column.width()});
    const double free = column.width() - margins.left - kBetween - 2.0 * kGrid;
    const double kernelWidth = m_attention != nullptr ? free * kKernelShare : std::min(free, kLargestSide);
    const double side = std::min(free - kernelWidth, static_cast<double>(scaled(static_cast<int>(kLargestSide))));
    const double height = m_attention != nullptr ? side : std::min(kLargestSide, static_cast<double>(m_length) * 18.0);
    const QRectF room = column.take(scaled(18) + margins.top + height + margins.bottom);
    const double top = room.bottom() - margins.bottom - height;
    const Map kernels{{QRectF(margins.left, top, kernelWidth, height), fullRange(m_length, m_width), m_length, m_width},
                      &m_kernelMap};
    const Map attends{{QRectF(margins.left + kernelWidth + kBetween, top, side, height), fullRange(m_length, m_length),
                       m_length, m_length},
                      &m_attentionMap};
    column.paint([&](QPainter &painter) {
        if (isClippedAway(painter, room))
            return;
        painter.translate(room.left(), 0.0); // rulers count from the left edge
        paintKernels(painter, kernels, room.top());
        if (m_attention != nullptr)
            paintAttention(painter, attends, room.top());
    });
    const auto cellOf = [left = room.left()](const Map &map, const QPointF &point) {
        return map.geometry.cellAt(point - QPointF(left, 0.0)).value_or(Cell{});
    };
    column.spot({.area = kernels.geometry.cells.translated(room.left(), 0.0),
                 .say = [this, cellOf, kernels](const QPointF &point) { return sayKernel(cellOf(kernels, point)); },
                 .act = [this, cellOf, kernels](
                            const QPointF &point) { chooser().selectPair(cellOf(kernels, point).row, std::nullopt); }});
    if (m_attention == nullptr)
        return;
    column.spot({.area = attends.geometry.cells.translated(room.left(), 0.0),
                 .say = [this, cellOf, attends](const QPointF &point) { return sayAttention(cellOf(attends, point)); },
                 .act =
                     [this, cellOf, attends](const QPointF &point) {
                         const Cell cell = cellOf(attends, point);
                         chooser().selectPair(cell.row, cell.column);
                     }});
}

namespace {

void paintTitle(QPainter &painter, const QRectF &cells, double top, const QString &text)
{
    painter.setFont(font(TextSize::Small, true));
    painter.setPen(Theme::current().text);
    painter.drawText(QRectF(cells.left(), top, cells.width() + kBetween, scaled(16)), Qt::AlignLeft | Qt::AlignVCenter,
                     text);
}

} // namespace

void KernelView::paintKernels(QPainter &painter, const Map &map, double top) const
{
    const QRectF &cells = map.geometry.cells;
    paintTitle(painter, cells, top, tr("kernel"));
    paintHeatCells(painter, map.geometry, {map.values, map.values->largest(), {}});
    HeatMapGeometry rowsOnly = map.geometry;
    rowsOnly.columns = 0;
    paintRulers(painter, rowsOnly, {m_labels, {}}, {.row = token()});
    painter.setFont(ui::font(TextSize::Small));
    painter.setPen(Theme::current().dimText);
    const QRectF line(cells.left(), cells.top() - 20.0, cells.width(), 18.0);
    painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter, offsetText(-(m_width / 2)));
    painter.drawText(line, Qt::AlignHCenter | Qt::AlignVCenter, offsetText(0));
    painter.drawText(line, Qt::AlignRight | Qt::AlignVCenter, offsetText(m_width / 2));
}

void KernelView::paintAttention(QPainter &painter, const Map &map, double top) const
{
    paintTitle(painter, map.geometry.cells, top, tr("attention"));
    paintHeatCells(painter, map.geometry, {map.values, map.values->largest(), {}});
    HeatMapGeometry columnsOnly = map.geometry;
    columnsOnly.rows = 0; // rows carry their names at the left
    paintRulers(painter, columnsOnly, {{}, m_labels}, {.column = selection().current().key});
}

StripText KernelView::sayKernel(const Cell &cell) const
{
    const std::int64_t from = cell.row + cell.column - m_width / 2;
    const QString neighbour = from < 0 || from >= m_length ? tr("beyond the text") : labelAt(m_labels, from);
    return {QStringLiteral("%1 %2 %3").arg(labelAt(m_labels, cell.row), QString(QChar(0x2190)), neighbour),
            tr("kernel weight %1 at offset %2")
                .arg(probabilityText(static_cast<double>(kernel(cell.row, cell.column))),
                     offsetText(cell.column - m_width / 2))};
}

StripText KernelView::sayAttention(const Cell &cell) const
{
    return {QStringLiteral("%1 %2 %3")
                .arg(labelAt(m_labels, cell.row), QString(QChar(0x2190)), labelAt(m_labels, cell.column)),
            tr("attention weight %1, %2 positions apart")
                .arg(probabilityText(static_cast<double>(attention(cell.row, cell.column))))
                .arg(std::abs(cell.row - cell.column))};
}

void KernelView::layToken(Column &column) const
{
    const std::int64_t chosen = token();
    column.heading(tr("One token's neighbours"), tr("of “%1”, position %2").arg(labelAt(m_labels, chosen)).arg(chosen));
    std::vector<ValueRow> kernelRows;
    std::vector<ValueRow> attentionRows;
    for (std::int64_t tap = 0; tap < m_width; ++tap) {
        const std::int64_t from = chosen + tap - m_width / 2;
        const bool isInside = from >= 0 && from < m_length;
        const float weight = kernel(chosen, tap);
        const QString word = isInside ? labelAt(m_labels, from) : QStringLiteral("—");
        kernelRows.push_back({.label = QStringLiteral("%1  %2").arg(offsetText(tap - m_width / 2), word),
                              .value = static_cast<double>(weight),
                              .number = probabilityText(static_cast<double>(weight)),
                              .isDimmed = !isInside,
                              .isSelected = from == chosen});
        const float look = isInside ? attention(chosen, from) : 0.0F;
        attentionRows.push_back({.label = word,
                                 .value = static_cast<double>(look),
                                 .number = isInside ? probabilityText(static_cast<double>(look)) : QStringLiteral("—"),
                                 .isDimmed = !isInside,
                                 .isSelected = from == chosen});
    }
    layPairOfBars(column, kernelRows, m_attention != nullptr ? attentionRows : std::vector<ValueRow>{});
    column.gap(6.0);
    if (m_attention != nullptr)
        column.paragraph(tr("Left: the kernel. Right: the attention head on the same words; %1 % of its attention lies "
                            "within the kernel's span, the rest further away. Hatched: beyond the text, where the "
                            "convolution reads zeros.")
                             .arg(oneDecimal(100.0 * attentionInside())));
}

void KernelView::layPairOfBars(Column &column, const std::vector<ValueRow> &left,
                               const std::vector<ValueRow> &right) const
{
    const QRectF area = column.take(static_cast<double>(left.size()) * barRowHeight());
    column.paint([&](QPainter &painter) {
        const double half = right.empty() ? area.width() : (area.width() - kBetween) / 2.0;
        const QRectF one(area.left(), area.top(), half, area.height());
        paintValueBars(painter, layoutValueBars(one, left), left);
        if (!right.empty())
            paintValueBars(painter, layoutValueBars(one.translated(half + kBetween, 0.0), right, {.largest = 1.0}),
                           right);
    });
}

StripText KernelView::usualText() const
{
    return {tr("Two ways of looking"),
            tr("in one block, row by row for the same token. Point at a cell to read it; click to choose "
               "its token.")};
}

NumberTable KernelView::numbers() const
{
    NumberTable table{{"layer", "head", "token", "text", "offset", "kernel", "attention"}, {}};
    for (std::int64_t row = 0; row < m_length; ++row)
        for (std::int64_t tap = 0; tap < m_width; ++tap) {
            const std::int64_t from = row + tap - m_width / 2;
            const bool isInside = from >= 0 && from < m_length && m_attention != nullptr;
            table.rows.push_back({m_record->layer, static_cast<qlonglong>(m_head), static_cast<qlonglong>(row),
                                  labelAt(m_labels, row), static_cast<qlonglong>(tap - m_width / 2), kernel(row, tap),
                                  isInside ? QVariant(attention(row, from)) : QVariant()});
        }
    return table;
}

} // namespace ui
