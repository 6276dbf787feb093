// SPDX-License-Identifier: GPL-3.0-or-later
// The middle of the window: the tabs of the tasks that the checkpoint can do, the panel, strips above it.
#pragma once

#include "ui/panels/task_panel.h"
#include "ui/shell/second_side.h"
#include "ui/state/run_controller.h"
#include "ui/views/view.h"

#include <map>
#include <optional>

class QBoxLayout;
class QScrollArea;
class QVBoxLayout;

namespace ui {

class Card;
class DifferenceView;
class FlowLayout;
class MessageStrip;
class PillButton;
class ProgressStrip;

inline constexpr char kDifferenceViewId[] = "difference";
// Ids of all views that panels may have.
[[nodiscard]] QStringList panelViewIds();

class Workspace : public QWidget {
    Q_OBJECT
public:
    Workspace(RunController &controller, const PanelContext &context, QWidget *parent = nullptr);

    void runNow(); // says what stands in the way instead, if something does
    void stop();   // on both sides
    void runWith(const RunChange &change); // for as long as the text stays
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
    void setDoubled(bool isWanted); // the task once more beside this one, with a difference of both
    [[nodiscard]] bool isDoubled() const noexcept { return m_second != nullptr && m_second->isOpen(); }
    [[nodiscard]] bool isBusy() const; // on either side
    void setModels(const std::vector<engine::FoundModel> &models); // for the second side to choose from
    [[nodiscard]] SecondSide *second() const noexcept { return m_second; } // null until the first doubling
    [[nodiscard]] std::vector<View *> views() const; // of the panel, and the difference
    [[nodiscard]] View *view(const QString &id) const; // one of them, or null
    void reveal(View &view);                           // scrolls to it

    [[nodiscard]] TaskPanel *panel() const noexcept { return m_panel; }
    [[nodiscard]] const std::vector<engine::TaskKind> &tasks() const noexcept { return m_tasks; }
    [[nodiscard]] MessageStrip &message() noexcept { return *m_message; }
    [[nodiscard]] ProgressStrip &progress() noexcept { return *m_progress; }
    [[nodiscard]] QSize sizeHint() const override { return {650, 600}; }
    [[nodiscard]] QSize minimumSizeHint() const override { return {340, 200}; }

signals:
    void taskChanged();
    void doubled(bool isDoubled);
    void inputsEdited(); // of the panel that is shown
    void nothingToRun(const QString &why); // asked to run, and did not

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    struct Shown { // what a task shows, and against what
        TaskResultPtr result;
        QString name;
        TaskResultPtr baseline;
        QString baselineName;
    };
    struct Wish {
        std::string text; // for which it was made
        RunChange change;
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
    void compareSides();
    [[nodiscard]] QString firstName() const;
    void runRequest(engine::TaskRequest request);
    void offerGlobalToken(int token, const QPoint &place);
    [[nodiscard]] TaskPanel *panelFor(engine::TaskKind task);
    [[nodiscard]] engine::TaskKind firstTask() const;

    RunController &m_controller;
    PanelContext m_context;
    FlowLayout *m_tabs;
    std::map<engine::TaskKind, PillButton *> m_tabButtons;
    MessageStrip *m_message;
    ProgressStrip *m_progress;
    QScrollArea *m_scroll = nullptr;
    QVBoxLayout *m_pages;
    QBoxLayout *m_sides; // the page, and the second one
    QWidget *m_empty;
    Card *m_differenceCard;
    DifferenceView *m_difference;
    SecondSide *m_second = nullptr;
    std::vector<engine::FoundModel> m_models;
    std::map<engine::TaskKind, TaskPanel *> m_panels;
    std::map<engine::TaskKind, Shown> m_shown;
    std::vector<engine::TaskKind> m_tasks;
    TaskPanel *m_panel = nullptr;
    std::optional<engine::TaskRequest> m_start;
    QString m_startText;
    std::shared_ptr<const engine::Image> m_startImage;
    std::optional<Pin> m_pin;
    Wish m_wish;
    std::size_t m_nextExample = 1;
    bool m_isRestoring = false;
};

} // namespace ui
