// SPDX-License-Identifier: GPL-3.0-or-later
// Which panel shows which kind of task. No family is named here.
#pragma once

#include "ui/panels/task_panel.h"

#include <QString>

namespace ui {

[[nodiscard]] QString taskTitle(engine::TaskKind task);       // of the tab: "Fill mask"
[[nodiscard]] bool hasPanel(engine::TaskKind task);
// The tasks of a checkpoint that have a panel, in the order of the tabs.
[[nodiscard]] std::vector<engine::TaskKind> orderedTasks(const engine::ModelInfo &info);
// Null for a kind without a panel.
[[nodiscard]] TaskPanel *makePanel(engine::TaskKind task, const PanelContext &context);

} // namespace ui
