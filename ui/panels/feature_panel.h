// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/panels/task_panel.h"

#include <optional>

namespace ui {

class BarList;
class Card;
class PillButton;
class SentenceCard;
class SimilarityGrid;
class VectorStrip;

// The vectors that the model makes of a text: the pooled one, and one a token on click.
class FeaturePanel : public TaskPanel {
    Q_OBJECT
public:
    FeaturePanel(engine::TaskKind task, const PanelContext &context, QWidget *parent = nullptr);

    [[nodiscard]] engine::TaskRequest request() const override;
    void setRequest(const engine::TaskRequest &request) override;
    void showRun(const ShownRun &run) override;
    void focusInput() override;

protected:
    void modelChanged() override;

private:
    void showVector(std::optional<std::int64_t> token); // none: the pooled vector, or the first token's
    void addPoolings();
    void showSimilarities();
    void writeVectors();
    SentenceCard *m_sentence;
    Card *m_vector;
    VectorStrip *m_strip;
    Card *m_norms;
    BarList *m_bars;
    SentenceCard *m_others; // texts to compare with, one a line
    Card *m_similar;
    SimilarityGrid *m_grid;
    std::vector<PillButton *> m_poolings; // in the engine's order
    engine::TextPooling m_pooling = engine::TextPooling::Mean;
    TaskResultPtr m_shown;
};

} // namespace ui
