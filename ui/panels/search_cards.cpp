// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/search_cards.h"

#include "engine/rank_stages.h"
#include "ui/panels/rows.h"
#include "ui/panels/sampler_card.h"
#include "ui/shell/bar_list.h"
#include "ui/shell/card.h"
#include "ui/state/texts.h"
#include "ui/views/beam_tree_view.h"
#include "ui/views/tape_view.h"

#include <QVBoxLayout>

#include <algorithm>
#include <array>
#include <utility>

namespace ui {

namespace {

constexpr std::size_t kCandidates = 8;

QString tokenText(const LoadedModelPtr &model, std::int64_t id)
{
    return model && model->hasTokenizer() ? chipText(fromUtf8(model->tokenizer().display(id))) : QString::number(id);
}

} // namespace

SearchCards::SearchCards(SelectionModel &selection, SamplerCard &sampler, QObject *parent)
    : QObject(parent), m_selection(selection), m_sampler(sampler),
      m_processorCard(new Card(tr("Processors"), QString())), m_pipeline(new PipelineView(selection)),
      m_tapeCard(new Card(tr("Probability tape"), tr("per cent; the frame is the token that stands there"))),
      m_tape(new TapeView(selection)), m_beamCard(new Card(tr("Beams"), QString())),
      m_tree(new BeamTreeView(selection)), m_results(new BarList)
{
    m_processorCard->body().addWidget(m_pipeline);
    m_tapeCard->body().addWidget(m_tape);
    m_beamCard->body().addWidget(m_results);
    m_beamCard->body().addWidget(m_tree);
    for (Card *card : {m_processorCard, m_tapeCard, m_beamCard})
        card->hide();
    m_results->setClickable(true);
    m_results->setAccessibleName(tr("Results of the search"));
    m_soon.setSingleShot(true);
    m_soon.setInterval(0);
    connect(&m_soon, &QTimer::timeout, this, &SearchCards::showPipeline);
    connect(&selection, &SelectionModel::changed, this, [this] { m_soon.start(); });
    connect(&sampler, &SamplerCard::optionsChanged, this, [this] { m_soon.start(); });
    connect(m_tape, &TapeView::branchChosen, this, &SearchCards::branchChosen);
    connect(m_tree, &BeamTreeView::chosen, this, &SearchCards::chooseNode);
    connect(m_results, &BarList::activated, this, &SearchCards::chooseHypothesis);
}

std::vector<View *> SearchCards::views() const
{
    std::vector<View *> views;
    const std::array<std::pair<Card *, View *>, 3> all{
        {{m_processorCard, m_pipeline}, {m_tapeCard, m_tape}, {m_beamCard, m_tree}}};
    for (const auto &[card, view] : all)
        if (!card->isHidden() && !view->isHidden())
            views.push_back(view);
    return views;
}

const engine::GenerationResult *SearchCards::generation() const
{
    return m_shown ? std::get_if<engine::GenerationResult>(&m_shown->payload) : nullptr;
}

void SearchCards::show(const LoadedModelPtr &model, const TaskResultPtr &result)
{
    m_model = model;
    m_shown = result;
    const bool hasRow = generation() != nullptr && !generation()->steps.empty();
    m_tapeCard->setVisible(hasRow);
    m_tape->show(model, result);
    showPipeline();
    showBeams();
}

void SearchCards::showPipeline()
{
    PipelineView::Contents contents = pipelineContents();
    const bool hasStages = !contents.stages.empty();
    if (hasStages) {
        const auto length = static_cast<std::int64_t>(generation()->steps.size());
        const std::int64_t step = m_selection.current().step.value_or(length);
        m_processorCard->headline().setParts(
            tr("Processors"), step >= length
                                  ? tr("what each makes of the next token · hatched = removed, framed = moved")
                                  : tr("what each makes of place %1 · hatched = removed, framed = moved").arg(step));
        m_pipeline->setContents(std::move(contents));
    }
    m_processorCard->setVisible(hasStages);
}

// Nothing where there is no search, or where nothing acts on its scores.
PipelineView::Contents SearchCards::pipelineContents() const
{
    PipelineView::Contents contents;
    const engine::GenerationResult *result = generation();
    if (result == nullptr || result->steps.empty() || result->hypotheses.empty())
        return contents;
    const auto length =
        static_cast<std::int64_t>(std::min(result->steps.size(), result->hypotheses.front().ids.size()));
    const auto step = std::clamp<std::int64_t>(m_selection.current().step.value_or(length), 1, length);
    const auto logits = result->logitsFor(static_cast<std::size_t>(step));
    if (logits.empty())
        return contents;
    try {
        contents.stages = engine::rankStages(
            {.logits = logits,
             .priorIds = std::span(result->hypotheses.front().ids).first(static_cast<std::size_t>(step)),
             .promptLength = result->promptLength,
             .count = kCandidates},
            searchOptions(m_sampler.options()));
    } catch (const engine::Error &) {
        return contents; // the sampler says which option is at fault
    }
    if (contents.stages.empty())
        return contents;
    for (const engine::StageCandidate &candidate : contents.stages.front().candidates) {
        contents.names.push_back(tokenText(m_model, candidate.id));
        contents.raw.push_back(candidate.before);
    }
    return contents;
}

void SearchCards::showBeams()
{
    const engine::GenerationResult *result = generation();
    const bool isGiven = result != nullptr && result->stopReason == "given";
    if (isGiven && !m_hypotheses.empty() && !m_start.empty() && !result->hypotheses.empty() &&
        result->hypotheses.front().ids.size() >= m_start.size() &&
        std::equal(m_start.begin(), m_start.end(), result->hypotheses.front().ids.begin()))
        return; // one of them is looked at
    m_tree->setHistory(result == nullptr ? nullptr : result->beams);
    m_hypotheses = result == nullptr ? std::vector<engine::Hypothesis>() : result->hypotheses;
    m_start.clear();
    if (!m_hypotheses.empty())
        m_start.assign(m_hypotheses.front().ids.begin(),
                       m_hypotheses.front().ids.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                              result->promptLength, m_hypotheses.front().ids.size())));
    const bool hasTree = result != nullptr && result->beams != nullptr;
    m_beamCard->setVisible(m_hypotheses.size() > 1 || hasTree);
    m_tree->setVisible(hasTree);
    m_results->setVisible(m_hypotheses.size() > 1);
    if (m_hypotheses.size() > 1)
        m_results->setRows(hypothesisRows(m_hypotheses));
    m_beamCard->headline().setParts(hasTree ? tr("Beams") : tr("Samples"),
                                    hasTree
                                        ? tr("score = sum of log probabilities over length · click a row to look at it")
                                        : tr("click one to look at it"));
}

void SearchCards::chooseNode(std::int64_t node)
{
    const auto &history = m_tree->history();
    if (!history || node < 0 || node >= static_cast<std::int64_t>(history->nodes.size()))
        return;
    std::vector<std::int64_t> ids = m_start;
    const std::vector<std::int64_t> path = beamPath(*history, node);
    ids.insert(ids.end(), path.begin(), path.end());
    QString text;
    for (const std::int64_t id : path)
        text += m_model && m_model->hasTokenizer() ? fromUtf8(m_model->tokenizer().display(id)) : QString::number(id);
    emit rowChosen(ids, text.simplified());
}

void SearchCards::chooseHypothesis(int index)
{
    if (index < 0 || index >= static_cast<int>(m_hypotheses.size()))
        return;
    const engine::Hypothesis &chosen = m_hypotheses[static_cast<std::size_t>(index)];
    emit rowChosen(chosen.ids, fromUtf8(chosen.newText).simplified());
}

} // namespace ui
