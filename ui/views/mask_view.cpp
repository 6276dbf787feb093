// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/mask_view.h"

#include "ui/views/heat_map_view.h"

#include "engine/export.h"

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

constexpr std::int64_t kMostCounted = std::int64_t{1} << 25; // pairs; of a larger mask every n-th row is counted
constexpr double kSquareFrom = 6.0;                          // pixels a side from which a pair is drawn by itself

QColor visibleColour()
{
    return Theme::current().accent;
}

// Share of a block's pairs that are visible, from at most 3 × 3 of them: rules are made of bands and columns.
double visibleShare(const engine::MaskRule &rule, std::int64_t batch, const CellSpan &rows, const CellSpan &columns)
{
    const auto at = [](const CellSpan &span, int third) {
        return span.begin + (span.end - 1 - span.begin) * third / 2;
    };
    const int rowSteps = rows.end - rows.begin > 1 ? 3 : 1;
    const int columnSteps = columns.end - columns.begin > 1 ? 3 : 1;
    int visible = 0;
    for (int i = 0; i < rowSteps; ++i)
        for (int j = 0; j < columnSteps; ++j)
            visible += rule.isVisible(batch, at(rows, i), at(columns, j)) ? 1 : 0;
    return static_cast<double>(visible) / (rowSteps * columnSteps);
}

void paintRuleImage(QPainter &painter, const HeatMapGeometry &geometry, const engine::MaskRule &rule,
                    std::int64_t batch)
{
    const double scale =
        painter.device() != nullptr ? std::clamp(painter.device()->devicePixelRatioF(), 1.0, 4.0) : 1.0;
    const int width = std::max(1, static_cast<int>(std::lround(geometry.cells.width() * scale)));
    const int height = std::max(1, static_cast<int>(std::lround(geometry.cells.height() * scale)));
    const auto columns = cellSpans(geometry.range.left(), geometry.range.width(), width, geometry.columns);
    const auto rows = cellSpans(geometry.range.top(), geometry.range.height(), height, geometry.rows);
    QImage image(width, height, QImage::Format_ARGB32_Premultiplied);
    image.fill(hiddenColour());
    QColor ink = visibleColour();
    for (int y = 0; y < height; ++y) {
        auto *line = reinterpret_cast<QRgb *>(image.scanLine(y));
        for (int x = 0; x < width; ++x) {
            const double share =
                visibleShare(rule, batch, rows[static_cast<std::size_t>(y)], columns[static_cast<std::size_t>(x)]);
            const QColor hidden = hiddenColour();
            const auto mix = [share](int from, int to) { return static_cast<int>(from + (to - from) * share); };
            line[x] =
                qRgb(mix(hidden.red(), ink.red()), mix(hidden.green(), ink.green()), mix(hidden.blue(), ink.blue()));
        }
    }
    painter.drawImage(geometry.cells, image);
}

void paintRule(QPainter &painter, const HeatMapGeometry &geometry, const engine::MaskRule &rule, std::int64_t batch)
{
    if (std::min(geometry.cellWidth(), geometry.cellHeight()) < kSquareFrom) {
        paintRuleImage(painter, geometry, rule, batch);
        return;
    }
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, false);
    const auto lastRow =
        std::min<std::int64_t>(geometry.rows - 1, static_cast<std::int64_t>(std::ceil(geometry.range.bottom())));
    const auto lastColumn =
        std::min<std::int64_t>(geometry.columns - 1, static_cast<std::int64_t>(std::ceil(geometry.range.right())));
    for (auto row = static_cast<std::int64_t>(geometry.range.top()); row <= lastRow; ++row) {
        for (auto column = static_cast<std::int64_t>(geometry.range.left()); column <= lastColumn; ++column) {
            const QRectF square = geometry.rectOf({row, column}).adjusted(0.5, 0.5, -0.5, -0.5) & geometry.cells;
            if (rule.isVisible(batch, row, column)) {
                painter.fillRect(square, visibleColour());
            } else {
                // Hatched besides: hidden is not told by colour alone.
                painter.fillRect(square, hiddenColour());
                painter.setPen(QPen(Theme::current().cardBorder, 1.0));
                painter.drawLine(square.bottomLeft(), square.topRight());
            }
        }
    }
    painter.restore();
}

} // namespace

PairCounts countPairs(const engine::MaskRule &rule, std::int64_t batch, const Matrix &pairs)
{
    PairCounts counts;
    counts.all = pairs.rows * pairs.columns;
    if (rule.isTrivial()) {
        counts.visible = counts.all;
    } else if (rule.kind() == engine::MaskKind::Causal) {
        for (std::int64_t query = 0; query < pairs.rows; ++query)
            counts.visible += std::clamp<std::int64_t>(query + rule.queryOffset() + 1, 0, pairs.columns);
    } else if (rule.kind() == engine::MaskKind::Padding) { // the same keys for every query
        for (std::int64_t key = 0; key < pairs.columns; ++key)
            counts.visible += rule.isVisible(batch, 0, key) ? pairs.rows : 0;
    } else {
        const std::int64_t step = std::max<std::int64_t>(1, counts.all / kMostCounted);
        std::vector<std::uint8_t> row(static_cast<std::size_t>(pairs.columns));
        std::int64_t seen = 0;
        for (std::int64_t query = 0; query < pairs.rows; query += step, ++seen) {
            rule.fillRow(batch, query, row);
            counts.visible += std::count(row.begin(), row.end(), 1);
        }
        counts.isEstimate = step > 1;
        if (counts.isEstimate)
            counts.visible = counts.visible * pairs.rows / seen;
    }
    return counts;
}

MaskView::MaskView(SelectionModel &selectionModel, QWidget *parent) : CellsView(selectionModel, parent)
{
    setWindowTitle(tr("Mask"));
    setAccessibleName(tr("Mask of the selected layer"));
    plot().setAccessibleName(tr("Mask: arrow keys choose a pair, + and − zoom, Home shows all"));
}

QStringList MaskView::exportExtensions() const
{
    return CellsView::exportExtensions() << QStringLiteral("csv") << QStringLiteral("json");
}

QString MaskView::exportNumbers(const QString &file)
{
    if (!chosen())
        return tr("%1: there is no mask to write").arg(file);
    return engineExport([&] {
        engine::exportMask(file.toStdString(), *result(),
                           {.stack = chosen().record->stack, .layer = chosen().record->layer, .batch = chosen().row});
    });
}

HeatContent MaskView::makeContent()
{
    const Matrix pairs = chosen().matrix();
    const engine::MaskRule rule = chosen().record->mask.rule();
    m_counts = countPairs(rule, chosen().row, pairs);
    HeatContent content;
    content.rows = pairs.rows;
    content.columns = pairs.columns;
    content.labels = labels();
    content.paintCells = [rule, row = chosen().row](QPainter &painter, const HeatMapGeometry &geometry) {
        paintRule(painter, geometry, rule, row);
    };
    return content;
}

StripText MaskView::describe(const Cell &cell) const
{
    return {pairText(cell),
            QString::fromStdString(chosen().record->mask.rule().why(chosen().row, cell.row, cell.column))};
}

StripText MaskView::describeAll() const
{
    const double share =
        m_counts.all > 0 ? 100.0 * static_cast<double>(m_counts.visible) / static_cast<double>(m_counts.all) : 0.0;
    return {fromUtf8(chosen().record->mask.rule().text()),
            (m_counts.isEstimate ? tr("About %1 of %2 pairs are visible (%3 %), %4 are hidden.")
                                 : tr("%1 of %2 pairs are visible (%3 %), %4 are hidden."))
                .arg(groupedText(m_counts.visible), groupedText(m_counts.all), oneDecimal(share),
                     groupedText(m_counts.all - m_counts.visible))};
}

QString MaskView::heading() const
{
    return tr("%1 mask, layer %2").arg(stackTitle(chosen().record->stack)).arg(chosen().record->layer + 1);
}

} // namespace ui
