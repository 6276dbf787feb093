// SPDX-License-Identifier: GPL-3.0-or-later
// The tab "Training": which objective, which seed, what is set by hand, and the picture under it.
#pragma once

#include "ui/views/objective_view.h"
#include "ui/views/pages.h"

#include <vector>

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QSpinBox;

namespace ui {

class PillButton;

class ObjectiveControls final : public QWidget {
    Q_OBJECT
public:
    explicit ObjectiveControls(ObjectiveController &controller, QWidget *parent = nullptr);
    void setModels(const std::vector<engine::FoundModel> &models); // teachers

private:
    void build();
    void connectAll();
    void refresh();
    void fillPicker();
    void fillNoises();
    void fillTeachers();
    void refreshOptions();
    void refreshNote();
    void editHand(); // from the fields into the controller
    void chooseTeacherFolder();

    ObjectiveController &m_controller;
    QComboBox *m_picker;
    QSpinBox *m_seed;
    PillButton *m_roll;
    PillButton *m_forget;
    PillButton *m_example;
    QSpinBox *m_epochs;
    QSpinBox *m_ngram;
    QSpinBox *m_predicted;
    QDoubleSpinBox *m_temperature;
    QLineEdit *m_order;
    QLineEdit *m_languages;
    QComboBox *m_teacher;
    QLineEdit *m_pair;
    QLabel *m_note;
    QWidget *m_noiseRow;
    std::vector<QCheckBox *> m_noises;
    std::vector<engine::FoundModel> m_models;
    bool m_isFilling = false;
};

class ObjectivePage final : public ScrolledPage {
    Q_OBJECT
public:
    explicit ObjectivePage(SelectionModel &selection, QWidget *parent = nullptr);
    [[nodiscard]] ObjectiveView &view() noexcept { return *m_view; }

private:
    ObjectiveView *m_view;
};

} // namespace ui
