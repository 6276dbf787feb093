// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/view.h"

namespace ui {

View::View(SelectionModel &selection, QWidget *parent) : QWidget(parent), m_selection(selection) {}

} // namespace ui
