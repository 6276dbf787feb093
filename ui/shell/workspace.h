// SPDX-License-Identifier: GPL-3.0-or-later
// The middle of the window: the tabs of the tasks that the checkpoint can do, the panel, strips above it.
#pragma once

#include "ui/panels/task_panel.h"
#include "ui/state/run_controller.h"

#include <map>
#include <optional>

class QVBoxLayout;

namespace ui {

class FlowLayout;
class MessageStrip;
class PillButton;
class ProgressStrip;

class Workspace : public QWidget {
    Q_OBJECT
public:
    Workspace(RunController &controller, const PanelContext &context, QWidget *parent = nullptr);

    void runNow(); // says what stands in the way instead, if something does
    void chooseTask(engine::TaskKind task);
    void chooseNeighbour(int by); // the next (1) or former (−1) tab
    void startWith(const engine::TaskRequest &request); // for the model that is loaded next
    // Likewise, for the model's first task; a null picture: none.
    void startWithText(const QString &text, const std::shared_ptr<const engine::Image> &image);
    void pinBaseline();    // compare with the result that is shown now …
    void unpinBaseline();  // … or again with the run before
    [[nodiscard]] bool isPinned() const noexcept { return m_pin.has_value(); }
    void showExample();    // the next example of this task
    void focusInput();

    [[nodiscard]] TaskPanel *panel() const noexcept { return m_panel; }
    [[nodiscard]] const std::vector<engine::TaskKind> &tasks() const noexcept { return m_tasks; }
    [[nodiscard]] MessageStrip &message() noexcept { return *m_message; }
    [[nodiscard]] ProgressStrip &progress() noexcept { return *m_progress; }
    [[nodiscard]] QSize sizeHint() const override { return {650, 600}; }
    [[nodiscard]] QSize minimumSizeHint() const override { return {340, 200}; }

signals:
    void taskChanged();
    void nothingToRun(const QString &why); // asked to run, and did not

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    struct Shown { // what a task shows, and against what
        TaskResultPtr result;
        QString name;
        TaskResultPtr baseline;
        QString baselineName;
    };
    struct Pin {
        TaskResultPtr result;
        QString name;
    };
    void build();
    void bringUp(QWidget *page);
    void onModelChanged();
    void onResultChanged();
    void onWorkChanged();
    void offerExamples(TaskPanel &panel);
    void rebuildTabs();
    void present();
    void runRequest(engine::TaskRequest request);
    [[nodiscard]] TaskPanel *panelFor(engine::TaskKind task);
    [[nodiscard]] engine::TaskKind firstTask() const;

    RunController &m_controller;
    PanelContext m_context;
    FlowLayout *m_tabs;
    std::map<engine::TaskKind, PillButton *> m_tabButtons;
    MessageStrip *m_message;
    ProgressStrip *m_progress;
    QVBoxLayout *m_pages;
    QWidget *m_empty;
    std::map<engine::TaskKind, TaskPanel *> m_panels;
    std::map<engine::TaskKind, Shown> m_shown;
    std::vector<engine::TaskKind> m_tasks;
    TaskPanel *m_panel = nullptr;
    std::optional<engine::TaskRequest> m_start;
    QString m_startText;
    std::shared_ptr<const engine::Image> m_startImage;
    std::optional<Pin> m_pin;
    std::size_t m_nextExample = 1;
    bool m_isRestoring = false;
};

} // namespace ui
