// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/lines_view.h"

#include "ui/views/tables.h"

#include <QFontMetricsF>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {
constexpr double kKeptMass = 0.9;
constexpr double kMiddle = 120.0; // pixels between the two rows of a horizontal picture
} // namespace

LinesView::LinesView(SelectionModel &selectionModel, QWidget *parent) : PictureView(selectionModel, parent)
{
    setWindowTitle(tr("Attention lines"));
    setAccessibleName(tr("Attention as lines between tokens"));
    setMouseTracking(true);
}

void LinesView::setHorizontal(bool isHorizontal)
{
    m_isHorizontal = isHorizontal;
    relayout();
}

void LinesView::setHeads(std::set<int> heads)
{
    m_heads = std::move(heads);
    m_isStale = true;
    update();
}

void LinesView::contentsChanged()
{
    m_chosen = chooseAttention(result(), selection().current());
    m_hovered = {};
    m_isStale = true;
}

void LinesView::selectionChanged()
{
    const ChosenAttention next = chooseAttention(result(), selection().current());
    if (next.record == m_chosen.record && next.row == m_chosen.row && next.head == m_chosen.head)
        return;
    if (next.head != m_chosen.head)
        m_heads.clear();
    m_chosen = next;
    m_isStale = true;
    relayout();
}

std::set<int> LinesView::shownHeads() const
{
    std::set<int> heads;
    for (const int head : m_heads)
        if (m_chosen && head >= 0 && head < static_cast<int>(m_chosen.record->heads()))
            heads.insert(head);
    if (heads.empty())
        heads.insert(m_chosen.head);
    return heads;
}

void LinesView::prepare()
{
    if (!m_isStale || !m_chosen)
        return;
    m_isStale = false;
    const auto heads = shownHeads();
    const Matrix first = m_chosen.matrix(*heads.begin());
    m_labels = {m_chosen.labels(loadedModel(), result(), AttentionAxis::Queries),
                m_chosen.labels(loadedModel(), result(), AttentionAxis::Keys)};
    if (heads.size() == 1) {
        m_lines = chooseLines(first, {.keptMass = kKeptMass});
        return;
    }
    std::vector<float> sum(static_cast<std::size_t>(first.rows * first.columns), 0.0F);
    std::vector<float> buffer;
    const float share = 1.0F / static_cast<float>(heads.size());
    for (const int head : heads) {
        const Matrix matrix = m_chosen.matrix(head);
        for (std::int64_t row = 0; row < matrix.rows; ++row) {
            float *out = sum.data() + row * matrix.columns;
            for (const float value : matrix.row(row, buffer))
                *out++ += value * share;
        }
    }
    m_lines = chooseLines({sum, first.rows, first.columns, {}}, {.keptMass = kKeptMass});
}

std::vector<QRectF> LinesView::headRects(double width) const
{
    std::vector<QRectF> rects;
    const double size = scaled(24);
    double x = 0.0;
    double y = scaled(15) + 2.0 * kGrid;
    for (std::int64_t head = 0; head < m_chosen.record->heads(); ++head) {
        if (x + size > width && x > 0.0) {
            x = 0.0;
            y += size + 4.0;
        }
        rects.emplace_back(x, y, size, size);
        x += size + 4.0;
    }
    return rects;
}

QRectF LinesView::linesArea(const QRectF &area) const
{
    const double top = headRects(area.width()).back().bottom() + kGrid;
    return {area.left(), top, area.width(), std::max(40.0, area.bottom() - top)};
}

LineGeometry LinesView::geometryFor(const QRectF &area) const
{
    LineGeometry geometry;
    geometry.area = linesArea(area);
    geometry.queries = m_chosen.record->queries();
    geometry.keys = m_chosen.record->keys();
    geometry.isHorizontal = m_isHorizontal;
    geometry.pitch = scaled(20);
    geometry.labelRoom = std::min(static_cast<double>(scaled(120)), area.width() * 0.28);
    if (m_isHorizontal) {
        const auto tokens = static_cast<double>(std::max(geometry.queries, geometry.keys));
        geometry.pitch = std::clamp(area.width() / std::max(1.0, tokens), 2.0, static_cast<double>(scaled(28)));
        geometry.labelRoom = scaled(72);
    }
    return geometry;
}

int LinesView::pictureHeight(int width) const
{
    if (!m_chosen)
        return 160;
    const double top = headRects(width).back().bottom() + kGrid;
    const auto tokens = static_cast<double>(std::max(m_chosen.record->queries(), m_chosen.record->keys()));
    const double lines = m_isHorizontal ? 2.0 * scaled(72) + kMiddle : tokens * scaled(20);
    return static_cast<int>(std::ceil(top + lines)) + kGrid;
}

void LinesView::paintHeads(QPainter &painter, double width) const
{
    const Theme &theme = Theme::current();
    const auto shown = shownHeads();
    const auto rects = headRects(width);
    painter.setRenderHint(QPainter::Antialiasing);
    for (std::size_t i = 0; i < rects.size(); ++i) {
        const bool isOn = shown.contains(static_cast<int>(i));
        painter.setPen(Qt::NoPen);
        painter.setBrush(isOn ? theme.accent : theme.chip);
        painter.drawRoundedRect(rects[i], 6.0, 6.0);
        painter.setFont(ui::font(TextSize::Small, isOn));
        painter.setPen(isOn ? theme.accentText : theme.text);
        painter.drawText(rects[i], Qt::AlignCenter, QString::number(i + 1));
    }
}

QString LinesView::hint() const
{
    QString text = tr("%1 lines hold 90 % of each row").arg(groupedText(static_cast<std::int64_t>(m_lines.wanted)));
    if (m_lines.wanted > m_lines.lines.size())
        text = tr("the strongest %1 of %2 lines that hold 90 % of each row")
                   .arg(groupedText(static_cast<std::int64_t>(m_lines.lines.size())),
                        groupedText(static_cast<std::int64_t>(m_lines.wanted)));
    return text;
}

void LinesView::paintExport(QPainter &painter, const QSize &size)
{
    const double inset = painter.device() == this ? 0.0 : kGrid;
    painter.translate(inset, inset);
    const QRectF area(0, 0, size.width() - 2.0 * inset, size.height() - 2.0 * inset);
    if (!m_chosen) {
        const EmptyWords words = whyNoAttention(result());
        paintEmpty(painter, area, words.title, words.advice);
        return;
    }
    prepare();
    const auto heads = shownHeads();
    const QString title = heads.size() == 1 ? tr("Layer %1, head %2").arg(m_chosen.record->layer + 1).arg(*heads.begin() + 1)
                                            : tr("Layer %1, mean of %2 heads").arg(m_chosen.record->layer + 1).arg(heads.size());
    paintHeading(painter, area, title, hint());
    paintHeads(painter, area.width());
    const LineGeometry geometry = geometryFor(area);
    LineMarks marks{selection().current().query, selection().current().key};
    if (m_hovered.query || m_hovered.key)
        marks = m_hovered;
    paintLines(painter, geometry, m_lines.lines, marks);
    if (geometry.pitch >= scaled(10))
        paintLineLabels(painter, geometry, m_labels, marks);
}

void LinesView::mousePressEvent(QMouseEvent *event)
{
    if (!m_chosen || event->button() != Qt::LeftButton) {
        PictureView::mousePressEvent(event);
        return;
    }
    const auto rects = headRects(width());
    for (std::size_t i = 0; i < rects.size(); ++i) {
        if (!rects[i].contains(event->position()))
            continue;
        std::set<int> heads = shownHeads();
        const int head = static_cast<int>(i);
        if (heads.contains(head) && heads.size() > 1)
            heads.erase(head);
        else
            heads.insert(head);
        setHeads(std::move(heads));
        return;
    }
    const LineGeometry geometry = geometryFor(QRectF(rect()));
    const Selection &current = selection().current();
    if (const auto query = geometry.queryAt(event->position()))
        selection().selectPair(current.query == query ? std::nullopt : query, current.key);
    else if (const auto key = geometry.keyAt(event->position()))
        selection().selectPair(current.query, current.key == key ? std::nullopt : key);
    else
        selection().selectPair({}, {});
}

void LinesView::mouseMoveEvent(QMouseEvent *event)
{
    if (!m_chosen)
        return;
    const LineGeometry geometry = geometryFor(QRectF(rect()));
    const LineMarks hovered{geometry.queryAt(event->position()), geometry.keyAt(event->position())};
    if (hovered.query != m_hovered.query || hovered.key != m_hovered.key) {
        m_hovered = hovered;
        update();
    }
}

void LinesView::leaveEvent(QEvent *event)
{
    PictureView::leaveEvent(event);
    m_hovered = {};
    update();
}

QStringList LinesView::exportExtensions() const
{
    return PictureView::exportExtensions() << QStringLiteral("csv") << QStringLiteral("json");
}

QString LinesView::exportNumbers(const QString &file)
{
    if (!m_chosen)
        return tr("%1: there is no attention to write").arg(file);
    prepare();
    NumberTable table{{"layer", "query", "key", "query_token", "key_token", "weight"}, {}};
    for (auto line = m_lines.lines.rbegin(); line != m_lines.lines.rend(); ++line)
        table.rows.push_back({m_chosen.record->layer, static_cast<qlonglong>(line->query), static_cast<qlonglong>(line->key),
                              m_labels.queries[static_cast<std::size_t>(line->query)],
                              m_labels.keys[static_cast<std::size_t>(line->key)], line->weight});
    return writeTable(file, table);
}

} // namespace ui
