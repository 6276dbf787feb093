// SPDX-License-Identifier: GPL-3.0-or-later
// The other half of a doubled panel: the same task once more, with inputs and, if wanted, a checkpoint of its own.
#pragma once

#include "ui/panels/task_panel.h"
#include "ui/state/run_controller.h"

#include <QWidget>

#include <memory>
#include <vector>

class QMenu;
class QVBoxLayout;

namespace ui {

class Card;
class MessageStrip;
class PillButton;
class ProgressStrip;

class SecondSide : public QWidget {
    Q_OBJECT
public:
    SecondSide(std::unique_ptr<EngineClient> engine, QUndoStack &undo, QWidget *parent = nullptr);
    ~SecondSide() override;

    // A panel of that task, with the inputs of the first side, on the same model.
    void open(const LoadedModelPtr &model, const engine::TaskRequest &request,
              std::vector<engine::TaskRequest> examples);
    // The first side's inputs now: its text is taken over unless this side has one of its own.
    void follow(const engine::TaskRequest &request);
    void close();
    [[nodiscard]] bool isOpen() const noexcept { return m_panel != nullptr; }
    void setModels(const std::vector<engine::FoundModel> &models); // to choose from
    void load(const QString &path);                                // another checkpoint
    void run();
    void stop();

    [[nodiscard]] bool isBusy() const noexcept { return m_controller.work() != Work::None; }
    [[nodiscard]] TaskPanel *panel() const noexcept { return m_panel; }
    [[nodiscard]] const LoadedModelPtr &model() const noexcept { return m_controller.model(); }
    [[nodiscard]] const TaskResultPtr &result() const noexcept { return m_controller.result(); }
    [[nodiscard]] QString name() const; // of the model, and what it is told

signals:
    void resultChanged();
    void closeRequested();
    void ended(); // a run of this side, however it went, or that there is none

private:
    void build();
    void fillMenu();
    void takeModel(const LoadedModelPtr &model);
    void chooseFolder();

    std::unique_ptr<EngineClient> m_engine;
    RunController m_controller;
    SelectionModel m_selection; // the views beside the panel follow the first side
    QUndoStack &m_undo;
    QMenu *m_menu;
    Card *m_head;
    PillButton *m_choose;
    MessageStrip *m_message;
    ProgressStrip *m_progress;
    QVBoxLayout *m_place;
    TaskPanel *m_panel = nullptr;
    LoadedModelPtr m_firstModel;
    engine::TaskRequest m_request; // to fill a panel with
    std::vector<engine::TaskRequest> m_examples;
    std::vector<engine::FoundModel> m_models;
};

} // namespace ui
