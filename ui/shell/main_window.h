// SPDX-License-Identifier: GPL-3.0-or-later
// The window: shelf, task panel and inspector around one engine client. It composes; the parts do the work.
#pragma once

#include "ui/state/engine_client.h"

#include <QMainWindow>
#include <QString>

#include <memory>
#include <optional>

class QDragEnterEvent;
class QDropEvent;
class QCloseEvent;
class QSettings;

namespace ui {

class View;

// What the command line asks for. Everything may be left out.
struct WindowStart {
    QString path = {};         // checkpoint to open; empty: that of the last session
    QString fallbackPath = {}; // opened when there is neither: the first start (a bundled mini)
    QString task = {};         // id of a task; empty: the last session's, else the checkpoint's first
    QString text = {};         // empty: the last session's, else the checkpoint's first example
    QString image = {};        // file with the picture beside the text
    QString view = {};         // id of an inspector view
    std::optional<int> layer = {};
    std::optional<int> head = {};
    QString theme = {}; // "light", "dark"; empty: the person's choice, else the desktop's scheme
};

class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    // `settings` keeps geometry, recents, the last session, and under kModelFoldersKey (ui/state/settings_keys.h)
    // the folders that EngineClient::findModels() should search. Both outlive the window.
    MainWindow(EngineClient &engine, QSettings &settings, WindowStart start, QWidget *parent = nullptr);
    ~MainWindow() override;

    // Loads what the start options ask for, looks for models, runs the first example. Call once, after show().
    void begin();

    void openPath(const QString &path); // a folder or a file in it; answers in a strip
    [[nodiscard]] View *currentView() const;
    // A view of the inspector, or one that stands in a panel once there is a result ("difference" doubles the panel).
    // False: there is no view of that name.
    bool showView(const QString &id);

signals:
    // Once: the first run has ended and everything is painted. `failure` is empty when it went well.
    void settled(const QString &failure);

protected:
    void closeEvent(QCloseEvent *event) override;
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dropEvent(QDropEvent *event) override;

private:
    struct Parts;
    std::unique_ptr<Parts> m_parts;
};

} // namespace ui
