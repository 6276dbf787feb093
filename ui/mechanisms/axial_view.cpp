// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/mechanisms/axial_view.h"

#include "ui/paint/signed_map.h"

#include <algorithm>

namespace ui {

namespace {

constexpr std::string_view kTables = "axial_positions.";
constexpr double kTableSide = 56.0; // thickness of the tables beside the grid
constexpr double kLargestSide = 300.0;

} // namespace

std::int64_t AxialTables::positions() const
{
    std::int64_t product = 1;
    for (const AxialAxis &axis : axes)
        product *= axis.size;
    return product;
}

std::int64_t AxialTables::features() const
{
    std::int64_t sum = 0;
    for (const AxialAxis &axis : axes)
        sum += axis.features;
    return sum;
}

std::int64_t AxialTables::parameters() const
{
    std::int64_t sum = 0;
    for (const AxialAxis &axis : axes)
        sum += axis.size * axis.features;
    return sum;
}

std::vector<std::int64_t> AxialTables::rowsOf(std::int64_t position) const
{
    std::vector<std::int64_t> rows(axes.size(), 0);
    for (std::size_t i = axes.size(); i-- > 0;) {
        rows[i] = position % axes[i].size;
        position /= axes[i].size;
    }
    return rows;
}

AxialTables axialTables(const engine::Trace &trace)
{
    AxialTables tables;
    for (const engine::MechanismRecord &record : trace.mechanisms) {
        const std::string next = std::string(kTables) + std::to_string(tables.axes.size());
        if (record.name == next && record.tensor.rank() == 2)
            tables.axes.push_back({record.tensor.size(0), record.tensor.size(1), record.tensor});
    }
    return tables;
}

AxialView::AxialView(SelectionModel &selectionModel, QWidget *parent) : MechanismView(selectionModel, parent)
{
    setWindowTitle(tr("Axial positions"));
    setAccessibleName(tr("Position vectors out of two tables: left and right choose a position"));
}

bool AxialView::read()
{
    m_tables = axialTables(*result()->trace);
    if (m_tables.axes.size() != 2)
        return false;
    const auto &states = result()->trace->hiddenStates;
    m_length = static_cast<std::int64_t>(result()->encoding.size());
    m_labels = labelsOf(states.empty() ? engine::Stack::Encoder : states.front().stack, m_length);
    return m_length > 0;
}

std::int64_t AxialView::token() const
{
    return std::clamp<std::int64_t>(selection().current().query.value_or(m_length / 2), 0, m_length - 1);
}

void AxialView::lay(Column &column) const
{
    const AxialAxis &first = m_tables.axes[0];
    const AxialAxis &last = m_tables.axes[1];
    column.heading(windowTitle(),
                   tr("%1 × %2 = %3 positions").arg(first.size).arg(last.size).arg(groupedText(m_tables.positions())));
    column.paragraph(
        tr("A table with a row for every position would be enormous. Positions stand in a grid instead: position j "
           "takes row "
           "j div %1 of the left table and row j mod %1 of the upper one, side by side: %2 + %3 = %4 numbers.")
            .arg(last.size)
            .arg(first.features)
            .arg(last.features)
            .arg(m_tables.features()));
    layGrid(column);
    column.gap(6.0);
    strip(column);
    column.gap(14.0);
    layVector(column);
    column.gap(16.0);
    layBill(column);
    column.gap();
}

void AxialView::layGrid(Column &column) const
{
    const AxialAxis &first = m_tables.axes[0];
    const AxialAxis &last = m_tables.axes[1];
    const double width =
        std::min(column.width() - kTableSide - 6.0, static_cast<double>(scaled(static_cast<int>(kLargestSide))));
    const double ratio = std::clamp(static_cast<double>(first.size) / static_cast<double>(last.size), 0.25, 1.0);
    const QRectF room = column.take(kTableSide + 6.0 + width * ratio);
    const Grid grid{.cells =
                        QRectF(room.left() + kTableSide + 6.0, room.top() + kTableSide + 6.0, width, width * ratio),
                    .left = QRectF(room.left(), room.top() + kTableSide + 6.0, kTableSide, width * ratio),
                    .top = QRectF(room.left() + kTableSide + 6.0, room.top(), width, kTableSide)};
    column.paint([&](QPainter &painter) { paintGrid(painter, grid); });
    const auto positionAt = [this, grid](const QPointF &point) {
        const auto row = static_cast<std::int64_t>((point.y() - grid.cells.top()) / grid.cells.height() *
                                                   static_cast<double>(m_tables.axes[0].size));
        const auto across = static_cast<std::int64_t>((point.x() - grid.cells.left()) / grid.cells.width() *
                                                      static_cast<double>(m_tables.axes[1].size));
        return std::clamp<std::int64_t>(row, 0, m_tables.axes[0].size - 1) * m_tables.axes[1].size +
               std::clamp<std::int64_t>(across, 0, m_tables.axes[1].size - 1);
    };
    column.spot({.area = grid.cells,
                 .say = [this, positionAt](const QPointF &point) { return describe(positionAt(point)); },
                 .act =
                     [this, positionAt](const QPointF &point) {
                         if (const std::int64_t position = positionAt(point); position < m_length)
                             chooser().selectPair(position, std::nullopt);
                     }});
}

void AxialView::paintGrid(QPainter &painter, const Grid &grid) const
{
    const Theme &theme = Theme::current();
    const AxialAxis &first = m_tables.axes[0];
    const AxialAxis &last = m_tables.axes[1];
    const auto rows = m_tables.rowsOf(token());
    const double cellWidth = grid.cells.width() / static_cast<double>(last.size);
    const double cellHeight = grid.cells.height() / static_cast<double>(first.size);
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.fillRect(grid.cells, theme.chip);
    // The text fills the grid line by line.
    const std::int64_t used = std::min(m_length, m_tables.positions());
    const std::int64_t whole = used / last.size;
    painter.fillRect(
        QRectF(grid.cells.left(), grid.cells.top(), grid.cells.width(), static_cast<double>(whole) * cellHeight),
        theme.accentGround);
    painter.fillRect(QRectF(grid.cells.left(), grid.cells.top() + static_cast<double>(whole) * cellHeight,
                            static_cast<double>(used % last.size) * cellWidth, cellHeight),
                     theme.accentGround);
    paintSignedMap(painter, grid.left,
                   {.values = first.table.floats(),
                    .rows = first.size,
                    .columns = first.features,
                    .largest = largestMagnitude(first.table.floats())});
    paintSignedMap(painter, grid.top,
                   {.values = last.table.floats(),
                    .rows = last.size,
                    .columns = last.features,
                    .largest = largestMagnitude(last.table.floats()),
                    .isTransposed = true});
    const QRectF cell(grid.cells.left() + static_cast<double>(rows[1]) * cellWidth,
                      grid.cells.top() + static_cast<double>(rows[0]) * cellHeight, cellWidth, cellHeight);
    painter.fillRect(cell.adjusted(-1, -1, 1, 1), theme.accent);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(theme.text, 1.5));
    painter.drawRect(QRectF(grid.left.left(), cell.top() - 1.0, grid.left.width(), std::max(3.0, cell.height() + 2.0)));
    painter.drawRect(QRectF(cell.left() - 1.0, grid.top.top(), std::max(3.0, cell.width() + 2.0), grid.top.height()));
}

void AxialView::layVector(Column &column) const
{
    const auto rows = m_tables.rowsOf(token());
    column.heading(tr("One position's vector"), tr("position %1, “%2”").arg(token()).arg(labelAt(m_labels, token())));
    const QRectF line = column.take(scaled(22));
    column.paint([&](QPainter &painter) {
        double x = line.left();
        for (std::size_t i = 0; i < m_tables.axes.size(); ++i) {
            const AxialAxis &axis = m_tables.axes[i];
            const double width =
                (line.width() - 4.0) * static_cast<double>(axis.features) / static_cast<double>(m_tables.features());
            const auto values = axis.table.floats().subspan(static_cast<std::size_t>(rows[i] * axis.features),
                                                            static_cast<std::size_t>(axis.features));
            paintSignedMap(painter, QRectF(x, line.top(), width, line.height()),
                           {.values = values,
                            .rows = 1,
                            .columns = axis.features,
                            .largest = largestMagnitude(axis.table.floats())});
            x += width + 4.0;
        }
    });
    column.gap(6.0);
    column.paragraph(tr("Left part: row %1 of the left table, shared by %2 positions; right part: row %3 of the upper "
                        "one, shared by %4.")
                         .arg(rows[0])
                         .arg(m_tables.axes[1].size)
                         .arg(rows[1])
                         .arg(m_tables.axes[0].size));
}

void AxialView::layBill(Column &column) const
{
    const std::int64_t plain = m_tables.positions() * m_tables.features();
    column.heading(tr("Parameters"), tr("%1 % saved")
                                         .arg(oneDecimal(100.0 * static_cast<double>(plain - m_tables.parameters()) /
                                                         static_cast<double>(plain))));
    column.bars(
        {{.label = tr("two tables"),
          .value = static_cast<double>(m_tables.parameters()),
          .number = groupedText(m_tables.parameters())},
         {.label = tr("one table"),
          .value = static_cast<double>(plain),
          .number = groupedText(plain),
          .note = QStringLiteral("%1 × %2").arg(groupedText(m_tables.positions()), groupedText(m_tables.features())),
          .isDimmed = true}});
}

StripText AxialView::describe(std::int64_t position) const
{
    const auto rows = m_tables.rowsOf(position);
    const QString word = position < m_length ? tr("“%1”").arg(labelAt(m_labels, position)) : tr("beyond this text");
    return {tr("Position %1").arg(position),
            tr("%1: row %2 of the left table, row %3 of the upper one.").arg(word).arg(rows[0]).arg(rows[1])};
}

StripText AxialView::usualText() const
{
    return describe(token());
}

NumberTable AxialView::numbers() const
{
    NumberTable table{{"axis", "size", "features", "parameters"}, {}};
    for (std::size_t i = 0; i < m_tables.axes.size(); ++i) {
        const AxialAxis &axis = m_tables.axes[i];
        table.rows.push_back({static_cast<qlonglong>(i), static_cast<qlonglong>(axis.size),
                              static_cast<qlonglong>(axis.features),
                              static_cast<qlonglong>(axis.size * axis.features)});
    }
    table.rows.push_back({QStringLiteral("one table"), static_cast<qlonglong>(m_tables.positions()),
                          static_cast<qlonglong>(m_tables.features()),
                          static_cast<qlonglong>(m_tables.positions() * m_tables.features())});
    return table;
}

} // namespace ui
