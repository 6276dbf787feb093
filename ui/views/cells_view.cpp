// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/cells_view.h"

#include <QPainter>
#include <QShowEvent>

#include <algorithm>

namespace ui {

namespace {
constexpr double kFlattest = 0.3;   // height by width of a plot with few rows
constexpr double kStripRoom = 52.0; // two lines at least: the strip may grow into it without moving the page
} // namespace

CellsView::CellsView(SelectionModel &selectionModel, QWidget *parent)
    : View(selectionModel, parent), m_plot(new HeatPlot(this))
{
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    m_plot->hide();
    connect(&selectionModel, &SelectionModel::changed, this, &CellsView::follow);
    connect(m_plot, &HeatPlot::cellHovered, this, [this](std::optional<Cell> cell) {
        m_hovered = cell;
        refreshStrip();
    });
    connect(m_plot, &HeatPlot::cellClicked, this,
            [this](const Cell &cell) { selection().selectPair(cell.row, cell.column); });
}

void CellsView::show(const LoadedModelPtr &model, const TaskResultPtr &result)
{
    m_model = model;
    m_result = result;
    m_chosen = chooseAttention(m_result, selection().current());
    m_hovered.reset();
    m_isStale = true;
    updateGeometry();
    if (isVisible())
        refresh();
    emit shown(m_result);
}

void CellsView::follow(const Selection &current)
{
    const ChosenAttention next = chooseAttention(m_result, current);
    const bool hasMoved =
        next.record != m_chosen.record || next.row != m_chosen.row || (dependsOnHead() && next.head != m_chosen.head);
    m_chosen = next;
    m_isStale = m_isStale || hasMoved;
    if (!isVisible())
        return;
    if (m_isStale)
        refresh();
    m_plot->setMarks({.row = current.query, .column = current.key});
    refreshStrip();
}

void CellsView::refresh()
{
    m_isStale = false;
    m_plot->setVisible(static_cast<bool>(m_chosen));
    m_plot->setContent(m_chosen ? makeContent() : HeatContent{});
    m_plot->setMarks({.row = selection().current().query, .column = selection().current().key});
    arrange();
    refreshStrip();
}

void CellsView::showEvent(QShowEvent *event)
{
    View::showEvent(event);
    if (m_isStale)
        refresh();
}

HeatMapLabels CellsView::labels() const
{
    return {m_chosen.labels(m_model, m_result, AttentionAxis::Queries), m_chosen.labels(m_model, m_result, AttentionAxis::Keys)};
}

QString CellsView::pairText(const Cell &cell) const
{
    const auto labelAt = [](const std::vector<QString> &texts, std::int64_t index) {
        const auto at = static_cast<std::size_t>(index);
        return at < texts.size() ? texts[at] : QString::number(index);
    };
    const HeatMapLabels &shown = m_plot->content().labels;
    return QStringLiteral("%1 %2 %3")
        .arg(labelAt(shown.rows, cell.row), QString(QChar(0x2192)), labelAt(shown.columns, cell.column));
}

StripText CellsView::stripText() const
{
    const HeatContent &content = m_plot->content();
    const HeatMapMarks &marks = m_plot->marks();
    if (m_hovered)
        return describe(*m_hovered);
    if (marks.row && marks.column && *marks.row >= 0 && *marks.column >= 0 && *marks.row < content.rows &&
        *marks.column < content.columns)
        return describe({*marks.row, *marks.column});
    return describeAll();
}

void CellsView::refreshStrip()
{
    if (!m_chosen)
        return;
    const StripText text = stripText();
    setAccessibleDescription(text.bold + QLatin1Char(' ') + text.text);
    update();
}

double CellsView::plotHeight(double width) const
{
    if (!m_chosen)
        return 160.0;
    const double rows = static_cast<double>(m_chosen.record->queries());
    const double columns = static_cast<double>(std::max<std::int64_t>(1, m_chosen.record->keys()));
    const double ratio = std::clamp(rows / columns, kFlattest, 1.0);
    constexpr double kSideMargins = 116.0; // rulers and colour bar, roughly
    constexpr double kTopMargins = 64.0;
    return std::max(120.0, (width - kSideMargins) * ratio + kTopMargins);
}

int CellsView::heightForWidth(int width) const
{
    return static_cast<int>(plotHeight(width) + (m_chosen ? kGrid + stripRoom(width) : 0.0));
}

// Narrow views need more lines for the text that stands there most.
double CellsView::stripRoom(double width) const
{
    return std::max(kStripRoom, stripHeight(describeAll(), width));
}

void CellsView::arrange()
{
    m_plot->setGeometry(
        0, 0, width(), std::max(40, height() - static_cast<int>(kGrid + (m_chosen ? stripRoom(width()) : kStripRoom))));
}

void CellsView::resizeEvent(QResizeEvent *event)
{
    View::resizeEvent(event);
    arrange();
}

void CellsView::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    if (!m_chosen) {
        const EmptyWords words = whyNoAttention(m_result);
        paintEmpty(painter, QRectF(rect()), words.title, words.advice);
        return;
    }
    const StripText text = stripText();
    painter.setClipRect(rect());
    paintStrip(painter, QRectF(0, m_plot->geometry().bottom() + 1 + kGrid, width(), stripHeight(text, width())), text);
}

void CellsView::paintExport(QPainter &painter, const QSize &size)
{
    const QRectF area = QRectF(QPointF(0, 0), QSizeF(size)).adjusted(kGrid, kGrid, -kGrid, -kGrid);
    if (!m_chosen) {
        const EmptyWords words = whyNoAttention(m_result);
        paintEmpty(painter, area, words.title, words.advice);
        return;
    }
    if (m_isStale)
        refresh();
    const StripText strip = stripText();
    const double room = stripHeight(strip, area.width());
    const double top = paintHeading(painter, area, heading());
    QRectF plotArea(area.left(), top, area.width(), area.bottom() - top - room - kGrid);
    plotArea.setHeight(std::max(40.0, std::min(plotArea.height(), plotHeight(area.width()))));
    const HeatContent &content = m_plot->content();
    const HeatMapGeometry geometry = heatGeometry(content, plotArea, m_plot->range());
    const HeatMapMarks marks{.row = m_plot->marks().row, .column = m_plot->marks().column};
    paintHeatContent(painter, content, geometry, marks);
    paintMarks(painter, geometry, marks);
    paintStrip(painter, QRectF(area.left(), plotArea.bottom() + kGrid, area.width(), room), strip);
}

} // namespace ui
