// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/panels/task_panel.h"

#include <vector>

namespace ui {

class BarList;
class Card;
class PillButton;
class SentenceCard;
class UndoText;

// A beginning and several endings; which one fits. Click a bar to look at that row in the views.
class ChoicePanel : public TaskPanel {
    Q_OBJECT
public:
    ChoicePanel(engine::TaskKind task, const PanelContext &context, QWidget *parent = nullptr);

    [[nodiscard]] engine::TaskRequest request() const override;
    void setRequest(const engine::TaskRequest &request) override;
    [[nodiscard]] QString obstacle() const override;
    void showRun(const ShownRun &run) override;
    void focusInput() override;

protected:
    void modelChanged() override;

private:
    void setChoiceCount(std::size_t count);
    SentenceCard *m_prompt;
    Card *m_choiceCard;
    std::vector<UndoText *> m_choices;
    PillButton *m_more;
    PillButton *m_fewer;
    Card *m_answer;
    BarList *m_bars;
    std::vector<std::size_t> m_rowOfBar; // bars are sorted, choices are not
};

} // namespace ui
