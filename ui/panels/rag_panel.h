// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/panels/task_panel.h"

namespace ui {

class BarList;
class Card;
class FoundPassages;
class PassagesCard;
class SamplerCard;
class SentenceCard;
class VoteGrid;

// A question answered from passages: the answer, which passage voted for which word, the passages themselves.
class RagPanel : public TaskPanel {
    Q_OBJECT
public:
    RagPanel(engine::TaskKind task, const PanelContext &context, QWidget *parent = nullptr);

    [[nodiscard]] engine::TaskRequest request() const override;
    void setRequest(const engine::TaskRequest &request) override;
    void showRun(const ShownRun &run) override;
    void showStream(const QString &text, std::int64_t count) override;
    void focusInput() override;

protected:
    void modelChanged() override;

private:
    void showVotes(const engine::RagResult &result);
    void showCandidates(const engine::RagResult &result);

    SentenceCard *m_question;
    PassagesCard *m_passages;
    Card *m_answer;
    VoteGrid *m_votes;
    Card *m_candidates;
    BarList *m_bars;
    Card *m_found;
    FoundPassages *m_list;
    SamplerCard *m_sampler;
    TaskResultPtr m_shown;
    QString m_live; // the answer while it grows
};

} // namespace ui
