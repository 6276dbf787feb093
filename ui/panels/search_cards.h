// SPDX-License-Identifier: GPL-3.0-or-later
// What there is to see of a search, for every panel that has one: what the processors did at a place, the probability
// tape, the tree of the beams.
#pragma once

#include "ui/state/engine_client.h"
#include "ui/state/selection_model.h"
#include "ui/views/pipeline_view.h"

#include <QObject>
#include <QTimer>

#include <vector>

namespace ui {

class BarList;
class BeamTreeView;
class Card;
class SamplerCard;
class TapeView;
class View;

class SearchCards : public QObject {
    Q_OBJECT
public:
    // The cards are to be put into a layout; until there is something to see they are hidden.
    SearchCards(SelectionModel &selection, SamplerCard &sampler, QObject *parent = nullptr);

    [[nodiscard]] Card *processors() const noexcept { return m_processorCard; }
    [[nodiscard]] Card *tape() const noexcept { return m_tapeCard; }
    [[nodiscard]] Card *beams() const noexcept { return m_beamCard; }
    [[nodiscard]] TapeView &tapeView() noexcept { return *m_tape; }
    [[nodiscard]] BeamTreeView &beamView() noexcept { return *m_tree; }
    [[nodiscard]] std::vector<View *> views() const;

    // Null: nothing. A row that was given instead of searched leaves the beams of the search where they are.
    void show(const LoadedModelPtr &model, const TaskResultPtr &result);

signals:
    void branchChosen(std::int64_t step, std::int64_t token);
    void rowChosen(const std::vector<std::int64_t> &ids, const QString &text); // of a beam or a sample, whole

private:
    [[nodiscard]] const engine::GenerationResult *generation() const;
    void showPipeline();
    [[nodiscard]] PipelineView::Contents pipelineContents() const;
    void showBeams();
    void chooseNode(std::int64_t node);
    void chooseHypothesis(int index);

    SelectionModel &m_selection;
    SamplerCard &m_sampler;
    Card *m_processorCard;
    PipelineView *m_pipeline;
    Card *m_tapeCard;
    TapeView *m_tape;
    Card *m_beamCard;
    BeamTreeView *m_tree;
    BarList *m_results;
    LoadedModelPtr m_model;
    TaskResultPtr m_shown;
    std::vector<std::int64_t> m_start;            // of the row that the beams grew from
    std::vector<engine::Hypothesis> m_hypotheses; // of the search
    QTimer m_soon;                                // several changes in a row are one picture
};

} // namespace ui
