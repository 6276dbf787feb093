// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/workspace.h"

#include "ui/mechanisms/window_view.h"
#include "ui/panels/panel_table.h"
#include "ui/panels/sentence_card.h"
#include "ui/shell/card.h"
#include "ui/shell/flow_layout.h"
#include "ui/shell/pill_button.h"
#include "ui/shell/strips.h"
#include "ui/state/numbers.h"
#include "ui/state/texts.h"
#include "ui/state/theme.h"
#include "ui/views/difference_view.h"

#include <QMenu>
#include <QPainter>
#include <QScrollArea>
#include <QScrollBar>
#include <QVBoxLayout>

#include <algorithm>
#include <iterator>

namespace ui {

QStringList panelViewIds()
{
    return {QLatin1String(kDifferenceViewId), QStringLiteral("pipeline"), QStringLiteral("tape"),
            QStringLiteral("beams")};
}

namespace {

void apply(const RunChange &change, engine::TaskRequest &request)
{
    request.globalTokens = change.globalTokens.value_or(request.globalTokens);
    if (change.hashRounds)
        request.hashRounds = change.hashRounds;
    if (change.segmentLength)
        request.segmentLength = change.segmentLength;
}

} // namespace

Workspace::Workspace(RunController &controller, const PanelContext &context, QWidget *parent)
    : QWidget(parent), m_controller(controller), m_context(context), m_tabs(nullptr), m_message(new MessageStrip),
      m_progress(new ProgressStrip), m_pages(new QVBoxLayout), m_sides(new QBoxLayout(QBoxLayout::TopToBottom)),
      m_empty(new QWidget), m_differenceCard(new Card(tr("Difference"), QString())),
      m_difference(new DifferenceView(context.selection))
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
    connect(&controller, &RunController::runEnded, this, [this] {
        if (!isDoubled() || !m_controller.result())
            return;
        m_second->follow(m_controller.lastRequest());
        m_second->run(); // one after the other: both want all cores
    });
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
    auto *card = new Card(tr("No model is open yet"),
                          tr("Pick a family on the left, open a folder (Ctrl+O), or drop one here."));
    empty->setContentsMargins(0, 0, 0, 0);
    empty->addWidget(card);
    empty->addStretch(1);
    m_pages->addWidget(m_empty);
    m_differenceCard->body().addWidget(m_difference);
    m_differenceCard->hide();

    auto *scroll = new QScrollArea;
    m_scroll = scroll;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->viewport()->setAutoFillBackground(false);
    auto *page = new QWidget;
    auto *pageColumn = new QVBoxLayout(page);
    pageColumn->setContentsMargins(22, 0, 22, 2 * kGrid);
    pageColumn->setSpacing(14);
    pageColumn->addWidget(m_differenceCard);
    m_sides->setSpacing(14);
    m_sides->addLayout(m_pages, 1);
    pageColumn->addLayout(m_sides);
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

void Workspace::resizeEvent(QResizeEvent *event)
{
    constexpr int kLeastWidthBeside = 960;
    m_sides->setDirection(event->size().width() >= kLeastWidthBeside ? QBoxLayout::LeftToRight
                                                                     : QBoxLayout::TopToBottom);
    QWidget::resizeEvent(event);
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

void Workspace::startWithText(const QString &text, const std::shared_ptr<const engine::Image> &image)
{
    m_startText = text;
    m_startImage = image;
}

engine::TaskKind Workspace::firstTask() const
{
    const auto has = [this](engine::TaskKind task) {
        return std::find(m_tasks.begin(), m_tasks.end(), task) != m_tasks.end();
    };
    if (m_start && has(m_start->task))
        return m_start->task;
    if (m_panel != nullptr && has(m_panel->task()))
        return m_panel->task();
    return m_tasks.front();
}

void Workspace::onModelChanged()
{
    setDoubled(false);
    const LoadedModelPtr &model = m_controller.model();
    m_tasks = model ? orderedTasks(model->info()) : std::vector<engine::TaskKind>();
    m_shown.clear();
    m_pin.reset();
    m_wish = {};
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
    if (!m_startText.isEmpty() || m_startImage) {
        m_start = engine::TaskRequest{.task = task, .text = toUtf8(m_startText), .image = std::move(m_startImage)};
        m_startText.clear();
        m_startImage.reset();
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
    if (auto *card = panel->findChild<SentenceCard *>()) // the first text's tokens come first
        connect(card, &SentenceCard::tokenMenuAsked, this, &Workspace::offerGlobalToken);
    connect(panel, &TaskPanel::inputsEdited, this, &Workspace::inputsEdited);
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
    if (m_start && m_start->task == panel.task() && (!m_start->text.empty() || m_start->image)) {
        const bool isWhole = m_start->textPair || !m_start->choices.empty() || panel.examples().empty();
        engine::TaskRequest request = isWhole ? *m_start : panel.examples().front();
        if (!m_start->text.empty())
            request.text = m_start->text;
        if (m_start->image)
            request.image = m_start->image;
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
    setDoubled(false);
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
    if (request.text == m_wish.text)
        apply(m_wish.change, request);
    const std::int64_t over = tokensOver(m_controller.model(), request);
    if (over == 0) {
        runRequest(std::move(request));
        return;
    }
    const QString most = groupedText(m_controller.model()->info().maxPositions);
    const QString text = over > 0
                             ? tr("%1 tokens would be cut: this model has %2 positions.").arg(groupedText(over), most)
                             : tr("This text is far too long for %1 positions: the rest would be cut.").arg(most);
    request.truncate = true;
    m_message->say(MessageKind::Warning, text, {tr("Cut and run"), [this, request] { runRequest(request); }});
    emit nothingToRun(text);
}

void Workspace::stop()
{
    m_controller.stop();
    if (isDoubled())
        m_second->stop();
}

void Workspace::runWith(const RunChange &change)
{
    if (m_panel == nullptr)
        return;
    const std::string text = m_panel->request().text;
    if (m_wish.text != text)
        m_wish = {.text = text, .change = {}};
    if (change.globalTokens)
        m_wish.change.globalTokens = change.globalTokens;
    if (change.hashRounds)
        m_wish.change.hashRounds = change.hashRounds;
    if (change.segmentLength)
        m_wish.change.segmentLength = change.segmentLength;
    runNow();
}

void Workspace::offerGlobalToken(int token, const QPoint &place)
{
    const TaskResultPtr &result = m_controller.result();
    const std::optional<std::vector<std::int64_t>> globals = globalTokensOf(result);
    if (!globals || static_cast<std::size_t>(token) >= result->encoding.size())
        return;
    const std::vector<std::int64_t> next = withToggled(*globals, token);
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(next.size() < globals->size() ? tr("Make local again and run") : tr("Make global and run"), this,
                    [this, next] { runWith({.globalTokens = next}); });
    menu->popup(place);
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
    compareSides();
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

void Workspace::setDoubled(bool isWanted)
{
    if (isWanted == isDoubled() || (isWanted && (m_panel == nullptr || !m_controller.model())))
        return;
    if (isWanted && m_second == nullptr) {
        m_second = new SecondSide(m_controller.anotherEngine(), m_context.undo);
        m_second->setModels(m_models);
        m_sides->addWidget(m_second, 1);
        connect(m_second, &SecondSide::resultChanged, this, &Workspace::compareSides);
        connect(m_second, &SecondSide::closeRequested, this, [this] { setDoubled(false); });
    }
    if (isWanted)
        m_second->open(m_controller.model(), m_panel->request(), m_panel->examples());
    else
        m_second->close();
    m_second->setVisible(isWanted);
    compareSides();
    emit doubled(isWanted);
}

bool Workspace::isBusy() const
{
    return m_controller.work() != Work::None || (isDoubled() && m_second->isBusy());
}

void Workspace::setModels(const std::vector<engine::FoundModel> &models)
{
    m_models = models;
    if (m_second != nullptr)
        m_second->setModels(models);
}

std::vector<View *> Workspace::views() const
{
    std::vector<View *> views;
    if (!m_differenceCard->isHidden())
        views.push_back(m_difference);
    if (m_panel != nullptr)
        std::ranges::copy(m_panel->views(), std::back_inserter(views));
    return views;
}

View *Workspace::view(const QString &id) const
{
    for (View *view : views())
        if (view->viewId() == id)
            return view;
    return nullptr;
}

void Workspace::reveal(View &view)
{
    QWidget *card = view.parentWidget();
    m_scroll->verticalScrollBar()->setValue(card->mapTo(m_scroll->widget(), QPoint(0, 0)).y() - kGrid);
}

QString Workspace::firstName() const
{
    const engine::TaskRequest request = m_panel->request();
    if (m_second->model() == m_controller.model())
        return request.controlCode.empty() ? tr("the first side") : fromUtf8(request.controlCode);
    return fromUtf8(m_controller.model()->info().name);
}

void Workspace::compareSides()
{
    const bool isShown = isDoubled() && m_panel != nullptr && m_controller.model();
    m_differenceCard->setVisible(isShown);
    if (!isShown)
        return;
    const auto shown = m_shown.find(m_panel->task());
    m_differenceCard->headline().setParts(tr("Difference"), tr("%1 against %2").arg(firstName(), m_second->name()));
    m_difference->compare({.model = m_controller.model(),
                           .result = shown == m_shown.end() ? nullptr : shown->second.result,
                           .name = firstName()},
                          {.model = m_second->model(), .result = m_second->result(), .name = m_second->name()});
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
