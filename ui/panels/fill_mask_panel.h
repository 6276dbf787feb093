// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/panels/task_panel.h"

#include <optional>

class QLineEdit;

namespace ui {

class BarList;
class Card;
class SentenceCard;

// Click a word to mask it, read the candidates, accept one.
class FillMaskPanel : public TaskPanel {
    Q_OBJECT
public:
    FillMaskPanel(engine::TaskKind task, const PanelContext &context, QWidget *parent = nullptr);

    [[nodiscard]] engine::TaskRequest request() const override;
    void setRequest(const engine::TaskRequest &request) override;
    [[nodiscard]] QString obstacle() const override;
    void showRun(const ShownRun &run) override;
    void focusInput() override;

    void toggleMask(int token);                          // masks the token, or puts the word back
    void accept(std::size_t mask, std::size_t candidate); // puts a candidate in the place of a mask

protected:
    void modelChanged() override;

private:
    struct Masked { // a word that was masked by a click, so that a second click brings it back
        qsizetype place = 0;
        QString word;
    };
    [[nodiscard]] QString maskToken() const;
    void showMasks(const engine::FillMaskResult &result, double elapsedMs);
    void showChanges(const ShownRun &run);
    void putText(const QString &text);

    SentenceCard *m_sentence;
    QLineEdit *m_only; // words that may stand there, separated by commas
    QWidget *m_answers;
    Card *m_changes;
    BarList *m_changeBars;
    TaskResultPtr m_shown;
    std::optional<Masked> m_masked;
};

} // namespace ui
