// SPDX-License-Identifier: GPL-3.0-or-later
// The pages around the views: scrolling, and the controls that write into the selection.
#pragma once

#include "ui/views/views.h"

class QComboBox;
class QScrollArea;
class QVBoxLayout;

namespace ui {

class GridView;
class HeatMapView;
class LinesView;
class NeuronView;

// Pickers of stack, layer, head and row of the batch; each is there only where there is a choice.
class AttentionControls final : public QWidget {
    Q_OBJECT
public:
    struct Options {
        bool hasHead = true;
    };
    AttentionControls(SelectionModel &selection, const Options &options, QWidget *parent = nullptr);
    void show(const TaskResultPtr &result);
    // To the left of the pickers, and at the far right.
    void addLeading(QWidget *widget);

private:
    void refresh();
    void choose();

    SelectionModel &m_selection;
    Options m_options;
    TaskResultPtr m_result;
    QComboBox *m_stack;
    QComboBox *m_layer;
    QComboBox *m_head;
    QComboBox *m_row;
    bool m_isFilling = false;
};

// A column of views in a scroll area.
class ScrolledPage : public InspectorPage {
    Q_OBJECT
public:
    explicit ScrolledPage(QWidget *parent = nullptr);
    void bringUp(const QString &viewId) override;
    void addFixed(QWidget *widget); // above, does not scroll
    void add(QWidget *widget);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QVBoxLayout *m_outer;
    QVBoxLayout *m_column;
    QScrollArea *m_scroll;
};

class AttentionPage final : public ScrolledPage {
    Q_OBJECT
public:
    AttentionPage(SelectionModel &selection, QWidget *parent = nullptr);
    void bringUp(const QString &viewId) override;
    [[nodiscard]] std::vector<View *> views() const;

private:
    void chooseMode(int index);

    QComboBox *m_mode;
    QComboBox *m_direction;
    HeatMapView *m_heat;
    LinesView *m_lines;
    GridView *m_grid;
    NeuronView *m_neuron;
};

} // namespace ui
