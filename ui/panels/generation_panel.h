// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/panels/branch_tree.h"
#include "ui/panels/task_panel.h"
#include "ui/shell/token_chips.h"

#include <memory>
#include <optional>

namespace ui {

class BarList;
class Card;
class DifferenceView;
class PillButton;
class SamplerCard;
class SearchCards;
class SentenceCard;
class UndoChoice;

// A tape of tokens coloured by surprisal, what could stand at any place of it, a sampler that acts on
// the logits which the run left behind, and branches.
class GenerationPanel : public TaskPanel {
    Q_OBJECT
public:
    GenerationPanel(engine::TaskKind task, const PanelContext &context, QWidget *parent = nullptr);

    [[nodiscard]] engine::TaskRequest request() const override;
    void setRequest(const engine::TaskRequest &request) override;
    [[nodiscard]] QString obstacle() const override;
    void showRun(const ShownRun &run) override;
    void showStream(const QString &text, std::int64_t count) override;
    void focusInput() override;

    void setSearch(const engine::GenerationOptions &options) override;
    [[nodiscard]] std::vector<View *> views() const override;

    void branchTo(int candidate); // the n-th bar
    void branchAt(std::int64_t step, std::int64_t token); // that token at a place of the tape; runs
    void lookAt(const std::vector<std::int64_t> &row, const QString &text); // a whole row; runs
    void goTo(int branch);        // undoable
    void compareWith(int branch); // beside the current one; −1: with none

protected:
    void modelChanged() override;

private:
    struct Node {
        Branch shown;
        QString prompt;
        TaskResultPtr result; // the oldest let theirs go: a trace is large
    };
    struct Move { // what one step of undo takes back; `to` is −1 until the run has ended
        int from = -1;
        int to = -1;
        QString promptBefore;
        QString promptAfter;
    };
    class MoveCommand;

    void build();
    void showTape();
    void showNext();
    void showPipeline(const std::vector<engine::Candidate> &candidates);
    void showComparison();
    void record(const TaskResultPtr &result);
    void visit(int branch, const QString &prompt);
    void depart(const QString &prompt, const QString &token); // from the current branch to one that a run brings
    void showBranches();
    [[nodiscard]] const engine::GenerationResult *generation() const;
    [[nodiscard]] std::size_t shownStep() const; // place on the tape whose alternatives are shown
    [[nodiscard]] QString tokenText(std::int64_t id) const;

    SentenceCard *m_prompt;
    Card *m_tapeCard;
    TokenChips *m_tape;
    Card *m_nextCard;
    BarList *m_next;
    SamplerCard *m_sampler;
    UndoChoice *m_code; // the control code
    UndoChoice *m_language;
    Card *m_tellCard; // both
    SearchCards *m_search;
    Card *m_branchCard;
    BranchTree *m_tree;
    PillButton *m_compareButton;
    Card *m_compareCard;
    DifferenceView *m_difference;
    TaskResultPtr m_shown;
    std::vector<engine::Candidate> m_candidates;
    std::vector<TokenChip> m_live; // the tape while it grows
    std::vector<Node> m_nodes;
    int m_current = -1;
    int m_compared = -1;
    std::vector<std::int64_t> m_row; // to look at in the next run; empty: search
    std::shared_ptr<Move> m_pending; // the branch whose run is under way
    QString m_pendingToken;
    bool m_isRestoring = false;
};

} // namespace ui
