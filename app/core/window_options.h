// SPDX-License-Identifier: GPL-3.0-or-later
// What `modelarium` takes on its command line.
#pragma once

#include "ui/shell/main_window.h"

#include <QSize>
#include <QString>
#include <QStringList>

#include <optional>

namespace app {

struct WindowOptions {
    ui::WindowStart start = {};
    QString language = {};   // "en", "zh_CN"; empty: the desktop's
    QString screenshot = {}; // picture of the whole window; empty: none
    QString exportFile = {}; // picture of the view alone; empty: none
    QSize size = {};         // of the window; invalid: the last session's

    // Runs the task, saves the picture and quits; neither reads nor changes the person's settings.
    [[nodiscard]] bool makesPicture() const { return !screenshot.isEmpty() || !exportFile.isEmpty(); }
};

struct ParsedWindowOptions {
    std::optional<WindowOptions> options = {}; // empty: show the text and leave with the exit code
    QString text = {};
    int exitCode = 0;
};

[[nodiscard]] ParsedWindowOptions parseWindowOptions(const QStringList &arguments);

} // namespace app
