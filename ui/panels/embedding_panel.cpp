// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/embedding_panel.h"

#include "ui/panels/found_passages.h"
#include "ui/panels/index_card.h"
#include "ui/panels/passages_card.h"
#include "ui/panels/sentence_card.h"
#include "ui/panels/undo_text.h"
#include "ui/panels/vector_strip.h"
#include "ui/state/numbers.h"
#include "ui/state/texts.h"

#include <QVBoxLayout>

#include <cmath>

namespace ui {

namespace {

const engine::EmbeddingResult *embedded(const TaskResultPtr &result)
{
    return result ? std::get_if<engine::EmbeddingResult>(&result->payload) : nullptr;
}

void showVector(Card &card, VectorStrip &strip, const engine::EmbeddingResult &result)
{
    const auto values = result.vector.floats();
    double squares = 0.0;
    for (const float value : values)
        squares += static_cast<double>(value) * static_cast<double>(value);
    card.headline().setParts(
        QuestionPanel::tr("Its vector"),
        QuestionPanel::tr("%1 numbers · length %2").arg(values.size()).arg(std::sqrt(squares), 0, 'f', 2));
    strip.setValues({values.begin(), values.end()});
}

} // namespace

QuestionPanel::QuestionPanel(engine::TaskKind task, const PanelContext &context, QWidget *parent)
    : TaskPanel(task, context, parent),
      m_question(new SentenceCard(context.undo, {.title = tr("Question"), .placeholder = tr("Who bakes the bread?")})),
      m_passages(new PassagesCard(context.undo, {.asksForPassageEncoder = true, .asksForReader = true})),
      m_found(new Card), m_list(new FoundPassages), m_vector(new Card), m_strip(new VectorStrip)
{
    column().addWidget(m_question);
    column().addWidget(m_passages);
    addExamplesHere();
    m_found->body().addWidget(m_list);
    m_vector->body().addWidget(m_strip);
    for (Card *card : {m_found, m_vector}) {
        card->hide();
        column().addWidget(card);
    }
    column().addStretch(1);
    connect(m_question, &SentenceCard::textEdited, this, &TaskPanel::inputsEdited);
    connect(m_passages, &PassagesCard::edited, this, &TaskPanel::inputsEdited);
}

void QuestionPanel::modelChanged()
{
    m_question->setModel(model());
    if (model())
        m_passages->suggestFor(model()->info());
    if (m_question->text().isEmpty())
        m_question->setText(tr("Who bakes the bread?"));
}

engine::TaskRequest QuestionPanel::request() const
{
    engine::TaskRequest request;
    request.task = task();
    request.text = toUtf8(m_question->text());
    request.retrieval = m_passages->retrieval();
    return request;
}

void QuestionPanel::setRequest(const engine::TaskRequest &request)
{
    m_question->setText(fromUtf8(request.text));
    m_passages->setRetrieval(request.retrieval);
}

void QuestionPanel::focusInput()
{
    m_question->field().setFocus();
}

void QuestionPanel::showRun(const ShownRun &run)
{
    m_shown = run.result;
    const engine::EmbeddingResult *result = embedded(m_shown);
    m_vector->setVisible(result != nullptr);
    m_found->setVisible(result != nullptr && !result->passages.empty());
    if (result == nullptr)
        return;
    showVector(*m_vector, *m_strip, *result);
    if (result->passages.empty())
        return;
    if (result->reading && !result->reading->spans.empty()) {
        const engine::ReadSpan &best = result->reading->spans.front();
        m_found->headline().setParts(tr("The reader says"),
                                     tr("score %1 · relevance %2 · %3")
                                         .arg(best.score, 0, 'f', 2)
                                         .arg(best.relevance, 0, 'f', 2)
                                         .arg(millisecondsText(m_shown->elapsedMs)),
                                     fromUtf8(best.text));
        m_list->showRead(*result->reading);
        return;
    }
    m_found->headline().setParts(tr("Nearest is"),
                                 tr("inner product %1 · %2")
                                     .arg(result->passages.front().score, 0, 'f', 3)
                                     .arg(millisecondsText(m_shown->elapsedMs)),
                                 fromUtf8(result->passages.front().passage.title));
    m_list->showFound(result->passages);
}

PassagePanel::PassagePanel(engine::TaskKind task, const PanelContext &context, QWidget *parent)
    : TaskPanel(task, context, parent),
      m_title(new SentenceCard(context.undo, {.title = tr("Title"), .placeholder = tr("Anna"), .showsTokens = false})),
      m_passage(new SentenceCard(context.undo, {.title = tr("Passage"),
                                                .placeholder = tr("Anna bakes bread in the kitchen every morning."),
                                                .leastLines = 2,
                                                .showsTokens = false})),
      m_index(new IndexCard), m_vector(new Card), m_strip(new VectorStrip)
{
    column().addWidget(m_title);
    column().addWidget(m_passage);
    addExamplesHere();
    m_vector->body().addWidget(m_strip);
    m_vector->hide();
    column().addWidget(m_vector);
    column().addWidget(m_index);
    column().addStretch(1);
    connect(m_title, &SentenceCard::textEdited, this, &TaskPanel::inputsEdited);
    connect(m_passage, &SentenceCard::textEdited, this, &TaskPanel::inputsEdited);
    connect(m_index, &IndexCard::requested, this, &TaskPanel::indexRequested);
}

void PassagePanel::modelChanged()
{
    m_title->setModel(model());
    m_passage->setModel(model());
    if (m_passage->text().isEmpty() && m_title->text().isEmpty()) {
        const engine::Passage sample = samplePassages().front();
        m_title->setText(fromUtf8(sample.title));
        m_passage->setText(fromUtf8(sample.text));
    }
}

engine::TaskRequest PassagePanel::request() const
{
    engine::TaskRequest request;
    request.task = task();
    request.text = toUtf8(m_title->text());
    request.textPair = toUtf8(m_passage->text());
    return request;
}

void PassagePanel::setRequest(const engine::TaskRequest &request)
{
    m_title->setText(fromUtf8(request.text));
    m_passage->setText(fromUtf8(request.textPair.value_or(std::string())));
}

QString PassagePanel::obstacle() const
{
    if (m_title->text().trimmed().isEmpty())
        return tr("The passage has no title yet: type one, or pick an example.");
    if (m_passage->text().trimmed().isEmpty())
        return tr("There is no passage yet: type one, or pick an example.");
    return {};
}

void PassagePanel::focusInput()
{
    m_passage->field().setFocus();
}

void PassagePanel::showRun(const ShownRun &run)
{
    m_shown = run.result;
    const engine::EmbeddingResult *result = embedded(m_shown);
    m_vector->setVisible(result != nullptr);
    if (result != nullptr)
        showVector(*m_vector, *m_strip, *result);
}

void PassagePanel::showIndex(const engine::IndexInfo &info)
{
    m_index->showInfo(info);
}

} // namespace ui
