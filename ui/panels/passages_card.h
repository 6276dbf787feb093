// SPDX-License-Identifier: GPL-3.0-or-later
// Where passages come from: typed, one a line, or a file or an index of them; and the models beside the one that is
// open that embed or read them.
#pragma once

#include "ui/panels/sentence_card.h"

#include "engine/retrieval.h"

#include <filesystem>

class QGridLayout;
class QLineEdit;
class QSpinBox;

namespace ui {

struct PassagesOptions {
    bool asksForQuestionEncoder = false;
    bool asksForPassageEncoder = false;
    bool asksForReader = false;
    bool asksForCount = true; // how many are found for a question
};

class PassagesCard : public SentenceCard {
    Q_OBJECT
public:
    PassagesCard(QUndoStack &undo, const PassagesOptions &options, QWidget *parent = nullptr);

    [[nodiscard]] engine::RetrievalRequest retrieval() const;
    void setRetrieval(const engine::RetrievalRequest &request); // the typed passages are undoable
    // Fields that are empty are filled with what lies beside the model.
    void suggestFor(const engine::ModelInfo &info);
    [[nodiscard]] bool hasPassages() const;

signals:
    void edited();

private:
    struct Row {
        QString title;
        QString placeholder;
    };
    QLineEdit *addFolder(const Row &row);
    void browse(QLineEdit &field);

    QGridLayout *m_grid;
    QLineEdit *m_source;
    QLineEdit *m_questionEncoder = nullptr; // null: not asked for
    QLineEdit *m_passageEncoder = nullptr;
    QLineEdit *m_reader = nullptr;
    QSpinBox *m_count = nullptr;
};

// "Title | text" lines, and back. A line without a bar is a text without a title.
[[nodiscard]] std::vector<engine::Passage> passagesIn(const QString &lines);
[[nodiscard]] QString linesOf(const std::vector<engine::Passage> &passages);
// To begin with.
[[nodiscard]] std::vector<engine::Passage> samplePassages();

} // namespace ui
