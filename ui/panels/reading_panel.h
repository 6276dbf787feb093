// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/panels/task_panel.h"

namespace ui {

class BarList;
class Card;
class FoundPassages;
class PassagesCard;
class SentenceCard;

// A question and passages: the answers of each passage, the most relevant passage first.
class ReadingPanel : public TaskPanel {
    Q_OBJECT
public:
    ReadingPanel(engine::TaskKind task, const PanelContext &context, QWidget *parent = nullptr);

    [[nodiscard]] engine::TaskRequest request() const override;
    void setRequest(const engine::TaskRequest &request) override;
    [[nodiscard]] QString obstacle() const override;
    void showRun(const ShownRun &run) override;
    void focusInput() override;

protected:
    void modelChanged() override;

private:
    void showBest(std::size_t span);
    SentenceCard *m_question;
    PassagesCard *m_passages;
    Card *m_best;
    BarList *m_bars;
    Card *m_read;
    FoundPassages *m_list;
    TaskResultPtr m_shown;
};

} // namespace ui
