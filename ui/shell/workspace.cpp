// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/workspace.h"

#include "ui/panels/panel_table.h"
#include "ui/shell/card.h"
#include "ui/shell/flow_layout.h"
#include "ui/shell/pill_button.h"
#include "ui/shell/strips.h"
#include "ui/state/numbers.h"
#include "ui/state/texts.h"
#include "ui/state/theme.h"

#include <QPainter>
#include <QScrollArea>
#include <QVBoxLayout>

#include <algorithm>

namespace ui {

Workspace::Workspace(RunController &controller, const PanelContext &context, QWidget *parent)
    : QWidget(parent), m_controller(controller), m_context(context), m_tabs(nullptr), m_message(new MessageStrip),
      m_progress(new ProgressStrip), m_pages(new QVBoxLayout), m_empty(new QWidget)
{
    build();
    connect(&controller, &RunController::modelChanged, this, &Workspace::onModelChanged);
    connect(&controller, &RunController::resultChanged, this, &Workspace::onResultChanged);
    connect(&controller, &RunController::workChanged, this, &Workspace::onWorkChanged);
    connect(&controller, &RunController::progressed, m_progress, &ProgressStrip::follow);
    connect(&controller, &RunController::streamed, this, [this](const QString &text, std::int64_t count) {
        if (m_panel != nullptr)
            m_panel->showStream(text, count);
    });
    connect(&controller, &RunController::runFailed, this,
            [this](const QString &text) { m_message->say(MessageKind::Problem, text); });
    connect(&controller, &RunController::indexed, this, [this](const engine::IndexInfo &info) {
        m_message->say(MessageKind::Note, tr("The index holds %1 passages.").arg(groupedText(info.passages)));
        if (m_panel != nullptr)
            m_panel->showIndex(info);
    });
    connect(&controller, &RunController::stopped, this, [this] { m_message->say(MessageKind::Note, tr("Stopped.")); });
}

void Workspace::build()
{
    auto *tabs = new QWidget;
    m_tabs = new FlowLayout(4, tabs);
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    tabs->setSizePolicy(policy);

    auto *empty = new QVBoxLayout(m_empty);
    auto *card = new Card(tr("No model is open yet"), tr("Pick a family on the left, open a folder (Ctrl+O), or drop one here."));
    empty->setContentsMargins(0, 0, 0, 0);
    empty->addWidget(card);
    empty->addStretch(1);
    m_pages->addWidget(m_empty);

    auto *scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->viewport()->setAutoFillBackground(false);
    auto *page = new QWidget;
    auto *pageColumn = new QVBoxLayout(page);
    pageColumn->setContentsMargins(22, 0, 22, 2 * kGrid);
    pageColumn->addLayout(m_pages);
    scroll->setWidget(page);
    page->setAutoFillBackground(false); // the scroll area has just set it

    auto *top = new QVBoxLayout;
    top->setContentsMargins(22, 14, 22, kGrid);
    top->setSpacing(kGrid);
    top->addWidget(tabs);
    top->addWidget(m_progress);
    top->addWidget(m_message);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(top);
    column->addWidget(scroll, 1);
}

void Workspace::paintEvent(QPaintEvent *)
{
    QPainter(this).fillRect(rect(), Theme::current().ground);
}

// Not a stacked widget: that would be as tall as the tallest of all panels.
void Workspace::bringUp(QWidget *page)
{
    for (int i = 0; i < m_pages->count(); ++i)
        m_pages->itemAt(i)->widget()->setVisible(m_pages->itemAt(i)->widget() == page);
}

void Workspace::startWith(const engine::TaskRequest &request)
{
    m_start = request;
}

void Workspace::startWithText(const QString &text)
{
    m_startText = text;
}

engine::TaskKind Workspace::firstTask() const
{
    const auto has = [this](engine::TaskKind task) { return std::find(m_tasks.begin(), m_tasks.end(), task) != m_tasks.end(); };
    if (m_start && has(m_start->task))
        return m_start->task;
    if (m_panel != nullptr && has(m_panel->task()))
        return m_panel->task();
    return m_tasks.front();
}

void Workspace::onModelChanged()
{
    const LoadedModelPtr &model = m_controller.model();
    m_tasks = model ? orderedTasks(model->info()) : std::vector<engine::TaskKind>();
    m_shown.clear();
    m_pin.reset();
    rebuildTabs();
    if (m_tasks.empty()) {
        m_panel = nullptr;
        bringUp(m_empty);
        m_message->say(MessageKind::Warning, tr("This checkpoint has no head for a task that the window can show."));
        emit nothingToRun(m_message->text());
        emit taskChanged();
        return;
    }
    for (const auto &[task, panel] : m_panels)
        panel->showRun({});
    const engine::TaskKind task = firstTask();
    m_panel = nullptr;
    if (!m_startText.isEmpty()) {
        m_start = engine::TaskRequest{.task = task, .text = toUtf8(m_startText)};
        m_startText.clear();
    }
    chooseTask(task);
}

void Workspace::rebuildTabs()
{
    while (QLayoutItem *item = m_tabs->takeAt(0)) {
        item->widget()->deleteLater();
        delete item;
    }
    m_tabButtons.clear();
    for (const engine::TaskKind task : m_tasks) {
        auto *button = new PillButton(taskTitle(task), PillKind::Tab);
        button->setCheckable(true);
        m_tabs->addWidget(button);
        m_tabButtons[task] = button;
        connect(button, &PillButton::clicked, this, [this, task] { chooseTask(task); });
    }
}

TaskPanel *Workspace::panelFor(engine::TaskKind task)
{
    const auto known = m_panels.find(task);
    if (known != m_panels.end())
        return known->second;
    TaskPanel *panel = makePanel(task, m_context);
    m_panels[task] = panel;
    panel->hide();
    m_pages->addWidget(panel);
    connect(panel, &TaskPanel::runRequested, this, &Workspace::runNow);
    connect(panel, &TaskPanel::indexRequested, &m_controller, &RunController::index);
    connect(panel, &TaskPanel::resultChosen, this, [this](const TaskResultPtr &result) {
        m_isRestoring = true;
        m_controller.restore(result);
        m_isRestoring = false;
    });
    return panel;
}

void Workspace::offerExamples(TaskPanel &panel)
{
    try {
        panel.setExamples(engine::examples(m_controller.model()->info().directory, panel.task()));
    } catch (const engine::Error &error) {
        panel.setExamples({});
        m_message->say(MessageKind::Warning, QString::fromUtf8(error.what()));
    }
    if (m_start && m_start->task == panel.task() && !m_start->text.empty()) {
        const bool isWhole = m_start->textPair || !m_start->choices.empty() || panel.examples().empty();
        engine::TaskRequest request = isWhole ? *m_start : panel.examples().front();
        request.text = m_start->text;
        panel.setRequest(request);
    } else if (!panel.obstacle().isEmpty() && !panel.examples().empty()) {
        panel.setRequest(panel.examples().front());
    }
    if (m_start && m_start->task == panel.task())
        m_start.reset();
}

void Workspace::chooseTask(engine::TaskKind task)
{
    if (m_panel != nullptr && m_panel->task() == task) {
        m_tabButtons[task]->setChecked(true);
        return;
    }
    TaskPanel *panel = panelFor(task);
    m_panel = panel;
    m_nextExample = 1;
    for (const auto &[kind, button] : m_tabButtons)
        button->setChecked(kind == task);
    const bool isNewModel = panel->model() != m_controller.model();
    panel->setModel(m_controller.model());
    if (isNewModel)
        offerExamples(*panel);
    bringUp(panel);
    m_message->clear();
    const auto shown = m_shown.find(task);
    m_isRestoring = true;
    m_controller.restore(shown == m_shown.end() ? nullptr : shown->second.result);
    m_isRestoring = false;
    emit taskChanged();
    if (shown == m_shown.end())
        runNow();
}

void Workspace::chooseNeighbour(int by)
{
    if (m_panel == nullptr || m_tasks.empty())
        return;
    const auto count = static_cast<std::ptrdiff_t>(m_tasks.size());
    const auto at = std::find(m_tasks.begin(), m_tasks.end(), m_panel->task()) - m_tasks.begin();
    chooseTask(m_tasks[static_cast<std::size_t>((at + by + count) % count)]);
}

void Workspace::runNow()
{
    if (m_panel == nullptr || !m_controller.model())
        return;
    const QString obstacle = m_panel->obstacle();
    if (!obstacle.isEmpty()) {
        m_message->say(MessageKind::Note, obstacle);
        emit nothingToRun(obstacle);
        return;
    }
    engine::TaskRequest request = m_panel->request();
    const std::int64_t over = tokensOver(m_controller.model(), request);
    if (over == 0) {
        runRequest(std::move(request));
        return;
    }
    const QString most = groupedText(m_controller.model()->info().maxPositions);
    const QString text = over > 0 ? tr("%1 tokens would be cut: this model has %2 positions.").arg(groupedText(over), most)
                                  : tr("This text is far too long for %1 positions: the rest would be cut.").arg(most);
    request.truncate = true;
    m_message->say(MessageKind::Warning, text, {tr("Cut and run"), [this, request] { runRequest(request); }});
    emit nothingToRun(text);
}

void Workspace::runRequest(engine::TaskRequest request)
{
    m_message->clear();
    m_controller.run(std::move(request));
}

void Workspace::onResultChanged()
{
    const TaskResultPtr &result = m_controller.result();
    if (m_panel == nullptr || (result && result->task != m_panel->task()))
        return;
    Shown &shown = m_shown[m_panel->task()];
    if (result && !m_isRestoring) {
        shown.baseline = shown.result;
        shown.baselineName = tr("the run before: “%1”").arg(shown.name);
        shown.name = shortened(fromUtf8(m_controller.lastRequest().text), 60);
    }
    shown.result = result;
    if (!result)
        m_shown.erase(m_panel->task());
    present();
}

void Workspace::present()
{
    const auto found = m_shown.find(m_panel->task());
    if (found == m_shown.end()) {
        m_panel->showRun({});
        return;
    }
    const Shown &shown = found->second;
    const bool usesPin = m_pin && m_pin->result->task == m_panel->task() && m_pin->result != shown.result;
    m_panel->showRun({.result = shown.result,
                      .baseline = usesPin ? m_pin->result : shown.baseline,
                      .baselineName = usesPin ? tr("the pinned run: “%1”").arg(m_pin->name) : shown.baselineName});
    if (shown.result && !shown.result->notes.empty())
        m_message->say(MessageKind::Note, fromUtf8(shown.result->notes.front()));
}

void Workspace::pinBaseline()
{
    if (m_panel == nullptr || !m_shown.contains(m_panel->task()))
        return;
    const Shown &shown = m_shown[m_panel->task()];
    m_pin = Pin{.result = shown.result, .name = shown.name};
    m_message->say(MessageKind::Note, tr("From now on compared with “%1”.").arg(shown.name));
}

void Workspace::unpinBaseline()
{
    m_pin.reset();
    if (m_panel != nullptr && m_shown.contains(m_panel->task())) {
        m_isRestoring = true;
        present();
        m_isRestoring = false;
    }
}

void Workspace::showExample()
{
    if (m_panel == nullptr || m_panel->examples().empty()) {
        m_message->say(MessageKind::Note, tr("This checkpoint brings no examples."));
        return;
    }
    m_panel->setRequest(m_panel->examples()[m_nextExample % m_panel->examples().size()]);
    ++m_nextExample;
    runNow();
}

void Workspace::focusInput()
{
    if (m_panel != nullptr)
        m_panel->focusInput();
}

void Workspace::onWorkChanged()
{
    switch (m_controller.work()) {
    case Work::Loading:
        m_progress->begin(tr("Loading %1").arg(m_controller.openingPath()));
        break;
    case Work::Running:
        m_progress->begin(tr("Running"));
        break;
    case Work::None:
        m_progress->end();
        break;
    }
}

} // namespace ui
