// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/panels/task_panel.h"

namespace ui {

class BarList;
class Card;
class SentenceCard;

// Labels with bars for one text, or for a pair of sentences.
class LabelPanel : public TaskPanel {
    Q_OBJECT
public:
    struct Words {
        QString first;
        QString second; // title of the second text; empty: there is none
        QString answer; // "The sentence is most likely"
    };
    LabelPanel(engine::TaskKind task, const PanelContext &context, Words words);

    [[nodiscard]] engine::TaskRequest request() const override;
    void setRequest(const engine::TaskRequest &request) override;
    [[nodiscard]] QString obstacle() const override;
    void showRun(const ShownRun &run) override;
    void focusInput() override;

protected:
    void modelChanged() override;

private:
    void showChanges(const ShownRun &run);
    Words m_words;
    SentenceCard *m_first;
    SentenceCard *m_second = nullptr;
    Card *m_answer;
    BarList *m_bars;
    Card *m_changes;
    BarList *m_changeBars;
};

} // namespace ui
