// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/generation.h"
#include "ui/shell/card.h"

#include <vector>

class QGridLayout;
class QLabel;
class QSlider;
class QUndoStack;

namespace ui {

class PillButton;

// Sliders over GenerationOptions; undoable; they say nothing about running.
class SamplerCard : public Card {
    Q_OBJECT
public:
    explicit SamplerCard(QUndoStack &undo, QWidget *parent = nullptr);

    [[nodiscard]] const engine::GenerationOptions &options() const noexcept { return m_options; }
    void setOptions(const engine::GenerationOptions &options);         // undoable
    void setOptionsSilently(const engine::GenerationOptions &options); // undo itself
    void setPipelineText(const QString &text);
    [[nodiscard]] QSlider *slider(const QString &id) const; // null when there is none

signals:
    void optionsChanged(); // the next-token bars follow at once
    void rerollRequested(); // another seed: needs a run

protected:
    void changeEvent(QEvent *event) override;

private:
    struct Row {
        QSlider *slider = nullptr;
        QLabel *value = nullptr;
        QLabel *title = nullptr;
    };
    void addRow(std::size_t field, QGridLayout &grid);
    void showOptions();
    void change(const engine::GenerationOptions &options, int field);

    QUndoStack &m_undo;
    engine::GenerationOptions m_options;
    std::vector<Row> m_rows;
    PillButton *m_greedy;
    PillButton *m_sample;
    PillButton *m_seed;
    DimLabel *m_pipeline;
    bool m_isShowing = false;
};

} // namespace ui
