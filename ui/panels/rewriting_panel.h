// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/panels/alignment.h"
#include "ui/panels/task_panel.h"

namespace ui {

class BarList;
class Card;
class SamplerCard;
class SearchCards;
class SentenceCard;
class TokenChips;
class UndoChoice;

// A text in, another one out: translation, summarization, text2text-generation. Pointing at a word of one lights up
// what it leans on in the other.
class RewritingPanel : public TaskPanel {
    Q_OBJECT
public:
    RewritingPanel(engine::TaskKind task, const PanelContext &context, QWidget *parent = nullptr);

    [[nodiscard]] engine::TaskRequest request() const override;
    void setRequest(const engine::TaskRequest &request) override;
    void showRun(const ShownRun &run) override;
    void showStream(const QString &text, std::int64_t count) override;
    void focusInput() override;

    void setSearch(const engine::GenerationOptions &options) override;
    [[nodiscard]] std::vector<View *> views() const override;

    void lookAt(const std::vector<std::int64_t> &row); // a whole row of the decoder; runs
    void pointAtTarget(int token); // −1: at none
    void pointAtSource(int token);

protected:
    void modelChanged() override;

private:
    class LookCommand;

    void build();
    void showTarget();
    void showSentences();
    void adoptPrefix();
    void light(TokenChips &chips, const std::vector<float> &weights);
    [[nodiscard]] const engine::GenerationResult *generation() const;

    SentenceCard *m_source;
    Card *m_how;
    UndoChoice *m_prefix;
    UndoChoice *m_from;
    UndoChoice *m_to;
    Card *m_answer;
    TokenChips *m_sourceChips; // what the encoder read, prefix and special tokens included
    TokenChips *m_target;
    Card *m_sentenceCard;
    BarList *m_sentences;
    SamplerCard *m_sampler;
    SearchCards *m_search;
    TaskResultPtr m_shown;
    TaskResultPtr m_leaving; // for the row that the next run looks at
    Alignment m_alignment;
    std::vector<std::int64_t> m_row; // to look at in the next run; empty: search
    QString m_live; // the answer while it grows
};

} // namespace ui
