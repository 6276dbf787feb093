// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/second_side.h"

#include "ui/panels/panel_table.h"
#include "ui/panels/undo_text.h"
#include "ui/shell/card.h"
#include "ui/shell/pill_button.h"
#include "ui/shell/strips.h"
#include "ui/state/texts.h"

#include <QFileDialog>
#include <QMenu>
#include <QVBoxLayout>

#include <algorithm>

namespace ui {

namespace {

// A text for another model: its mask has another name.
std::string retold(std::string text, const std::string &from, const std::string &to)
{
    if (from.empty() || to.empty() || from == to)
        return text;
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

// Another control code than the first side's, so that there is a difference to see.
std::string otherCode(const std::vector<std::string> &codes, const std::string &code)
{
    if (codes.empty())
        return {};
    const auto found = std::ranges::find(codes, code);
    return found == codes.end() || found + 1 == codes.end() ? codes.front() : *(found + 1);
}

} // namespace

SecondSide::SecondSide(std::unique_ptr<EngineClient> engine, QUndoStack &undo, QWidget *parent)
    : QWidget(parent), m_engine(std::move(engine)), m_controller(*m_engine), m_undo(undo), m_menu(new QMenu(this)),
      m_head(new Card(tr("Second side"), QString())), m_choose(new PillButton(tr("Checkpoint ▾"), PillKind::Plain)),
      m_message(new MessageStrip), m_progress(new ProgressStrip), m_place(new QVBoxLayout)
{
    build();
    connect(&m_controller, &RunController::modelChanged, this, [this] { takeModel(m_controller.model()); });
    connect(&m_controller, &RunController::resultChanged, this, [this] {
        if (m_panel != nullptr)
            m_panel->showRun({.result = m_controller.result(), .baseline = nullptr, .baselineName = {}});
        emit resultChanged();
    });
    connect(&m_controller, &RunController::streamed, this, [this](const QString &text, std::int64_t count) {
        if (m_panel != nullptr)
            m_panel->showStream(text, count);
    });
    connect(&m_controller, &RunController::progressed, m_progress, &ProgressStrip::follow);
    connect(&m_controller, &RunController::workChanged, this, [this] {
        if (m_controller.work() == Work::Loading)
            m_progress->begin(tr("Loading %1").arg(m_controller.openingPath()));
        else if (m_controller.work() == Work::Running)
            m_progress->begin(tr("Running the second side"));
        else
            m_progress->end();
    });
    const auto complain = [this](const QString &text) { m_message->say(MessageKind::Problem, text); };
    connect(&m_controller, &RunController::runFailed, this, complain);
    connect(&m_controller, &RunController::loadFailed, this, [this, complain](const QString &, const QString &text) {
        complain(text);
        emit ended();
    });
    connect(&m_controller, &RunController::runEnded, this, &SecondSide::ended);
}

SecondSide::~SecondSide() = default;

void SecondSide::build()
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(14);
    auto *shut = new PillButton(tr("Close"), PillKind::Link);
    m_head->addToHeading(m_choose);
    m_head->addToHeading(shut);
    column->addWidget(m_head);
    column->addWidget(m_progress);
    column->addWidget(m_message);
    column->addLayout(m_place);
    column->addStretch(1);
    setAccessibleName(tr("Second side"));
    connect(shut, &PillButton::clicked, this, &SecondSide::closeRequested);
    connect(m_choose, &PillButton::clicked, this, [this] {
        fillMenu();
        m_menu->popup(m_choose->mapToGlobal(QPoint(0, m_choose->height())));
    });
}

void SecondSide::fillMenu()
{
    m_menu->clear();
    QAction *same = m_menu->addAction(tr("The same as on the first side"));
    connect(same, &QAction::triggered, this, [this] { m_controller.adopt(m_firstModel); });
    m_menu->addSeparator();
    for (const engine::FoundModel &model : m_models) {
        if (!model.problem.empty() || (m_firstModel && model.directory == m_firstModel->info().directory))
            continue;
        const QString path = fromUtf8(model.directory.string());
        connect(m_menu->addAction(fromUtf8(model.name)), &QAction::triggered, this, [this, path] { load(path); });
    }
    m_menu->addSeparator();
    connect(m_menu->addAction(tr("Folder…")), &QAction::triggered, this, &SecondSide::chooseFolder);
}

void SecondSide::chooseFolder()
{
    auto *dialog = new QFileDialog(this, tr("Open a model folder for the second side"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    connect(dialog, &QFileDialog::fileSelected, this, &SecondSide::load);
    dialog->open();
}

void SecondSide::open(const LoadedModelPtr &model, const engine::TaskRequest &request,
                      std::vector<engine::TaskRequest> examples)
{
    m_firstModel = model;
    m_request = request;
    m_examples = std::move(examples);
    m_message->clear();
    if (m_panel == nullptr || m_panel->task() != request.task) {
        delete m_panel;
        m_panel = makePanel(request.task, {.selection = m_selection, .undo = m_undo});
        m_place->addWidget(m_panel);
        connect(m_panel, &TaskPanel::runRequested, this, &SecondSide::run);
        connect(m_panel, &TaskPanel::resultChosen, &m_controller, &RunController::restore);
    }
    m_controller.adopt(model);
}

void SecondSide::follow(const engine::TaskRequest &request)
{
    const LoadedModelPtr &model = m_controller.model();
    if (m_panel == nullptr || !model || !m_firstModel || request.task != m_request.task)
        return;
    const auto here = [&](const std::string &text) {
        return retold(text, m_firstModel->info().maskToken, model->info().maskToken);
    };
    const bool isUntouched = m_panel->request().text == here(m_request.text);
    auto *field = m_panel->findChild<UndoText *>(); // the first one is the text of every panel
    if (isUntouched && field != nullptr && request.text != m_request.text)
        field->setTextSilently(fromUtf8(here(request.text)));
    m_request = request;
}

void SecondSide::close()
{
    m_controller.stop();
    delete m_panel;
    m_panel = nullptr;
    m_controller.forgetResult();
}

void SecondSide::setModels(const std::vector<engine::FoundModel> &models)
{
    m_models = models;
}

void SecondSide::load(const QString &path)
{
    m_message->clear();
    m_controller.open(path);
}

// The panel starts again with what the first side says.
void SecondSide::takeModel(const LoadedModelPtr &model)
{
    if (m_panel == nullptr || !model)
        return;
    const engine::ModelInfo &info = model->info();
    m_head->headline().setParts(tr("Second side"), fromUtf8(info.name));
    const bool canDoIt = std::ranges::count(info.tasks, m_request.task) > 0;
    m_panel->setModel(model);
    m_panel->setExamples(model == m_firstModel ? m_examples : std::vector<engine::TaskRequest>());
    engine::TaskRequest request = m_request;
    request.text = retold(request.text, m_firstModel->info().maskToken, info.maskToken);
    if (model == m_firstModel)
        request.controlCode = otherCode(info.controlCodes, request.controlCode);
    else if (std::ranges::count(info.controlCodes, request.controlCode) == 0)
        request.controlCode.clear();
    m_panel->setRequest(request);
    m_panel->setSearch(request.generation);
    m_panel->setEnabled(canDoIt);
    if (!canDoIt)
        m_message->say(MessageKind::Warning,
                       tr("%1 cannot do this: %2").arg(fromUtf8(info.name), taskTitle(m_request.task)));
    emit resultChanged();
    if (canDoIt && m_panel->obstacle().isEmpty())
        run();
    else
        emit ended();
}

void SecondSide::run()
{
    if (m_panel == nullptr || !m_panel->isEnabled() || !m_controller.model())
        return;
    m_message->clear();
    if (const QString obstacle = m_panel->obstacle(); !obstacle.isEmpty()) {
        m_message->say(MessageKind::Note, obstacle);
        emit ended();
        return;
    }
    m_controller.run(m_panel->request());
}

void SecondSide::stop()
{
    m_controller.stop();
}

QString SecondSide::name() const
{
    if (m_panel == nullptr || !m_controller.model())
        return {};
    const engine::TaskRequest request = m_panel->request();
    if (m_controller.model() == m_firstModel && !request.controlCode.empty())
        return fromUtf8(request.controlCode);
    return m_controller.model() == m_firstModel ? tr("the second side") : fromUtf8(m_controller.model()->info().name);
}

} // namespace ui
