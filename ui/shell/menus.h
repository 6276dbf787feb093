// SPDX-License-Identifier: GPL-3.0-or-later
// Every action of the window, in a menu with its shortcut.
#pragma once

#include <QKeySequence>
#include <QObject>
#include <QString>

#include <functional>
#include <vector>

class QAction;
class QActionGroup;
class QMainWindow;
class QMenu;
class QSettings;
class QUndoStack;
class QWidget;

namespace ui {

class CommandPalette;
class Inspector;
class RunController;
class Shelf;
class View;
class Workspace;

// What the actions act on.
struct MenuTargets {
    QMainWindow &window;
    QSettings &settings;
    RunController &controller;
    Workspace &workspace;
    Inspector &inspector;
    Shelf &shelf;
    QUndoStack &undo;
    CommandPalette &palette;
    QWidget &shelfDock;
    QWidget &inspectorDock;
    std::function<void(const QString &)> open;
    std::function<void()> findModels;
    std::function<void()> resetLayout;
};

class Menus : public QObject {
    Q_OBJECT
public:
    Menus(MenuTargets targets, QObject *parent);

    [[nodiscard]] const std::vector<QAction *> &actions() const noexcept { return m_actions; }
    [[nodiscard]] QAction *action(const QString &id) const; // null when there is none
    [[nodiscard]] QMenu &compareMenu() noexcept { return *m_compare; }
    [[nodiscard]] QMenu &exportMenu() noexcept { return *m_export; }
    void addRecent(const QString &path);

private:
    struct Entry {
        QString id;
        QString text;
        QList<QKeySequence> keys;
        std::function<void()> act;
    };
    QAction *add(QMenu &menu, const Entry &entry);
    [[nodiscard]] QMenu *addMenu(const QString &title);
    void buildFile();
    void buildEdit();
    void buildView();
    void buildViewChoices(QMenu &menu);
    void buildTheme(QMenu &menu);
    void buildModel();
    void buildRun();
    void buildHelp();
    void chooseModel();
    void addFolder();
    void exportView(View *view);
    void copyView();
    void fillPanelViews(QMenu &menu);
    void fillRecent();
    void fillTasks();
    void changeZoom(int percent);
    void about();

    MenuTargets m_targets;
    std::vector<QAction *> m_actions;
    QMenu *m_recent = nullptr;
    QMenu *m_tasks = nullptr;
    QMenu *m_compare = nullptr;
    QMenu *m_export = nullptr;
};

} // namespace ui
