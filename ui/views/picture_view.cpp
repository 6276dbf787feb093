// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/picture_view.h"

#include <QPaintEvent>
#include <QPainter>

namespace ui {

namespace {
constexpr int kUsualWidth = 528;
constexpr int kSmallestWidth = 200;
} // namespace

PictureView::PictureView(SelectionModel &selectionModel, QWidget *parent) : View(selectionModel, parent)
{
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    connect(&selectionModel, &SelectionModel::changed, this, [this] {
        selectionChanged();
        update();
    });
}

void PictureView::show(const LoadedModelPtr &model, const TaskResultPtr &result)
{
    m_model = model;
    m_result = result;
    contentsChanged();
    relayout();
}

QSize PictureView::sizeHint() const
{
    return {kUsualWidth, pictureHeight(kUsualWidth)};
}

QSize PictureView::minimumSizeHint() const
{
    return {kSmallestWidth, 40};
}

void PictureView::paintEvent(QPaintEvent *event)
{
    QPainter painter(this);
    painter.setClipRect(event->rect());
    paintExport(painter, size());
}

void PictureView::relayout()
{
    updateGeometry();
    update();
}

} // namespace ui
