// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/generation.h"
#include "ui/panels/sampler_fields.h"
#include "ui/shell/card.h"
#include "ui/state/engine_client.h"

#include <vector>

class QComboBox;
class QGridLayout;
class QLabel;
class QLineEdit;
class QSlider;
class QUndoStack;

namespace ui {

class PillButton;

// Everything that a search can be told, over GenerationOptions; undoable; says nothing about running.
class SamplerCard : public Card {
    Q_OBJECT
public:
    explicit SamplerCard(QUndoStack &undo, QWidget *parent = nullptr);

    [[nodiscard]] const engine::GenerationOptions &options() const noexcept { return m_options; }
    void setModel(const LoadedModelPtr &model);                        // whose tokenizer reads the words
    void setOptions(const engine::GenerationOptions &options);         // undoable
    void setOptionsSilently(const engine::GenerationOptions &options); // undo itself
    void setPipelineText(const QString &text);
    void showMore(bool isShown);
    [[nodiscard]] QSlider *slider(const QString &id) const;  // null when there is none
    [[nodiscard]] QLineEdit *words(const QString &id) const; // likewise

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
    void build();
    [[nodiscard]] QWidget *makeMore();
    void addRow(std::size_t field, QGridLayout &grid, int line);
    void addWords(std::size_t field, QGridLayout &grid, int line);
    void takeWords(std::size_t field);
    void showOptions();
    void showWords();
    void change(const engine::GenerationOptions &options, int field);

    QUndoStack &m_undo;
    engine::GenerationOptions m_options;
    LoadedModelPtr m_model;
    std::vector<Row> m_rows;
    std::vector<QLineEdit *> m_words;
    PillButton *m_greedy;
    PillButton *m_sample;
    PillButton *m_seed;
    PillButton *m_moreButton;
    QComboBox *m_stopping;
    QLabel *m_stoppingTitle;
    DimLabel *m_pipeline;
    DimLabel *m_problem; // of a word that is none
    QWidget *m_more = nullptr;
    int m_typedWords = -1; // the field that a change comes from
    bool m_isShowing = false;
};

} // namespace ui
