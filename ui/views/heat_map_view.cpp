// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/heat_map_view.h"

#include "engine/error.h"
#include "engine/export.h"

#include <filesystem>

namespace ui {

QString engineExport(const std::function<void()> &writes)
{
    try {
        writes();
    } catch (const std::exception &error) {
        return QString::fromUtf8(error.what());
    }
    return {};
}

HeatMapView::HeatMapView(SelectionModel &selectionModel, QWidget *parent) : CellsView(selectionModel, parent)
{
    setWindowTitle(tr("Attention"));
    setAccessibleName(tr("Attention heat map"));
    plot().setAccessibleName(tr("Attention heat map: arrow keys choose a pair, + and − zoom, Home shows all"));
}

QStringList HeatMapView::exportExtensions() const
{
    return CellsView::exportExtensions() << QStringLiteral("csv") << QStringLiteral("json") << QStringLiteral("npy");
}

QString HeatMapView::exportNumbers(const QString &file)
{
    if (!chosen())
        return tr("%1: there is no attention to write").arg(file);
    return engineExport([&] {
        engine::exportAttention(file.toStdString(), *result(),
                                {.stack = chosen().record->stack,
                                 .layer = chosen().record->layer,
                                 .head = chosen().head,
                                 .batch = chosen().row});
    });
}

HeatContent HeatMapView::makeContent()
{
    m_values = MaxPyramid(chosen().matrix());
    HeatContent content;
    content.rows = m_values.base().rows;
    content.columns = m_values.base().columns;
    content.labels = labels();
    content.colourBarTop = static_cast<double>(m_values.largest());
    HeatMapValues values{&m_values, m_values.largest(), {}};
    const engine::MaskRule rule = chosen().record->mask.rule();
    if (!rule.isTrivial())
        values.isHidden = [rule, row = chosen().row](std::int64_t query, std::int64_t key) {
            return !rule.isVisible(row, query, key);
        };
    // The result stays alive while the view shows it.
    content.paintCells = [values, keepsAlive = result()](QPainter &painter, const HeatMapGeometry &geometry) {
        paintHeatCells(painter, geometry, values);
    };
    return content;
}

StripText HeatMapView::describe(const Cell &cell) const
{
    const float weight = chosen().matrix().at(cell.row, cell.column);
    const std::string why = chosen().record->mask.rule().why(chosen().row, cell.row, cell.column);
    return {pairText(cell), QStringLiteral("%1 %2 %3").arg(probabilityText(static_cast<double>(weight)), QString(QChar(0x00B7)),
                                                      QString::fromStdString(why))};
}

StripText HeatMapView::describeAll() const
{
    const QString dropped = droppedText(result());
    return {tr("Each row sums to 1."),
            tr("A row is a token that looks, a column is what it looks at. Point at a pair, or click it.") +
                (dropped.isEmpty() ? QString() : QLatin1Char(' ') + dropped)};
}

QString HeatMapView::heading() const
{
    return tr("%1 attention, layer %2, head %3")
        .arg(stackTitle(chosen().record->stack))
        .arg(chosen().record->layer + 1)
        .arg(chosen().head + 1);
}

} // namespace ui
