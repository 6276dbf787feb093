// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/menus.h"

#include "ui/panels/panel_table.h"
#include "ui/shell/command_palette.h"
#include "ui/shell/inspector.h"
#include "ui/shell/shelf.h"
#include "ui/shell/strips.h"
#include "ui/shell/workspace.h"
#include "ui/state/run_controller.h"
#include "ui/state/settings_keys.h"
#include "ui/state/theme.h"

#include <QActionGroup>
#include <QApplication>
#include <QClipboard>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QMainWindow>
#include <QMenuBar>
#include <QMessageBox>
#include <QPainter>
#include <QSettings>
#include <QUndoStack>

#include <algorithm>

namespace ui {

Menus::Menus(MenuTargets targets, QObject *parent) : QObject(parent), m_targets(std::move(targets))
{
    buildFile();
    buildEdit();
    buildView();
    buildModel();
    buildRun();
    buildHelp();
}

QMenu *Menus::addMenu(const QString &title)
{
    return m_targets.window.menuBar()->addMenu(title);
}

QAction *Menus::add(QMenu &menu, const Entry &entry)
{
    auto *action = new QAction(entry.text, &m_targets.window);
    action->setObjectName(entry.id);
    action->setShortcuts(entry.keys);
    action->setData(QString(menu.title()).remove(QLatin1Char('&')));
    menu.addAction(action);
    m_actions.push_back(action);
    if (entry.act)
        connect(action, &QAction::triggered, this, entry.act);
    return action;
}

QAction *Menus::action(const QString &id) const
{
    const auto found = std::find_if(m_actions.begin(), m_actions.end(), [&](const QAction *a) { return a->objectName() == id; });
    return found == m_actions.end() ? nullptr : *found;
}

void Menus::buildFile()
{
    QMenu &menu = *addMenu(tr("&File"));
    add(menu, {"open", tr("&Open model…"), {QKeySequence::Open}, [this] { chooseModel(); }});
    m_recent = menu.addMenu(tr("Open &recent"));
    connect(m_recent, &QMenu::aboutToShow, this, &Menus::fillRecent);
    fillRecent();
    add(menu, {"add-folder", tr("&Add models folder…"), {}, [this] { addFolder(); }});
    menu.addSeparator();
    add(menu, {"export", tr("&Export view…"), {QKeySequence(Qt::CTRL | Qt::Key_E)}, [this] { exportView(m_targets.inspector.currentView()); }});
    QMenu *ofPanel = menu.addMenu(tr("Export from the &panel"));
    connect(ofPanel, &QMenu::aboutToShow, this, [this, ofPanel] { fillPanelViews(*ofPanel); });
    add(menu, {"copy-view", tr("&Copy view as picture"), {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C)}, [this] { copyView(); }});
    menu.addSeparator();
    add(menu, {"quit", tr("&Quit"), {QKeySequence(Qt::CTRL | Qt::Key_Q)}, [this] { m_targets.window.close(); }});
    m_export = new QMenu(tr("Export"), &m_targets.window);
    m_export->addAction(action(QStringLiteral("export")));
    m_export->addAction(action(QStringLiteral("copy-view")));
    m_export->addMenu(ofPanel);
}

void Menus::buildEdit()
{
    QMenu &menu = *addMenu(tr("&Edit"));
    QAction *undo = m_targets.undo.createUndoAction(&m_targets.window, tr("Undo"));
    undo->setShortcuts({QKeySequence::Undo});
    QAction *redo = m_targets.undo.createRedoAction(&m_targets.window, tr("Redo"));
    redo->setShortcuts({QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z), QKeySequence(Qt::CTRL | Qt::Key_Y)});
    for (QAction *action : {undo, redo}) {
        action->setData(QString(menu.title()).remove(QLatin1Char('&')));
        menu.addAction(action);
        m_actions.push_back(action);
    }
    undo->setObjectName(QStringLiteral("undo"));
    redo->setObjectName(QStringLiteral("redo"));
    menu.addSeparator();
    add(menu, {"edit-text", tr("Go to the &text"), {QKeySequence(Qt::CTRL | Qt::Key_L)}, [this] { m_targets.workspace.focusInput(); }});
    add(menu, {"find", tr("&Find on the shelf"), {QKeySequence::Find}, [this] {
                   m_targets.shelfDock.show();
                   m_targets.shelf.focusSearch();
               }});
}

void Menus::buildView()
{
    QMenu &menu = *addMenu(tr("&View"));
    buildViewChoices(menu);
    menu.addSeparator();
    add(menu, {"zoom-in", tr("Zoom &in"), {QKeySequence(Qt::CTRL | Qt::Key_Plus), QKeySequence(Qt::CTRL | Qt::Key_Equal)},
               [this] { changeZoom(zoom() + 10); }});
    add(menu, {"zoom-out", tr("Zoom &out"), {QKeySequence(Qt::CTRL | Qt::Key_Minus)}, [this] { changeZoom(zoom() - 10); }});
    add(menu, {"zoom-reset", tr("&Normal size"), {QKeySequence(Qt::CTRL | Qt::Key_0)}, [this] { changeZoom(100); }});
    menu.addSeparator();
    add(menu, {"full-screen", tr("F&ull screen"), {QKeySequence(Qt::Key_F11)},
               [this] { m_targets.window.setWindowState(m_targets.window.windowState() ^ Qt::WindowFullScreen); }});
    add(menu, {"shelf", tr("&Shelf"), {QKeySequence(Qt::Key_F9)},
               [this] { m_targets.shelfDock.setVisible(!m_targets.shelfDock.isVisible()); }});
    add(menu, {"inspector", tr("I&nspector"), {QKeySequence(Qt::Key_F10)},
               [this] { m_targets.inspectorDock.setVisible(!m_targets.inspectorDock.isVisible()); }});
    add(menu, {"reset-layout", tr("&Reset layout"), {}, [this] { m_targets.resetLayout(); }});
    buildTheme(*menu.addMenu(tr("&Theme")));
}

void Menus::buildViewChoices(QMenu &menu)
{
    int number = 1;
    for (const InspectorTab &tab : m_targets.inspector.tabs()) {
        QList<QKeySequence> keys;
        if (number <= 9)
            keys << QKeySequence(static_cast<int>(Qt::ALT) | (static_cast<int>(Qt::Key_0) + number));
        add(menu, {QStringLiteral("tab-") + tab.id, tab.title, keys, [this, number] {
                       m_targets.inspectorDock.show();
                       m_targets.inspector.chooseTab(number - 1);
                   }});
        ++number;
    }
    for (const InspectorTab &tab : m_targets.inspector.tabs()) {
        for (const View *view : tab.views) {
            const QString id = view->viewId();
            if (tab.views.size() > 1)
                add(menu, {QStringLiteral("view-") + id, tr("%1: %2").arg(tab.title, id), {}, [this, id] {
                               m_targets.inspectorDock.show();
                               m_targets.inspector.showView(id);
                           }});
        }
    }
}

void Menus::buildTheme(QMenu &menu)
{
    auto *group = new QActionGroup(this);
    struct Choice {
        QString value;
        QString text;
    };
    const QString chosen = m_targets.settings.value(kThemeKey).toString();
    for (const Choice &choice : {Choice{QString(), tr("As the &desktop")}, Choice{QStringLiteral("light"), tr("&Light")},
                                 Choice{QStringLiteral("dark"), tr("&Dark")}}) {
        QAction *action = add(menu, {QStringLiteral("theme-") + choice.value, choice.text, {}, [this, choice] {
                                         m_targets.settings.setValue(kThemeKey, choice.value);
                                         const bool isDark = choice.value.isEmpty() ? Theme::isDesktopDark()
                                                                                    : choice.value == QLatin1String("dark");
                                         Theme::apply(isDark ? Theme::dark() : Theme::light());
                                     }});
        action->setCheckable(true);
        action->setChecked(chosen == choice.value);
        group->addAction(action);
    }
}

void Menus::buildModel()
{
    QMenu &menu = *addMenu(tr("&Model"));
    m_tasks = menu.addMenu(tr("&Task"));
    connect(&m_targets.workspace, &Workspace::taskChanged, this, &Menus::fillTasks);
    add(menu, {"next-task", tr("&Next task"), {QKeySequence(Qt::CTRL | Qt::Key_PageDown)},
               [this] { m_targets.workspace.chooseNeighbour(1); }});
    add(menu, {"former-task", tr("&Former task"), {QKeySequence(Qt::CTRL | Qt::Key_PageUp)},
               [this] { m_targets.workspace.chooseNeighbour(-1); }});
    menu.addSeparator();
    add(menu, {"reload", tr("&Load again"), {QKeySequence(Qt::CTRL | Qt::Key_R)}, [this] {
                   if (!m_targets.controller.openingPath().isEmpty())
                       m_targets.open(m_targets.controller.openingPath());
               }});
    add(menu, {"look-again", tr("Look for &models again"), {}, [this] { m_targets.findModels(); }});
}

void Menus::buildRun()
{
    QMenu &menu = *addMenu(tr("&Run"));
    add(menu, {"run", tr("&Run"), {QKeySequence(Qt::CTRL | Qt::Key_Return), QKeySequence(Qt::CTRL | Qt::Key_Enter), QKeySequence(Qt::Key_F5)},
               [this] { m_targets.workspace.runNow(); }});
    add(menu, {"stop", tr("&Stop"), {QKeySequence(Qt::Key_Escape)}, [this] {
                   if (m_targets.controller.work() == Work::None)
                       m_targets.workspace.message().clear();
                   m_targets.workspace.stop();
               }});
    menu.addSeparator();
    add(menu, {"example", tr("Another &example"), {QKeySequence(Qt::CTRL | Qt::Key_J)}, [this] { m_targets.workspace.showExample(); }});
    menu.addSeparator();
    add(menu, {"pin", tr("&Pin this run to compare with"), {QKeySequence(Qt::CTRL | Qt::Key_P)},
               [this] { m_targets.workspace.pinBaseline(); }});
    add(menu, {"unpin", tr("Compare with the run &before"), {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_P)},
               [this] { m_targets.workspace.unpinBaseline(); }});
    QAction *twice = add(menu, {"double", tr("&Double the panel"), {QKeySequence(Qt::CTRL | Qt::Key_D)},
                                [this] { m_targets.workspace.setDoubled(!m_targets.workspace.isDoubled()); }});
    twice->setCheckable(true);
    connect(&m_targets.workspace, &Workspace::doubled, twice, &QAction::setChecked);
    m_compare = new QMenu(tr("Compare"), &m_targets.window);
    m_compare->addAction(twice);
    m_compare->addAction(action(QStringLiteral("pin")));
    m_compare->addAction(action(QStringLiteral("unpin")));
}

void Menus::buildHelp()
{
    QMenu &menu = *addMenu(tr("&Help"));
    add(menu, {"shortcuts", tr("&Keyboard shortcuts"), {QKeySequence(Qt::Key_F1)}, [this] {
                   std::vector<QAction *> withKeys;
                   std::copy_if(m_actions.begin(), m_actions.end(), std::back_inserter(withKeys),
                                [](const QAction *a) { return !a->shortcut().isEmpty(); });
                   m_targets.palette.offer(tr("Keyboard shortcuts: type to search"), withKeys);
               }});
    add(menu, {"palette", tr("&Command palette"), {QKeySequence(Qt::CTRL | Qt::Key_K)},
               [this] { m_targets.palette.offer(tr("What do you want to do?"), m_actions); }});
    menu.addSeparator();
    add(menu, {"about", tr("&About"), {}, [this] { about(); }});
}

void Menus::chooseModel()
{
    auto *dialog = new QFileDialog(&m_targets.window, tr("Open a model folder"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    connect(dialog, &QFileDialog::fileSelected, this, m_targets.open);
    dialog->open();
}

void Menus::addFolder()
{
    auto *dialog = new QFileDialog(&m_targets.window, tr("Add a folder with models in it"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &folder) {
        QStringList folders = m_targets.settings.value(kModelFoldersKey).toStringList();
        if (!folders.contains(folder))
            folders << folder;
        m_targets.settings.setValue(kModelFoldersKey, folders);
        m_targets.findModels();
    });
    dialog->open();
}

void Menus::fillPanelViews(QMenu &menu)
{
    menu.clear();
    for (View *view : m_targets.workspace.views())
        connect(menu.addAction(view->windowTitle() + QStringLiteral("…")), &QAction::triggered, view,
                [this, view] { exportView(view); });
    if (menu.isEmpty())
        menu.addAction(tr("This panel shows no views yet"))->setEnabled(false);
}

void Menus::exportView(View *view)
{
    if (view == nullptr)
        return;
    QStringList filters;
    for (const QString &extension : view->exportExtensions())
        filters << QStringLiteral("%1 (*.%1)").arg(QString(extension).remove(QLatin1Char('.')));
    auto *dialog = new QFileDialog(&m_targets.window, tr("Export view"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilters(filters);
    if (!filters.isEmpty())
        dialog->setDefaultSuffix(filters.front().section(QLatin1Char(' '), 0, 0));
    dialog->selectFile(view->viewId());
    connect(dialog, &QFileDialog::filterSelected, dialog,
            [dialog](const QString &filter) { dialog->setDefaultSuffix(filter.section(QLatin1Char(' '), 0, 0)); });
    connect(dialog, &QFileDialog::fileSelected, view, [this, view](const QString &file) {
        constexpr double kScale = 2.0;
        const QString problem = view->exportTo(file, view->size(), kScale);
        if (problem.isEmpty())
            m_targets.workspace.message().say(MessageKind::Note, tr("Saved %1.").arg(file));
        else
            m_targets.workspace.message().say(MessageKind::Problem, problem);
    });
    dialog->open();
}

void Menus::copyView()
{
    View *view = m_targets.inspector.currentView();
    if (view == nullptr)
        return;
    QPixmap picture(view->size() * view->devicePixelRatioF());
    picture.setDevicePixelRatio(view->devicePixelRatioF());
    picture.fill(Theme::current().card);
    QPainter painter(&picture);
    view->paintExport(painter, view->size());
    painter.end();
    QApplication::clipboard()->setPixmap(picture);
    m_targets.workspace.message().say(MessageKind::Note, tr("The view is on the clipboard."));
}

void Menus::addRecent(const QString &path)
{
    QStringList recent = m_targets.settings.value(kRecentModelsKey).toStringList();
    const QString place = QDir::cleanPath(QFileInfo(path).absoluteFilePath());
    recent.removeAll(place);
    recent.prepend(place);
    constexpr qsizetype kMostKept = 10;
    m_targets.settings.setValue(kRecentModelsKey, recent.first(std::min(recent.size(), kMostKept)));
    fillRecent();
}

void Menus::fillRecent()
{
    m_recent->clear();
    const QStringList recent = m_targets.settings.value(kRecentModelsKey).toStringList();
    for (const QString &path : recent) {
        QAction *action = m_recent->addAction(QDir::toNativeSeparators(path));
        connect(action, &QAction::triggered, this, [this, path] { m_targets.open(path); });
    }
    m_recent->menuAction()->setEnabled(!recent.isEmpty());
}

void Menus::fillTasks()
{
    m_tasks->clear();
    for (const engine::TaskKind task : m_targets.workspace.tasks()) {
        QAction *action = m_tasks->addAction(taskTitle(task));
        action->setCheckable(true);
        action->setChecked(m_targets.workspace.panel() != nullptr && m_targets.workspace.panel()->task() == task);
        connect(action, &QAction::triggered, this, [this, task] { m_targets.workspace.chooseTask(task); });
    }
    m_tasks->menuAction()->setEnabled(!m_tasks->isEmpty());
}

void Menus::changeZoom(int percent)
{
    setZoom(percent);
    m_targets.settings.setValue(kZoomKey, zoom());
}

void Menus::about()
{
    auto *box = new QMessageBox(QMessageBox::NoIcon, tr("About Modelarium"),
                                tr("<h3>Modelarium %1</h3><p>An observatory for transformer models: open one, give it work, see why "
                                   "it answers as it does.</p><p>Free software under the GNU General Public License, version 3 or "
                                   "later.</p>")
                                    .arg(QApplication::applicationVersion()),
                                QMessageBox::Close, &m_targets.window);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setModal(false);
    box->show();
}

} // namespace ui
