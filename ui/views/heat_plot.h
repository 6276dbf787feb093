// SPDX-License-Identifier: GPL-3.0-or-later
// The plot that heat maps live in: QCustomPlot keeps the axes' ranges, drags and layers; the painters of
// ui/paint make the picture. A picture is kept until something that it shows changes.
#pragma once

#include "ui/paint/heat_map.h"

#include <QPixmap>
#include <qcustomplot.h>

#include <functional>
#include <optional>

namespace ui {

// What a heat map shows. `paintCells` paints into geometry.cells.
struct HeatContent {
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    HeatMapLabels labels = {};
    std::optional<double> colourBarTop = {};
    std::function<void(QPainter &, const HeatMapGeometry &)> paintCells = {};
};

// Everything of a heat map but its marks on hovered cells, into `area` of a picture.
[[nodiscard]] HeatMapGeometry heatGeometry(const HeatContent &content, const QRectF &area, const QRectF &range);
void paintHeatContent(QPainter &painter, const HeatContent &content, const HeatMapGeometry &geometry,
                      const HeatMapMarks &marks);

class HeatPlot final : public QCustomPlot {
    Q_OBJECT
public:
    explicit HeatPlot(QWidget *parent = nullptr);

    // The range stays where the number of rows and columns stays.
    void setContent(HeatContent content);
    void setMarks(const HeatMapMarks &marks);
    [[nodiscard]] const HeatContent &content() const noexcept { return m_content; }
    [[nodiscard]] const HeatMapMarks &marks() const noexcept { return m_marks; }
    [[nodiscard]] QRectF range() const; // cells that are seen
    void setRange(const QRectF &range);
    [[nodiscard]] HeatMapGeometry geometryNow() const;
    void forgetPicture(); // colours or contents changed

signals:
    void cellHovered(std::optional<ui::Cell> cell);
    void cellClicked(const ui::Cell &cell);

protected:
    void wheelEvent(QWheelEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    friend class HeatLayerable;
    void paintInto(QPainter &painter);
    void keepInside();
    void hover(std::optional<Cell> cell);
    void zoom(const QPointF &centre, double factor);

    HeatContent m_content;
    HeatMapMarks m_marks;
    QPixmap m_picture;
    HeatMapGeometry m_pictureGeometry;
    HeatMapMarks m_pictureMarks;
    QPoint m_pressedAt;
    bool m_isBounding = false;
};

} // namespace ui
