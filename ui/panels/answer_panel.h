// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/panels/task_panel.h"

namespace ui {

class BarList;
class Card;
class LitText;
class SentenceCard;
class SpanCurves;

// A question and a passage; the answer lit in the passage, the runners-up, the two curves behind them.
class AnswerPanel : public TaskPanel {
    Q_OBJECT
public:
    AnswerPanel(engine::TaskKind task, const PanelContext &context, QWidget *parent = nullptr);

    [[nodiscard]] engine::TaskRequest request() const override;
    void setRequest(const engine::TaskRequest &request) override;
    [[nodiscard]] QString obstacle() const override;
    void showRun(const ShownRun &run) override;
    void focusInput() override;

protected:
    void modelChanged() override;

private:
    void light(std::size_t answer);
    void showCurves(const engine::AnswerResult &result);
    SentenceCard *m_question;
    SentenceCard *m_passage;
    Card *m_answer;
    LitText *m_lit;
    Card *m_best;
    BarList *m_bars;
    Card *m_where;
    SpanCurves *m_curves;
    TaskResultPtr m_shown;
    QString m_ranPassage; // that the result speaks of
};

} // namespace ui
