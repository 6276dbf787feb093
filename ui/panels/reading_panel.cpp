// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/reading_panel.h"

#include "ui/panels/found_passages.h"
#include "ui/panels/passages_card.h"
#include "ui/panels/sentence_card.h"
#include "ui/panels/undo_text.h"
#include "ui/shell/bar_list.h"
#include "ui/state/numbers.h"
#include "ui/state/texts.h"

#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

const engine::ReadingResult *reading(const TaskResultPtr &result)
{
    return result ? std::get_if<engine::ReadingResult>(&result->payload) : nullptr;
}

} // namespace

ReadingPanel::ReadingPanel(engine::TaskKind task, const PanelContext &context, QWidget *parent)
    : TaskPanel(task, context, parent),
      m_question(new SentenceCard(
          context.undo, {.title = tr("Question"), .placeholder = tr("Who bakes the bread?"), .showsTokens = false})),
      m_passages(new PassagesCard(context.undo, {.asksForQuestionEncoder = true, .asksForPassageEncoder = true})),
      m_best(new Card), m_bars(new BarList),
      m_read(new Card(tr("Where the answers stand"), tr("the most relevant passage first"))), m_list(new FoundPassages)
{
    column().addWidget(m_question);
    column().addWidget(m_passages);
    addExamplesHere();
    m_best->body().addWidget(m_bars);
    m_read->body().addWidget(m_list);
    for (Card *card : {m_best, m_read}) {
        card->hide();
        column().addWidget(card);
    }
    column().addStretch(1);
    m_bars->setClickable(true);
    connect(m_bars, &BarList::activated, this, [this](int row) { showBest(static_cast<std::size_t>(row)); });
    connect(m_question, &SentenceCard::textEdited, this, &TaskPanel::inputsEdited);
    connect(m_passages, &PassagesCard::edited, this, &TaskPanel::inputsEdited);
}

void ReadingPanel::modelChanged()
{
    m_question->setModel(model());
    if (model())
        m_passages->suggestFor(model()->info());
    if (m_question->text().isEmpty())
        m_question->setText(tr("Who bakes the bread?"));
}

engine::TaskRequest ReadingPanel::request() const
{
    engine::TaskRequest request;
    request.task = task();
    request.text = toUtf8(m_question->text());
    request.retrieval = m_passages->retrieval();
    return request;
}

void ReadingPanel::setRequest(const engine::TaskRequest &request)
{
    m_question->setText(fromUtf8(request.text));
    m_passages->setRetrieval(request.retrieval);
}

QString ReadingPanel::obstacle() const
{
    if (m_question->text().trimmed().isEmpty())
        return tr("There is no question yet: type one, or pick an example.");
    if (!m_passages->hasPassages())
        return tr("There are no passages yet: type one a line, or name a file or an index.");
    return {};
}

void ReadingPanel::focusInput()
{
    m_question->field().setFocus();
}

void ReadingPanel::showRun(const ShownRun &run)
{
    m_shown = run.result;
    const engine::ReadingResult *result = reading(m_shown);
    const bool hasSpans = result != nullptr && !result->spans.empty();
    m_best->setVisible(hasSpans);
    m_read->setVisible(result != nullptr);
    if (result != nullptr)
        m_list->showRead(*result);
    if (!hasSpans)
        return;
    constexpr std::size_t kMostShown = 8;
    double largest = 0.0;
    for (const engine::ReadSpan &span : result->spans)
        largest = std::max(largest, std::exp(span.score));
    std::vector<BarRow> rows;
    for (std::size_t i = 0; i < std::min(result->spans.size(), kMostShown); ++i) {
        const engine::ReadSpan &span = result->spans[i];
        const QString title = fromUtf8(result->passages[span.passage].found.passage.title);
        BarRow row{.label = fromUtf8(span.text).simplified(),
                   .number = QString::number(span.score, 'f', 2),
                   .share = std::exp(span.score) / largest};
        row.isStrong = i == 0;
        row.note = title.isEmpty() ? tr("passage %1").arg(span.passage + 1) : title;
        row.tip = tr("score %1 = start + end logit; relevance of its passage %2")
                      .arg(span.score, 0, 'f', 3)
                      .arg(span.relevance, 0, 'f', 3);
        rows.push_back(std::move(row));
    }
    m_bars->setRows(std::move(rows));
    showBest(0);
}

void ReadingPanel::showBest(std::size_t at)
{
    const engine::ReadingResult *result = reading(m_shown);
    if (result == nullptr || at >= result->spans.size())
        return;
    const engine::ReadSpan &span = result->spans[at];
    m_best->headline().setParts(tr("The answer is"),
                                tr("score %1 · relevance %2 · %3")
                                    .arg(span.score, 0, 'f', 2)
                                    .arg(span.relevance, 0, 'f', 2)
                                    .arg(millisecondsText(m_shown->elapsedMs)),
                                fromUtf8(span.text).simplified());
    Selection next = selection().current();
    next.row = static_cast<std::int64_t>(span.passage);
    next.query = static_cast<std::int64_t>(span.beginToken);
    selection().select(next);
}

} // namespace ui
