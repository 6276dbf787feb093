// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/panels/alignment.h"
#include "ui/panels/task_panel.h"

class QComboBox;
class QLineEdit;

namespace ui {

class BarList;
class Card;
class SamplerCard;
class SentenceCard;
class TokenChips;

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

    void pointAtTarget(int token); // −1: at none
    void pointAtSource(int token);

protected:
    void modelChanged() override;

private:
    void build();
    void showTarget();
    void showBeams();
    void light(TokenChips &chips, const std::vector<float> &weights);
    [[nodiscard]] const engine::GenerationResult *generation() const;

    SentenceCard *m_source;
    Card *m_how;
    QComboBox *m_prefix;
    QLineEdit *m_from;
    QLineEdit *m_to;
    Card *m_answer;
    TokenChips *m_sourceChips; // what the encoder read, prefix and special tokens included
    TokenChips *m_target;
    Card *m_beamCard;
    BarList *m_beams;
    SamplerCard *m_sampler;
    TaskResultPtr m_shown;
    Alignment m_alignment;
    QString m_live; // the answer while it grows
};

} // namespace ui
