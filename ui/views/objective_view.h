// SPDX-License-Identifier: GPL-3.0-or-later
// A pretraining objective on the text of the task panel: what a model reads, what it must say, why each choice was
// made.
#pragma once

#include "ui/state/objective_controller.h"
#include "ui/views/objective_picture.h"
#include "ui/views/picture_view.h"

namespace ui {

class ObjectiveView final : public PictureView {
    Q_OBJECT
public:
    explicit ObjectiveView(SelectionModel &selection, QWidget *parent = nullptr);

    [[nodiscard]] ObjectiveController &controller() noexcept { return m_controller; }
    [[nodiscard]] const ObjectivePicture &picture() const noexcept { return m_picture; }

    void show(const LoadedModelPtr &model, const TaskResultPtr &result) override;
    void setInputs(const engine::TaskRequest &inputs) override;
    void setEngine(EngineClient &engine) override { m_controller.setEngine(engine); }
    void setModels(const std::vector<engine::FoundModel> &models) override { emit modelsFound(models); }
    [[nodiscard]] bool isWaiting() const override { return isVisible() && m_controller.isWaiting(); }
    [[nodiscard]] QVariantMap state() const override { return m_controller.state(); }
    void restoreState(const QVariantMap &state) override { m_controller.restoreState(state); }
    [[nodiscard]] QString viewId() const override { return QStringLiteral("objective"); }
    void paintExport(QPainter &painter, const QSize &size) override;
    [[nodiscard]] QString exportTo(const QString &file, const QSize &size, double scale) override;
    [[nodiscard]] QStringList exportExtensions() const override;

signals:
    void modelsFound(const std::vector<engine::FoundModel> &models); // handed on to the controls

protected:
    [[nodiscard]] int pictureHeight(int width) const override;
    [[nodiscard]] QString exportNumbers(const QString &file) override;
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void rebuild();
    void giveText();
    void act(const ObjectivePlace &place);
    void moveTurn(std::size_t from, std::size_t to);
    void setHovered(const std::optional<ObjectivePlace> &place);
    [[nodiscard]] std::optional<ObjectivePlace> placeUnder(const QPointF &point) const;

    ObjectiveController m_controller;
    engine::TaskRequest m_inputs;
    ObjectivePicture m_picture;
    std::optional<ObjectivePlace> m_hovered;
    std::optional<ObjectivePlace> m_pressed;
};

// The text of the inputs with the likeliest words in the place of its masks, where the run says them; without masks
// else.
[[nodiscard]] QString unmasked(const engine::TaskRequest &inputs, const LoadedModelPtr &model,
                               const TaskResultPtr &result);

} // namespace ui
