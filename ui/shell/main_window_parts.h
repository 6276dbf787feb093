// SPDX-License-Identifier: GPL-3.0-or-later
// What the main window is put together from; only main_window*.cpp see it.
#pragma once

#include "ui/shell/main_window.h"
#include "ui/state/run_controller.h"
#include "ui/state/selection_model.h"

#include <QUndoStack>

#include <vector>

class QDockWidget;
class QSettings;

namespace ui {

class CommandPalette;
class HeaderBar;
class Inspector;
class Menus;
class Shelf;
class StatusLine;
class Workspace;

struct MainWindow::Parts {
    Parts(MainWindow &owner, EngineClient &client, QSettings &store, WindowStart options)
        : window(owner), engine(client), settings(store), start(std::move(options)), controller(client)
    {
    }
    void build();
    void connectAll();
    [[nodiscard]] QDockWidget *dock(const QString &id, QWidget *content, Qt::DockWidgetArea area);
    void resetLayout();
    void restoreSession();
    void saveSession();
    void showModel();
    void showResult();
    void onLoadFailed(const QString &path, const QString &message);
    void settle(const QString &failure);
    [[nodiscard]] bool isBundled(const engine::ModelInfo &info) const;

    MainWindow &window;
    EngineClient &engine;
    QSettings &settings;
    WindowStart start;
    SelectionModel selection;
    QUndoStack undo;
    RunController controller;
    HeaderBar *header = nullptr;
    Shelf *shelf = nullptr;
    Workspace *workspace = nullptr;
    Inspector *inspector = nullptr;
    CommandPalette *palette = nullptr;
    StatusLine *status = nullptr;
    QDockWidget *shelfDock = nullptr;
    QDockWidget *inspectorDock = nullptr;
    Menus *menus = nullptr;
    std::vector<engine::FoundModel> found;
    QString panelView; // that was asked for, of those in panels; empty: one of the inspector
    bool hasSettled = false;
    bool wasOpenedByHand = false; // then the verdict is said; at start it would only be in the way
};

} // namespace ui
