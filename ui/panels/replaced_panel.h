// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/panels/task_panel.h"

namespace ui {

class BarList;
class Card;
class SentenceCard;

// Which tokens the discriminator takes for replacements: chips coloured by that probability, the likeliest as bars.
class ReplacedPanel : public TaskPanel {
    Q_OBJECT
public:
    ReplacedPanel(engine::TaskKind task, const PanelContext &context, QWidget *parent = nullptr);

    [[nodiscard]] engine::TaskRequest request() const override;
    void setRequest(const engine::TaskRequest &request) override;
    void showRun(const ShownRun &run) override;
    void focusInput() override;

protected:
    void modelChanged() override;

private:
    void decorate(std::size_t token, struct TokenChip &chip) const;
    void showTokens(const engine::ReplacedTokensResult &result);
    void select(int token);

    SentenceCard *m_sentence;
    Card *m_answer;
    BarList *m_bars;
    std::vector<int> m_barTokens; // the token of each bar
    TaskResultPtr m_shown;
};

// From the ground of a chip (0) to the theme's warning colour (1).
[[nodiscard]] QColor replacedColour(double probability);

} // namespace ui
