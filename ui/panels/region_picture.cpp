// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/region_picture.h"

#include "ui/state/theme.h"

#include <QKeyEvent>
#include <QMouseEvent>

#include <algorithm>

namespace ui {

QImage toQImage(const std::shared_ptr<const engine::Image> &image)
{
    if (!image || image->pixels.empty())
        return {};
    auto *owner = new std::shared_ptr<const engine::Image>(image);
    const auto release = [](void *held) { delete static_cast<std::shared_ptr<const engine::Image> *>(held); };
    return {image->pixels.data(),
            static_cast<int>(image->width),
            static_cast<int>(image->height),
            3 * image->width,
            QImage::Format_RGB888,
            release,
            owner};
}

engine::Image fromQImage(const QImage &image)
{
    // By way of plain ARGB: colours stored as multiples of their transparency come back first.
    const QImage rgb = image.convertToFormat(QImage::Format_ARGB32).convertToFormat(QImage::Format_RGB888);
    engine::Image out{.width = rgb.width(), .height = rgb.height()};
    for (int y = 0; y < rgb.height(); ++y) // rows of Qt are padded
        out.pixels.insert(out.pixels.end(), rgb.constScanLine(y), rgb.constScanLine(y) + 3 * out.width);
    return out;
}

RegionPicture::RegionPicture(QWidget *parent) : QWidget(parent)
{
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void RegionPicture::setImage(const std::shared_ptr<const engine::Image> &image)
{
    m_image = toQImage(image);
    m_scaled = {};
    m_marks = {};
    m_hovered = -1;
    updateGeometry();
    update();
}

void RegionPicture::setMarks(PictureMarks marks)
{
    m_marks = std::move(marks);
    update();
}

int RegionPicture::heightForWidth(int width) const
{
    if (m_image.isNull())
        return 0;
    constexpr int kMostHeight = 300;
    const double most = scaled(kMostHeight);
    return static_cast<int>(std::min(most, static_cast<double>(width) * m_image.height() / m_image.width()));
}

QSize RegionPicture::sizeHint() const
{
    const int width = scaled(320);
    return {width, heightForWidth(width)};
}

QSize RegionPicture::minimumSizeHint() const
{
    const int side = m_image.isNull() ? 0 : scaled(48);
    return {side, side};
}

PictureGeometry RegionPicture::geometryNow() const
{
    return layoutPicture(rect(), m_image.size());
}

int RegionPicture::regionAt(const QPointF &point) const
{
    const auto found = geometryNow().regionAt(point, m_marks.regions);
    return found ? static_cast<int>(*found) : -1;
}

void RegionPicture::paintPicture(QPainter &painter, const QRectF &place)
{
    const QSize pixels = (place.size() * devicePixelRatioF()).toSize();
    if (pixels.isEmpty())
        return;
    if (m_scaled.size() != pixels) {
        constexpr int kCoarse = 4; // so many times the size is smooth enough to start from
        QImage source = m_image;
        if (source.width() > kCoarse * pixels.width())
            source = source.scaled(pixels * kCoarse, Qt::IgnoreAspectRatio, Qt::FastTransformation);
        m_scaled = QPixmap::fromImage(source.scaled(pixels, Qt::IgnoreAspectRatio, Qt::SmoothTransformation));
    }
    painter.drawPixmap(place, m_scaled, QRectF(m_scaled.rect()));
}

void RegionPicture::paintEvent(QPaintEvent *)
{
    if (m_image.isNull())
        return;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const PictureGeometry geometry = geometryNow();
    paintPicture(painter, geometry.place);
    paintMarks(painter, geometry, m_marks);
    if (hasFocus() && !m_marks.regions.empty()) {
        painter.setPen(QPen(Theme::current().accent, 1.0, Qt::DotLine));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(geometry.place.adjusted(0.5, 0.5, -0.5, -0.5));
    }
}

void RegionPicture::point(int region)
{
    if (region == m_hovered)
        return;
    m_hovered = region;
    setCursor(region < 0 ? Qt::ArrowCursor : Qt::PointingHandCursor);
    emit hovered(region);
}

void RegionPicture::mouseMoveEvent(QMouseEvent *event)
{
    point(regionAt(event->position()));
}

void RegionPicture::mousePressEvent(QMouseEvent *event)
{
    const int region = regionAt(event->position());
    if (event->button() == Qt::LeftButton && region >= 0)
        emit clicked(region);
}

void RegionPicture::leaveEvent(QEvent *)
{
    point(-1);
}

void RegionPicture::keyPressEvent(QKeyEvent *event)
{
    const int count = static_cast<int>(m_marks.regions.size());
    const bool isNext = event->key() == Qt::Key_Right || event->key() == Qt::Key_Down;
    const bool isFormer = event->key() == Qt::Key_Left || event->key() == Qt::Key_Up;
    if (count == 0 || !(isNext || isFormer)) {
        QWidget::keyPressEvent(event);
        return;
    }
    const int current = m_marks.current ? static_cast<int>(*m_marks.current) : (isNext ? -1 : count);
    emit clicked(std::clamp(current + (isNext ? 1 : -1), 0, count - 1));
}

void RegionPicture::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::ApplicationFontChange)
        updateGeometry();
}

} // namespace ui
