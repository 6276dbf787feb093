// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/panels/task_panel.h"

#include <map>

namespace ui {

class BarList;
class Card;
class LitText;
class SentenceCard;

// Every token with its label: spans lit in the text, chips in the colour of their label.
class TaggingPanel : public TaskPanel {
    Q_OBJECT
public:
    TaggingPanel(engine::TaskKind task, const PanelContext &context, QWidget *parent = nullptr);

    [[nodiscard]] engine::TaskRequest request() const override;
    void setRequest(const engine::TaskRequest &request) override;
    void showRun(const ShownRun &run) override;
    void focusInput() override;

protected:
    void modelChanged() override;

private:
    void decorate(std::size_t token, struct TokenChip &chip) const;
    void showSpans(const engine::TokenClassificationResult &tags);
    void showToken(int token);
    [[nodiscard]] bool isFresh() const; // the result speaks of the text as it stands

    SentenceCard *m_sentence;
    Card *m_spans;
    LitText *m_lit;
    Card *m_token;
    BarList *m_tokenBars;
    TaskResultPtr m_shown;
    std::map<QString, std::size_t> m_colours; // label → place in the set of colours
};

} // namespace ui
