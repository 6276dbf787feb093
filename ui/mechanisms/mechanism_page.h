// SPDX-License-Identifier: GPL-3.0-or-later
// The inspector's tab of mechanisms: of all views those that the present run has something for.
#pragma once

#include "ui/views/views.h"

namespace ui {

[[nodiscard]] InspectorTab mechanismTab(SelectionModel &selection, QWidget *parent);

} // namespace ui
