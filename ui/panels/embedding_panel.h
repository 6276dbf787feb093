// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/panels/task_panel.h"

namespace ui {

class Card;
class FoundPassages;
class IndexCard;
class PassagesCard;
class SentenceCard;
class VectorStrip;

// The vector of a question and the passages nearest to it, with a reader's answers lit in them.
class QuestionPanel : public TaskPanel {
    Q_OBJECT
public:
    QuestionPanel(engine::TaskKind task, const PanelContext &context, QWidget *parent = nullptr);

    [[nodiscard]] engine::TaskRequest request() const override;
    void setRequest(const engine::TaskRequest &request) override;
    void showRun(const ShownRun &run) override;
    void focusInput() override;

protected:
    void modelChanged() override;

private:
    SentenceCard *m_question;
    PassagesCard *m_passages;
    Card *m_found;
    FoundPassages *m_list;
    Card *m_vector;
    VectorStrip *m_strip;
    TaskResultPtr m_shown;
};

// The vector of a passage; and an index of many, built with progress.
class PassagePanel : public TaskPanel {
    Q_OBJECT
public:
    PassagePanel(engine::TaskKind task, const PanelContext &context, QWidget *parent = nullptr);

    [[nodiscard]] engine::TaskRequest request() const override;
    void setRequest(const engine::TaskRequest &request) override;
    [[nodiscard]] QString obstacle() const override;
    void showRun(const ShownRun &run) override;
    void showIndex(const engine::IndexInfo &info) override;
    void focusInput() override;

protected:
    void modelChanged() override;

private:
    SentenceCard *m_title;
    SentenceCard *m_passage;
    IndexCard *m_index;
    Card *m_vector;
    VectorStrip *m_strip;
    TaskResultPtr m_shown;
};

} // namespace ui
