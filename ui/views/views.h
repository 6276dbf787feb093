// SPDX-License-Identifier: GPL-3.0-or-later
// The tabs of the inspector, ready to host. The shell puts every page into its tab bar, calls show() of every
// view when a result arrives, and finds a view for --view, exports and menus by its viewId().
#pragma once

#include "ui/views/view.h"

#include <vector>

namespace ui {

class SelectionModel;

// A tab's page: its views with the controls around them. It scrolls by itself.
class InspectorPage : public QWidget {
    Q_OBJECT
public:
    using QWidget::QWidget;
    virtual void bringUp(const QString &viewId) = 0; // makes that view visible; other ids change nothing
};

struct InspectorTab {
    QString id;    // "tokens", "attention", "mask", "mechanism", "layers", "xray", "model"
    QString title; // translated
    InspectorPage *page = nullptr; // owned by the parent
    std::vector<View *> views;     // children of the page: "attention" has "attention", "lines", "grid", "neuron"
};

// One value a tab, in the order of the tab bar. `selection` must outlive the pages.
[[nodiscard]] std::vector<InspectorTab> makeInspector(SelectionModel &selection, QWidget *parent);

} // namespace ui
