// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/heat_plot.h"

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

constexpr double kWheelFactor = 0.8;

bool isWhole(const QRectF &range, const HeatContent &content)
{
    return range.width() >= static_cast<double>(content.columns) && range.height() >= static_cast<double>(content.rows);
}

} // namespace

// The one item of the plot: it hands QCustomPlot's painter to the painters.
class HeatLayerable final : public QCPLayerable {
public:
    explicit HeatLayerable(HeatPlot *plot) : QCPLayerable(plot, QStringLiteral("main")), m_plot(plot) {}

protected:
    void applyDefaultAntialiasingHint(QCPPainter *) const override {}
    void draw(QCPPainter *painter) override { m_plot->paintInto(*painter); }

private:
    HeatPlot *m_plot;
};

HeatMapGeometry heatGeometry(const HeatContent &content, const QRectF &area, const QRectF &range)
{
    const HeatMapMargins margins =
        heatMapMargins(content.labels, {.width = area.width(), .colourBarTop = content.colourBarTop});
    return {area.adjusted(margins.left, margins.top, -margins.right, -margins.bottom), range, content.rows,
            content.columns};
}

void paintHeatContent(QPainter &painter, const HeatContent &content, const HeatMapGeometry &geometry,
                      const HeatMapMarks &marks)
{
    if (content.rows <= 0 || content.columns <= 0 || geometry.cells.isEmpty())
        return;
    content.paintCells(painter, geometry);
    paintRulers(painter, geometry, content.labels, marks);
    if (content.colourBarTop)
        paintColourBar(painter, geometry.cells, *content.colourBarTop);
}

HeatPlot::HeatPlot(QWidget *parent) : QCustomPlot(parent)
{
    setAttribute(Qt::WA_NoMousePropagation, false); // a wheel or menu that is not ours goes to the page
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setInteractions(QCP::iRangeDrag);
    axisRect()->setAutoMargins(QCP::msNone);
    axisRect()->setRangeDrag(Qt::Horizontal | Qt::Vertical);
    for (QCPAxis *axis : {xAxis, yAxis}) {
        axis->setVisible(false);
        axis->grid()->setVisible(false);
        connect(axis, qOverload<const QCPRange &>(&QCPAxis::rangeChanged), this, &HeatPlot::keepInside);
    }
    yAxis->setRangeReversed(true);
    setBackground(Theme::current().card);
    new HeatLayerable(this); // owned by the plot
}

void HeatPlot::setContent(HeatContent content)
{
    const bool hasSameSize = content.rows == m_content.rows && content.columns == m_content.columns;
    m_content = std::move(content);
    m_marks.hovered.reset();
    forgetPicture();
    if (!hasSameSize)
        setRange(fullRange(m_content.rows, m_content.columns));
}

void HeatPlot::setMarks(const HeatMapMarks &marks)
{
    m_marks.row = marks.row;
    m_marks.column = marks.column;
    replot(rpQueuedReplot);
}

QRectF HeatPlot::range() const
{
    const QCPRange x = xAxis->range();
    const QCPRange y = yAxis->range();
    return boundedRange({x.lower, y.lower, x.size(), y.size()}, m_content.rows, m_content.columns);
}

void HeatPlot::setRange(const QRectF &range)
{
    const QRectF bounded = boundedRange(range, m_content.rows, m_content.columns);
    m_isBounding = true;
    if (!bounded.isEmpty()) {
        xAxis->setRange(bounded.left(), bounded.right());
        yAxis->setRange(bounded.top(), bounded.bottom());
    }
    m_isBounding = false;
    replot(rpQueuedReplot);
}

HeatMapGeometry HeatPlot::geometryNow() const
{
    return heatGeometry(m_content, QRectF(rect()), range());
}

void HeatPlot::forgetPicture()
{
    m_picture = QPixmap();
    replot(rpQueuedReplot);
}

void HeatPlot::keepInside()
{
    if (!m_isBounding)
        setRange(range());
}

void HeatPlot::paintInto(QPainter &painter)
{
    if (m_content.rows <= 0 || m_content.columns <= 0)
        return;
    const HeatMapGeometry geometry = geometryNow();
    const QRect cells = geometry.cells.toRect();
    axisRect()->setMargins({cells.left(), cells.top(), width() - cells.right(), height() - cells.bottom()});
    const bool isCurrent = !m_picture.isNull() && geometry == m_pictureGeometry && m_pictureMarks.row == m_marks.row &&
                           m_pictureMarks.column == m_marks.column;
    if (!isCurrent) {
        const double scale = devicePixelRatioF();
        m_picture = QPixmap((QSizeF(size()) * scale).toSize());
        m_picture.setDevicePixelRatio(scale);
        m_picture.fill(Theme::current().card);
        QPainter picture(&m_picture);
        paintHeatContent(picture, m_content, geometry, m_marks);
        m_pictureGeometry = geometry;
        m_pictureMarks = m_marks;
    }
    painter.drawPixmap(0, 0, m_picture);
    paintMarks(painter, geometry, m_marks);
}

void HeatPlot::hover(std::optional<Cell> cell)
{
    if (cell == m_marks.hovered)
        return;
    m_marks.hovered = cell;
    replot(rpQueuedReplot);
    emit cellHovered(cell);
}

void HeatPlot::zoom(const QPointF &centre, double factor)
{
    setRange(zoomedRange(range(), centre, factor));
}

void HeatPlot::wheelEvent(QWheelEvent *event)
{
    const HeatMapGeometry geometry = geometryNow();
    const bool zoomsIn = event->angleDelta().y() > 0;
    if (event->angleDelta().y() == 0 || !geometry.cells.contains(event->position()) ||
        (!zoomsIn && isWhole(range(), m_content))) {
        event->ignore(); // the page scrolls
        return;
    }
    const QPointF inside = event->position() - geometry.cells.topLeft();
    zoom({range().left() + inside.x() / geometry.cellWidth(), range().top() + inside.y() / geometry.cellHeight()},
         std::pow(kWheelFactor, event->angleDelta().y() / 120.0));
    event->accept();
}

void HeatPlot::mousePressEvent(QMouseEvent *event)
{
    m_pressedAt = event->pos();
    QCustomPlot::mousePressEvent(event);
}

void HeatPlot::mouseMoveEvent(QMouseEvent *event)
{
    QCustomPlot::mouseMoveEvent(event);
    hover(geometryNow().cellAt(event->position()));
}

void HeatPlot::mouseReleaseEvent(QMouseEvent *event)
{
    QCustomPlot::mouseReleaseEvent(event);
    if (event->button() != Qt::LeftButton || (event->pos() - m_pressedAt).manhattanLength() > 3)
        return;
    if (const auto cell = geometryNow().cellAt(event->position()))
        emit cellClicked(*cell);
}

void HeatPlot::mouseDoubleClickEvent(QMouseEvent *event)
{
    QCustomPlot::mouseDoubleClickEvent(event);
    setRange(fullRange(m_content.rows, m_content.columns));
}

void HeatPlot::leaveEvent(QEvent *event)
{
    QCustomPlot::leaveEvent(event);
    hover({});
}

void HeatPlot::keyPressEvent(QKeyEvent *event)
{
    if (m_content.rows <= 0 || m_content.columns <= 0) {
        event->ignore();
        return;
    }
    Cell cell{m_marks.row.value_or(0), m_marks.column.value_or(0)};
    switch (event->key()) {
    case Qt::Key_Left:
        --cell.column;
        break;
    case Qt::Key_Right:
        ++cell.column;
        break;
    case Qt::Key_Up:
        --cell.row;
        break;
    case Qt::Key_Down:
        ++cell.row;
        break;
    case Qt::Key_Plus:
        zoom(m_marks.column ? QPointF(static_cast<double>(cell.column) + 0.5, static_cast<double>(cell.row) + 0.5)
                            : range().center(),
             kWheelFactor);
        return;
    case Qt::Key_Minus:
        zoom(range().center(), 1.0 / kWheelFactor);
        return;
    case Qt::Key_Home:
        setRange(fullRange(m_content.rows, m_content.columns));
        return;
    default:
        event->ignore();
        return;
    }
    emit cellClicked({std::clamp<std::int64_t>(cell.row, 0, m_content.rows - 1),
                      std::clamp<std::int64_t>(cell.column, 0, m_content.columns - 1)});
}

void HeatPlot::changeEvent(QEvent *event)
{
    QCustomPlot::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
        setBackground(Theme::current().card);
        forgetPicture();
    }
}

} // namespace ui
