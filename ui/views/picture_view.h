// SPDX-License-Identifier: GPL-3.0-or-later
// A view that is one painted picture, as high as its contents need at a width.
#pragma once

#include "ui/views/view.h"

namespace ui {

class PictureView : public View {
    Q_OBJECT
public:
    explicit PictureView(SelectionModel &selection, QWidget *parent = nullptr);

    void show(const LoadedModelPtr &model, const TaskResultPtr &result) override;

    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override { return pictureHeight(width); }
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    [[nodiscard]] virtual int pictureHeight(int width) const = 0;
    // The contents changed: forget what was computed from the old ones.
    virtual void contentsChanged() {}
    virtual void selectionChanged() {}
    void paintEvent(QPaintEvent *event) override;
    // After a change of the height.
    void relayout();

    [[nodiscard]] const LoadedModelPtr &loadedModel() const noexcept { return m_model; }
    [[nodiscard]] const TaskResultPtr &result() const noexcept { return m_result; }

private:
    LoadedModelPtr m_model;
    TaskResultPtr m_result;
};

} // namespace ui
