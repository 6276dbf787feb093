// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/beam_tree_view.h"

#include "ui/views/tables.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QToolTip>

#include <cmath>

namespace ui {

namespace {

constexpr std::size_t kMostRows = 60;

} // namespace

BeamTreeView::BeamTreeView(SelectionModel &selectionModel, QWidget *parent) : PictureView(selectionModel, parent)
{
    setWindowTitle(tr("Beams"));
    setAccessibleName(tr("Tree of the beams"));
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
}

void BeamTreeView::setHistory(std::shared_ptr<const engine::BeamHistory> history)
{
    if (m_history == history)
        return;
    m_history = std::move(history);
    m_segments.clear();
    m_hidden = 0;
    if (m_history) {
        const std::size_t all = beamSegments(*m_history, m_history->nodes.size()).size();
        m_segments = beamSegments(*m_history, kMostRows);
        m_hidden = all - m_segments.size();
    }
    m_selected.reset();
    m_hovered.reset();
    QStringList spoken;
    for (const BeamSegment &segment : m_segments)
        spoken << QStringLiteral("%1 (%2)").arg(segment.text, beamEndText(segment));
    setAccessibleDescription(spoken.join(QStringLiteral(", ")));
    relayout();
}

void BeamTreeView::select(std::optional<std::size_t> row)
{
    m_selected = row;
    update();
}

BeamTreeGeometry BeamTreeView::geometryFor(double width) const
{
    return layoutBeamTree(QRectF(0.0, 0.0, width, 0.0), m_segments);
}

QString BeamTreeView::note() const
{
    QStringList parts;
    if (m_hidden > 0)
        parts << tr("%n more stretch(es) with lower scores are left out here; an export has them all.", nullptr,
                    static_cast<int>(m_hidden));
    if (m_history && m_history->dropped > 0)
        parts << tr("%n token(s) beyond the limit of the history were not kept.", nullptr,
                    static_cast<int>(m_history->dropped));
    return parts.join(QLatin1Char(' '));
}

int BeamTreeView::pictureHeight(int width) const
{
    const double rows = geometryFor(width).area.height();
    const QString text = note();
    return static_cast<int>(std::ceil(rows + (text.isEmpty() ? 0.0 : 6.0 + paragraphHeight(text, width))));
}

void BeamTreeView::paintTree(QPainter &painter, double width, const BeamTreeMarks &marks) const
{
    const BeamTreeGeometry geometry = geometryFor(width);
    paintBeamTree(painter, geometry, m_segments, marks);
    if (const QString text = note(); !text.isEmpty())
        paintParagraph(painter, QRectF(0.0, geometry.area.bottom() + 6.0, width, 0.0), text, Theme::current().dimText);
}

void BeamTreeView::paintExport(QPainter &painter, const QSize &size)
{
    paintTree(painter, size.width(), {.selected = m_selected});
}

void BeamTreeView::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    paintTree(painter, width(), {.selected = m_selected, .hovered = m_hovered, .hasFocus = hasFocus()});
}

QStringList BeamTreeView::exportExtensions() const
{
    return PictureView::exportExtensions() << QStringLiteral("csv") << QStringLiteral("json");
}

QString BeamTreeView::exportNumbers(const QString &file)
{
    NumberTable table{
        {"node", "parent", "step", "token", "id", "log_probability", "sum", "score", "beam", "end", "sequence"}, {}};
    if (m_history)
        for (std::size_t i = 0; i < m_history->nodes.size(); ++i) {
            const engine::BeamNode &node = m_history->nodes[i];
            const std::string_view end = node.end == engine::BeamEnd::None ? std::string_view() : engine::id(node.end);
            const auto number = [](std::int64_t value) {
                return value < 0 ? QVariant() : QVariant(static_cast<qlonglong>(value));
            };
            table.rows.push_back(
                {static_cast<qlonglong>(i), number(node.parent), static_cast<qlonglong>(node.step), fromUtf8(node.text),
                 static_cast<qlonglong>(node.token), node.logProbability, node.sum, node.score, number(node.beam),
                 QString::fromUtf8(end.data(), static_cast<qsizetype>(end.size())), number(node.hypothesis)});
        }
    return writeTable(file, table);
}

void BeamTreeView::choose(std::size_t row)
{
    m_selected = row;
    update();
    emit chosen(m_segments[row].lastNode);
}

void BeamTreeView::mouseMoveEvent(QMouseEvent *event)
{
    const auto row = geometryFor(width()).rowAt(event->position(), m_segments.size());
    if (row == m_hovered)
        return;
    m_hovered = row;
    setCursor(row ? Qt::PointingHandCursor : Qt::ArrowCursor);
    update();
}

void BeamTreeView::mousePressEvent(QMouseEvent *event)
{
    const auto row = geometryFor(width()).rowAt(event->position(), m_segments.size());
    if (event->button() != Qt::LeftButton || !row)
        return PictureView::mousePressEvent(event);
    choose(*row);
}

void BeamTreeView::leaveEvent(QEvent *)
{
    m_hovered.reset();
    update();
}

void BeamTreeView::keyPressEvent(QKeyEvent *event)
{
    const bool isEmpty = m_segments.empty();
    if (!isEmpty && (event->key() == Qt::Key_Down || event->key() == Qt::Key_Up)) {
        const std::size_t last = m_segments.size() - 1;
        if (!m_selected)
            m_selected = 0;
        else if (event->key() == Qt::Key_Down)
            m_selected = std::min(*m_selected + 1, last);
        else
            m_selected = *m_selected - (*m_selected > 0 ? 1 : 0);
        update();
        return;
    }
    if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Space) && event->modifiers() == Qt::NoModifier &&
        m_selected) {
        choose(*m_selected);
        return;
    }
    PictureView::keyPressEvent(event);
}

void BeamTreeView::focusInEvent(QFocusEvent *event)
{
    update();
    PictureView::focusInEvent(event);
}

void BeamTreeView::focusOutEvent(QFocusEvent *event)
{
    update();
    PictureView::focusOutEvent(event);
}

bool BeamTreeView::event(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return PictureView::event(event);
    const auto *help = static_cast<QHelpEvent *>(event);
    const auto row = geometryFor(width()).rowAt(help->pos(), m_segments.size());
    if (!row) {
        QToolTip::hideText();
        return true;
    }
    const BeamSegment &segment = m_segments[*row];
    const engine::BeamNode &node = m_history->nodes[static_cast<std::size_t>(segment.lastNode)];
    QToolTip::showText(help->globalPos(),
                       tr("%1\nnew tokens %2 to %3 · sum %4 · score %5\n%6")
                           .arg(segment.text)
                           .arg(segment.firstStep + 1)
                           .arg(node.step + 1)
                           .arg(node.sum, 0, 'f', 3)
                           .arg(node.score, 0, 'f', 3)
                           .arg(beamEndText(segment)),
                       this);
    return true;
}

} // namespace ui
