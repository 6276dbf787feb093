// SPDX-License-Identifier: GPL-3.0-or-later
// A picture whose parts can be pointed at.
#pragma once

#include "ui/paint/picture.h"

#include "engine/image.h"

#include <QImage>
#include <QPixmap>
#include <QWidget>

#include <memory>

namespace ui {

// The pixels of an engine's picture; they stay where they are.
[[nodiscard]] QImage toQImage(const std::shared_ptr<const engine::Image> &image);
// Transparency is dropped, as the engine's own decoders do.
[[nodiscard]] engine::Image fromQImage(const QImage &image);

class RegionPicture : public QWidget {
    Q_OBJECT
public:
    explicit RegionPicture(QWidget *parent = nullptr);

    void setImage(const std::shared_ptr<const engine::Image> &image); // null: nothing is painted
    void setMarks(PictureMarks marks);
    [[nodiscard]] const PictureMarks &marks() const noexcept { return m_marks; }

    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override;
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

signals:
    void clicked(int region);
    void hovered(int region); // −1: none

protected:
    void paintEvent(QPaintEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    [[nodiscard]] PictureGeometry geometryNow() const;
    [[nodiscard]] int regionAt(const QPointF &point) const;
    void point(int region);
    void paintPicture(QPainter &painter, const QRectF &place);

    QImage m_image;
    QPixmap m_scaled; // of the size that was painted last
    PictureMarks m_marks;
    int m_hovered = -1;
};

} // namespace ui
