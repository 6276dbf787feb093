// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/rag_panel.h"

#include "ui/panels/found_passages.h"
#include "ui/panels/passages_card.h"
#include "ui/panels/sampler_card.h"
#include "ui/panels/sentence_card.h"
#include "ui/panels/undo_text.h"
#include "ui/panels/vote_grid.h"
#include "ui/shell/bar_list.h"
#include "ui/state/numbers.h"
#include "ui/state/texts.h"

#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

const engine::RagResult *answered(const TaskResultPtr &result)
{
    return result ? std::get_if<engine::RagResult>(&result->payload) : nullptr;
}

} // namespace

RagPanel::RagPanel(engine::TaskKind task, const PanelContext &context, QWidget *parent)
    : TaskPanel(task, context, parent),
      m_question(new SentenceCard(
          context.undo, {.title = tr("Question"), .placeholder = tr("Who bakes the bread?"), .showsTokens = false})),
      m_passages(new PassagesCard(context.undo, {.asksForPassageEncoder = true})), m_answer(new Card),
      m_votes(new VoteGrid),
      m_candidates(new Card(tr("Candidates"), tr("beams of every document, scored over all documents"))),
      m_bars(new BarList), m_found(new Card(tr("What the generator read"), tr("nearest first"))),
      m_list(new FoundPassages), m_sampler(new SamplerCard(context.undo))
{
    column().addWidget(m_question);
    column().addWidget(m_passages);
    addExamplesHere();
    m_answer->body().addWidget(m_votes);
    m_candidates->body().addWidget(m_bars);
    m_found->body().addWidget(m_list);
    for (Card *card : {m_answer, m_candidates, m_found}) {
        card->hide();
        column().addWidget(card);
    }
    column().addWidget(m_sampler);
    column().addStretch(1);
    connect(m_question, &SentenceCard::textEdited, this, &TaskPanel::inputsEdited);
    connect(m_passages, &PassagesCard::edited, this, &TaskPanel::inputsEdited);
    connect(m_sampler, &SamplerCard::rerollRequested, this, &TaskPanel::runRequested);
    connect(m_votes, &VoteGrid::clicked, this, [this](int row, int column) {
        Selection next = selection().current();
        next.row = column; // the document's row of the batch
        next.step = row + 1;
        selection().select(next);
    });
}

void RagPanel::modelChanged()
{
    m_shown.reset();
    m_question->setModel(model());
    if (!model())
        return;
    m_passages->suggestFor(model()->info());
    if (m_question->text().isEmpty())
        m_question->setText(tr("Who bakes the bread?"));
    m_sampler->setOptionsSilently(engine::generationFor(model()->info(), task()));
}

engine::TaskRequest RagPanel::request() const
{
    engine::TaskRequest request;
    request.task = task();
    request.text = toUtf8(m_question->text());
    request.retrieval = m_passages->retrieval();
    request.generation = m_sampler->options();
    return request;
}

void RagPanel::setRequest(const engine::TaskRequest &request)
{
    m_question->setText(fromUtf8(request.text));
    m_passages->setRetrieval(request.retrieval);
}

void RagPanel::focusInput()
{
    m_question->field().setFocus();
}

void RagPanel::showStream(const QString &text, std::int64_t)
{
    m_live += text;
    m_answer->headline().setParts(tr("Writing"), QString(), shortened(m_live, 400));
    m_answer->show();
}

void RagPanel::showRun(const ShownRun &run)
{
    m_live.clear();
    m_shown = run.result;
    const engine::RagResult *result = answered(m_shown);
    for (Card *card : {m_answer, m_found})
        card->setVisible(result != nullptr);
    m_candidates->setVisible(result != nullptr && result->candidates.size() > 1);
    if (result == nullptr)
        return;
    showVotes(*result);
    showCandidates(*result);
    std::vector<engine::FoundPassage> found;
    for (const engine::ReadDocument &document : result->documents)
        found.push_back(document.found);
    m_list->showFound(found);
}

void RagPanel::showVotes(const engine::RagResult &result)
{
    const bool holds = task() == engine::TaskKind::RagSequence;
    const QString text = result.generation.hypotheses.empty()
                             ? QString()
                             : fromUtf8(result.generation.hypotheses.front().text).simplified();
    const QString how = holds ? tr("each row: how likely each passage is to stand behind the answer so far")
                              : tr("each row: which passage voted for the word");
    m_answer->headline().setParts(QString(), how + QStringLiteral(" · ") + millisecondsText(m_shown->elapsedMs),
                                  text.isEmpty() ? tr("(nothing)") : text);
    QStringList documents;
    for (std::size_t i = 0; i < result.documents.size(); ++i) {
        const QString title = fromUtf8(result.documents[i].found.passage.title);
        documents << (title.isEmpty() ? tr("passage %1").arg(i + 1) : title);
    }
    const auto shares = result.shares.floats();
    const std::size_t count = result.documents.size();
    std::vector<VoteRow> rows;
    for (std::size_t i = 1; i < result.generation.steps.size(); ++i) { // not of the start token
        const engine::TokenStep &step = result.generation.steps[i];
        VoteRow row{.token = chipText(fromUtf8(step.text)), .number = probabilityText(step.probability), .shares = {}};
        for (std::size_t d = 0; d < count; ++d)
            row.shares.push_back(static_cast<double>(shares[i * count + d]));
        rows.push_back(std::move(row));
    }
    m_votes->setVotes(documents, std::move(rows));
}

void RagPanel::showCandidates(const engine::RagResult &result)
{
    constexpr std::size_t kMostShown = 8;
    std::vector<BarRow> rows;
    for (std::size_t i = 0; i < std::min(result.candidates.size(), kMostShown); ++i) {
        const engine::SequenceCandidate &candidate = result.candidates[i];
        const QString text = fromUtf8(candidate.text).simplified();
        BarRow row{.label = text.isEmpty() ? tr("(nothing)") : text,
                   .number = QString::number(candidate.loss, 'f', 2),
                   .share = std::exp(result.candidates.front().loss - candidate.loss)};
        row.isStrong = i == 0;
        QStringList from;
        for (const std::size_t document : candidate.documents)
            from << fromUtf8(result.documents[document].found.passage.title);
        row.tip = tr("−log p = %1; found for: %2").arg(candidate.loss, 0, 'f', 3).arg(from.join(QStringLiteral(", ")));
        rows.push_back(std::move(row));
    }
    m_bars->setRows(std::move(rows));
}

} // namespace ui
