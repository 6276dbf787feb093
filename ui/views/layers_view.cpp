// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/layers_view.h"

#include "ui/views/attention_data.h"
#include "ui/views/tables.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

bool isUsable(const engine::LayerTensor &state)
{
    return !state.tensor.isNull() && state.tensor.rank() == 3 && state.tensor.dtype() == engine::DType::F32 &&
           state.tensor.elements() > 0;
}

double layerRowHeight()
{
    return scaled(18);
}

} // namespace

struct LayersView::Section {
    QString title;
    QString meaning;
    Matrix matrix;
    int firstLayer = 0; // the row label of the first row
};

HiddenNumbers hiddenNumbers(const engine::Trace &trace, engine::Stack stack, std::int64_t row)
{
    HiddenNumbers numbers;
    std::vector<const engine::Tensor *> states;
    for (const engine::LayerTensor &state : trace.hiddenStates)
        if (isUsable(state) && state.stack == stack &&
            (states.empty() || state.tensor.shape() == states.front()->shape()))
            states.push_back(&state.tensor);
    if (states.empty())
        return numbers;
    numbers.layers = static_cast<std::int64_t>(states.size());
    numbers.tokens = states.front()->size(1);
    const auto hidden = static_cast<std::size_t>(states.front()->size(2));
    const std::int64_t batchRow = std::clamp<std::int64_t>(row, 0, states.front()->size(0) - 1);
    const auto vectorAt = [&](std::size_t layer, std::int64_t token) {
        return states[layer]->floats().subspan(static_cast<std::size_t>(batchRow * numbers.tokens + token) * hidden,
                                               hidden);
    };
    for (std::size_t layer = 0; layer < states.size(); ++layer) {
        for (std::int64_t token = 0; token < numbers.tokens; ++token) {
            const auto now = vectorAt(layer, token);
            numbers.norms.push_back(static_cast<float>(norm(now)));
            if (layer > 0)
                numbers.changes.push_back(static_cast<float>(1.0 - cosine(vectorAt(layer - 1, token), now)));
        }
    }
    return numbers;
}

LayersView::LayersView(SelectionModel &selectionModel, QWidget *parent) : PictureView(selectionModel, parent)
{
    setWindowTitle(tr("Layers"));
    setAccessibleName(tr("Layers: norms, changes and times"));
}

void LayersView::contentsChanged()
{
    m_isStale = true;
    m_numbers = {};
}

void LayersView::selectionChanged()
{
    if (selection().current().row != m_row || selection().current().stack != m_stack) {
        contentsChanged();
        relayout();
    }
}

void LayersView::prepare()
{
    if (!m_isStale || !result())
        return;
    m_isStale = false;
    m_row = selection().current().row;
    m_stack = selection().current().stack;
    engine::Stack stack = m_stack == engine::Stack::Cross ? engine::Stack::Decoder : m_stack;
    const auto &states = result()->trace->hiddenStates;
    const bool hasStack = std::any_of(states.begin(), states.end(),
                                      [stack](const engine::LayerTensor &state) { return state.stack == stack; });
    if (!hasStack && !states.empty())
        stack = states.front().stack;
    m_numbers = hiddenNumbers(*result()->trace, stack, m_row);
    m_tokens = tokenLabels(loadedModel(), result(), {.stack = stack, .row = m_row, .count = m_numbers.tokens});
}

double LayersView::paintHeat(QPainter &painter, const QRectF &area, const Section &section) const
{
    double y = paintHeading(painter, area, section.title);
    y = paintParagraph(painter, QRectF(area.left(), y - 4, area.width(), 0), section.meaning, Theme::current().dimText);
    const MaxPyramid values(section.matrix);
    HeatMapLabels labels{{}, m_tokens};
    for (std::int64_t row = 0; row < section.matrix.rows; ++row)
        labels.rows.push_back(row + section.firstLayer == 0 ? tr("input") : tr("L%1").arg(row + section.firstLayer));
    const auto largest = static_cast<double>(values.largest());
    const HeatMapMargins margins = heatMapMargins(labels, {.width = area.width(), .colourBarTop = largest});
    const HeatMapGeometry geometry{
        QRectF(area.left() + margins.left, y + margins.top, area.width() - margins.left - margins.right,
               static_cast<double>(section.matrix.rows) * layerRowHeight()),
        fullRange(section.matrix.rows, section.matrix.columns), section.matrix.rows, section.matrix.columns};
    painter.save();
    painter.translate(area.left(), 0.0); // rulers count from the left edge
    HeatMapGeometry moved = geometry;
    moved.cells.translate(-area.left(), 0.0);
    paintHeatCells(painter, moved, {&values, values.largest(), {}});
    const Selection &current = selection().current();
    paintRulers(painter, moved, labels, {.column = current.query});
    QRectF beside = moved.cells;
    beside.setHeight(std::max(32.0, beside.height())); // room for both numbers
    paintColourBar(painter, beside, largest);
    painter.restore();
    return geometry.cells.bottom() + 3.0 * kGrid;
}

std::vector<ValueRow> LayersView::timeRows() const
{
    std::vector<ValueRow> rows;
    bool hasSeveralStacks = false;
    for (const engine::LayerTiming &timing : result()->trace->timings)
        hasSeveralStacks = hasSeveralStacks || timing.stack != result()->trace->timings.front().stack;
    for (const engine::LayerTiming &timing : result()->trace->timings) {
        const QString layer = tr("Layer %1").arg(timing.layer + 1);
        rows.push_back(
            {.label = hasSeveralStacks ? QStringLiteral("%1 %2").arg(stackTitle(timing.stack), layer) : layer,
             .value = timing.milliseconds,
             .number = QString::number(timing.milliseconds, 'f', 2) + tr(" ms"),
             .isSelected = timing.layer == selection().current().layer});
    }
    return rows;
}

double LayersView::paintTimes(QPainter &painter, const QRectF &area) const
{
    const auto rows = timeRows();
    double total = 0.0;
    for (const ValueRow &row : rows)
        total += row.value;
    double y = paintHeading(painter, area, tr("Time in each block"),
                            tr("%1 of %2 in all").arg(millisecondsText(total), millisecondsText(result()->elapsedMs)));
    y = paintParagraph(painter, QRectF(area.left(), y - 4, area.width(), 0),
                       tr("Wall time of this run, on this machine. The first run after loading is slower; it says "
                          "nothing about importance."),
                       Theme::current().dimText) +
        4.0;
    return paintValueBars(painter, layoutValueBars(QRectF(area.left(), y, area.width(), 0), rows), rows) + 2.0 * kGrid;
}

int LayersView::pictureHeight(int width) const
{
    if (!result())
        return 160;
    std::int64_t layers = 0;
    for (const engine::LayerTensor &state : result()->trace->hiddenStates)
        layers += isUsable(state) ? 1 : 0;
    constexpr double kHeadings = 150.0; // heading, meaning and ruler of a section, roughly
    const double headings = kHeadings + (width < 420 ? 3.0 * scaled(16) : scaled(16));
    double height = layers > 0 ? 2.0 * headings + 2.0 * static_cast<double>(layers) * layerRowHeight() : 60.0;
    if (!result()->trace->timings.empty())
        height += static_cast<double>(result()->trace->timings.size()) * barRowHeight() + scaled(80);
    return static_cast<int>(std::ceil(height)) + kGrid;
}

void LayersView::paintExport(QPainter &painter, const QSize &size)
{
    const double inset = painter.device() == this ? 0.0 : kGrid;
    QRectF area = QRectF(QPointF(0, 0), QSizeF(size)).adjusted(inset, inset, -inset, -inset);
    if (!result()) {
        const EmptyWords words = whyNoResult();
        paintEmpty(painter, area, words.title, words.advice);
        return;
    }
    prepare();
    double y = area.top() + 4.0;
    if (m_numbers.layers > 0) {
        y = paintHeat(painter, QRectF(area.left(), y, area.width(), 20),
                      {tr("Length of the hidden states"),
                       tr("Length of each token's vector after each block. Long is not important: a few dimensions "
                          "often carry most of it."),
                       {m_numbers.norms, m_numbers.layers, m_numbers.tokens},
                       0});
        if (m_numbers.layers > 1)
            y = paintHeat(painter, QRectF(area.left(), y, area.width(), 20),
                          {tr("Change made by each block"),
                           tr("1 − cosine between a token's vector before and after the block: 0 is the same "
                              "direction, 1 a right angle. It does not say what changed."),
                           {m_numbers.changes, m_numbers.layers - 1, m_numbers.tokens},
                           1});
    } else {
        const QString dropped = droppedText(result());
        y = paintParagraph(painter, QRectF(area.left(), y, area.width(), 0),
                           dropped.isEmpty() ? tr("Hidden states were not kept. Run again with them being recorded.")
                                             : dropped,
                           Theme::current().dimText, TextSize::Normal) +
            2.0 * kGrid;
    }
    if (!result()->trace->timings.empty())
        paintTimes(painter, QRectF(area.left(), y, area.width(), 20));
}

QStringList LayersView::exportExtensions() const
{
    return PictureView::exportExtensions() << QStringLiteral("csv") << QStringLiteral("json");
}

QString LayersView::exportNumbers(const QString &file)
{
    if (!result())
        return tr("%1: there are no layers to write").arg(file);
    prepare();
    NumberTable table{{"layer", "token", "text", "norm", "change", "block_ms"}, {}};
    for (std::int64_t layer = 0; layer < m_numbers.layers; ++layer) {
        for (std::int64_t token = 0; token < m_numbers.tokens; ++token) {
            const auto at = static_cast<std::size_t>(layer * m_numbers.tokens + token);
            QVariantList row{static_cast<qlonglong>(layer), static_cast<qlonglong>(token),
                             m_tokens[static_cast<std::size_t>(token)], m_numbers.norms[at]};
            row << (layer > 0 ? QVariant(m_numbers.changes[at - static_cast<std::size_t>(m_numbers.tokens)])
                              : QVariant());
            const auto timing = static_cast<std::size_t>(layer) - 1;
            const auto &timings = result()->trace->timings;
            row << (layer > 0 && timing < timings.size() ? QVariant(timings[timing].milliseconds) : QVariant());
            table.rows.push_back(std::move(row));
        }
    }
    return writeTable(file, table);
}

} // namespace ui
