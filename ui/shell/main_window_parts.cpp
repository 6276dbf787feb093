// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/main_window_parts.h"

#include "ui/panels/task_panel.h"
#include "ui/shell/command_palette.h"
#include "ui/shell/header_bar.h"
#include "ui/shell/inspector.h"
#include "ui/shell/menus.h"
#include "ui/shell/shelf.h"
#include "ui/shell/status_line.h"
#include "ui/shell/strips.h"
#include "ui/shell/verdict.h"
#include "ui/shell/workspace.h"
#include "ui/state/settings_keys.h"
#include "ui/state/texts.h"
#include "ui/state/theme.h"

#include <QAbstractButton>
#include <QDockWidget>
#include <QSettings>
#include <QThreadPool>
#include <QTimer>
#include <QToolBar>

#include <algorithm>

namespace ui {

void MainWindow::Parts::build()
{
    constexpr int kUndoSteps = 200;
    undo.setUndoLimit(kUndoSteps);
    const auto families = engine::families();
    shelf = new Shelf({families.begin(), families.end()});
    workspace = new Workspace(controller, PanelContext{.selection = selection, .undo = undo});
    inspector = new Inspector(selection);
    inspector->setEngine(engine);
    header = new HeaderBar;
    status = new StatusLine;
    auto *bar = new QToolBar(tr("Header"));
    bar->setObjectName(QStringLiteral("header"));
    bar->setMovable(false);
    bar->setContextMenuPolicy(Qt::PreventContextMenu);
    bar->setContentsMargins(0, 0, 0, 0);
    header->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    bar->addWidget(header);
    window.addToolBar(bar);
    window.setCentralWidget(workspace);
    window.setStatusBar(status);
    shelfDock = dock(QStringLiteral("shelf"), shelf, Qt::LeftDockWidgetArea);
    inspectorDock = dock(QStringLiteral("inspector"), inspector, Qt::RightDockWidgetArea);
    palette = new CommandPalette(&window);
    menus = new Menus({.window = window,
                       .settings = settings,
                       .controller = controller,
                       .workspace = *workspace,
                       .inspector = *inspector,
                       .shelf = *shelf,
                       .undo = undo,
                       .palette = *palette,
                       .shelfDock = *shelfDock,
                       .inspectorDock = *inspectorDock,
                       .open = [this](const QString &path) { window.openPath(path); },
                       .findModels = [this] { engine.findModels(); },
                       .resetLayout = [this] { resetLayout(); }},
                      &window);
    header->setMenus(&menus->compareMenu(), &menus->exportMenu());
}

QDockWidget *MainWindow::Parts::dock(const QString &id, QWidget *content, Qt::DockWidgetArea area)
{
    auto *result = new QDockWidget(&window);
    result->setObjectName(id);
    result->setFeatures(QDockWidget::NoDockWidgetFeatures);
    result->setTitleBarWidget(new QWidget); // the content says what it is
    result->setWidget(content);
    window.addDockWidget(area, result);
    return result;
}

void MainWindow::Parts::connectAll()
{
    connect(&controller, &RunController::modelChanged, &window, [this] { showModel(); });
    connect(&controller, &RunController::resultChanged, &window, [this] { showResult(); });
    connect(&controller, &RunController::workChanged, &window, [this] {
        header->showWork(controller.work());
        status->showWork(controller.work());
    });
    connect(&controller, &RunController::loadFailed, &window,
            [this](const QString &path, const QString &message) { onLoadFailed(path, message); });
    connect(&controller, &RunController::runFailed, &window, [this](const QString &message) { settle(message); });
    connect(&controller, &RunController::runEnded, &window, [this] { settle(QString()); });
    connect(workspace, &Workspace::nothingToRun, &window, [this](const QString &why) { settle(why); });
    const auto showInputs = [this] {
        if (workspace->panel() != nullptr)
            inspector->setInputs(workspace->panel()->request());
    };
    connect(workspace, &Workspace::taskChanged, &window, showInputs);
    connect(workspace, &Workspace::inputsEdited, &window, showInputs);
    connect(header, &HeaderBar::runRequested, workspace, &Workspace::runNow);
    connect(header, &HeaderBar::stopRequested, workspace, &Workspace::stop);
    connect(shelf, &Shelf::openRequested, &window, &MainWindow::openPath);
    connect(shelf, &Shelf::explained, &window,
            [this](const QString &text) { workspace->message().say(MessageKind::Note, text); });
    for (const InspectorTab &tab : inspector->tabs()) {
        for (const View *view : tab.views) {
            connect(view, &View::said, workspace,
                    [this](const QString &text) { workspace->message().say(MessageKind::Note, text); });
            connect(view, &View::rerunAsked, workspace, &Workspace::runWith);
        }
    }
    connect(&engine, &EngineClient::modelsFound, &window, [this](const std::vector<engine::FoundModel> &models) {
        found = models;
        shelf->setModels(models);
        inspector->setModels(models);
        workspace->setModels(models);
        if (controller.model())
            header->showModel({.model = controller.model(), .isBundled = isBundled(controller.model()->info())});
    });
}

bool MainWindow::Parts::isBundled(const engine::ModelInfo &info) const
{
    return std::any_of(found.begin(), found.end(), [&](const engine::FoundModel &model) {
        return model.source == "bundled" && model.directory.filename() == info.directory.filename();
    });
}

void MainWindow::Parts::showModel()
{
    const LoadedModelPtr &model = controller.model();
    const engine::ModelInfo &info = model->info();
    const QString path = fromUtf8(info.directory.string());
    header->showModel({.model = model, .isBundled = isBundled(info)});
    shelf->model().setCurrent({.familyId = fromUtf8(info.familyId), .path = path});
    window.setWindowTitle(QStringLiteral("%1 — Modelarium").arg(fromUtf8(info.name)));
    menus->addRecent(path);
    selection.select({});
    inspector->show(model, controller.result());
    if (wasOpenedByHand && workspace->message().text().isEmpty())
        workspace->message().say(MessageKind::Note, verdict(info));
    wasOpenedByHand = false;
    if (window.focusWidget() == nullptr || qobject_cast<QAbstractButton *>(window.focusWidget()) != nullptr)
        workspace->focusInput(); // typing can begin at once
}

void MainWindow::Parts::showResult()
{
    const TaskResultPtr &result = controller.result();
    Selection next = fitted(selection.current(), result);
    if (start.layer || start.head) { // of the command line: once, for the first result
        next.layer = start.layer.value_or(next.layer);
        next.head = start.head.value_or(next.head);
        next = fitted(next, result);
        if (result)
            start.layer = start.head = std::nullopt;
    }
    selection.select(next);
    inspector->show(controller.model(), result);
    if (result && panelView == QLatin1String(kDifferenceViewId))
        workspace->setDoubled(true);
    status->showResult(controller.model(), result);
}

void MainWindow::Parts::onLoadFailed(const QString &path, const QString &message)
{
    QString text = message;
    if (controller.model())
        text += QLatin1Char('\n') + tr("%1 stays open.").arg(fromUtf8(controller.model()->info().name));
    MessageStrip::Offer offer{QString(), nullptr};
    if (!controller.model() && !start.fallbackPath.isEmpty() && path != start.fallbackPath)
        offer = {tr("Open the bundled model"), [this] { window.openPath(start.fallbackPath); }};
    workspace->message().say(MessageKind::Problem, text, std::move(offer));
    settle(message);
}

void MainWindow::Parts::settle(const QString &failure)
{
    if (hasSettled)
        return;
    hasSettled = true;
    // Views may measure on the thread pool, and layouts whose height depends on their width need a second
    // look: all is painted when two looks in a row find nobody at work.
    constexpr int kLookMs = 20;
    constexpr int kQuietLooks = 2;
    auto *looks = new QTimer(&window);
    connect(looks, &QTimer::timeout, &window, [this, looks, failure, quiet = 0]() mutable {
        // A card that has grown tells its parent by an event, that one its own parent, and so on up to the scroll area.
        QCoreApplication::sendPostedEvents(nullptr, QEvent::LayoutRequest);
        const bool isQuiet =
            QThreadPool::globalInstance()->activeThreadCount() == 0 && !workspace->isBusy() && !inspector->isWaiting();
        quiet = isQuiet ? quiet + 1 : 0;
        if (quiet < kQuietLooks)
            return;
        looks->deleteLater();
        looks->stop();
        if (View *view = panelView.isEmpty() ? nullptr : workspace->view(panelView))
            workspace->reveal(*view);
        emit window.settled(failure);
    });
    looks->start(kLookMs);
}

void MainWindow::Parts::resetLayout()
{
    shelfDock->show();
    inspectorDock->show();
    const int width = window.width();
    const int inspectorWidth = std::clamp(width * 34 / 100, 330, 620);
    const int shelfWidth = std::clamp(width * 155 / 1000, 180, 260);
    window.resizeDocks({shelfDock, inspectorDock}, {shelfWidth, inspectorWidth}, Qt::Horizontal);
}

void MainWindow::Parts::restoreSession()
{
    setZoom(settings.value(kZoomKey, 100).toInt());
    const QString theme = start.theme.isEmpty() ? settings.value(kThemeKey).toString() : start.theme;
    const bool isDark = theme.isEmpty() ? Theme::isDesktopDark() : theme == QLatin1String("dark");
    Theme::apply(isDark ? Theme::dark() : Theme::light());
    constexpr QSize kFirstSize(1440, 900);
    window.resize(kFirstSize);
    window.restoreGeometry(settings.value(kGeometryKey).toByteArray());
    const QByteArray layout = settings.value(kLayoutKey).toByteArray();
    if (layout.isEmpty() || !window.restoreState(layout))
        QTimer::singleShot(0, &window, [this] { resetLayout(); });
    const QString view =
        start.view.isEmpty() ? settings.value(kLastViewKey, QStringLiteral("attention")).toString() : start.view;
    inspector->showView(view);
    inspector->restoreState(settings.value(kViewStatesKey).toMap());
}

void MainWindow::Parts::saveSession()
{
    settings.setValue(kGeometryKey, window.saveGeometry());
    settings.setValue(kLayoutKey, window.saveState());
    if (controller.model())
        settings.setValue(kLastModelKey, fromUtf8(controller.model()->info().directory.string()));
    if (workspace->panel() != nullptr) {
        const std::string_view id = engine::id(workspace->panel()->task());
        settings.setValue(kLastTaskKey, QString::fromUtf8(id.data(), static_cast<qsizetype>(id.size())));
        settings.setValue(kLastInputsKey, toVariant(workspace->panel()->request()));
    }
    settings.setValue(kViewStatesKey, inspector->state());
    if (const View *view = inspector->currentView())
        settings.setValue(kLastViewKey, view->viewId());
}

} // namespace ui
