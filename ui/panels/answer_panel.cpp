// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/answer_panel.h"

#include "ui/panels/lit_text.h"
#include "ui/panels/rows.h"
#include "ui/panels/sentence_card.h"
#include "ui/panels/span_curves.h"
#include "ui/panels/undo_text.h"
#include "ui/state/numbers.h"
#include "ui/state/texts.h"
#include "ui/state/theme.h"

#include <QVBoxLayout>

namespace ui {

namespace {

const engine::AnswerResult *answered(const TaskResultPtr &result)
{
    return result ? std::get_if<engine::AnswerResult>(&result->payload) : nullptr;
}

} // namespace

AnswerPanel::AnswerPanel(engine::TaskKind task, const PanelContext &context, QWidget *parent)
    : TaskPanel(task, context, parent),
      m_question(new SentenceCard(context.undo, {.title = tr("Question"),
                                                 .placeholder = tr("Who bakes the bread?"),
                                                 .showsTokens = false})),
      m_passage(new SentenceCard(context.undo, {.title = tr("Passage"),
                                                .hint = tr("the answer is cut out of this text"),
                                                .placeholder = tr("A text that holds the answer"),
                                                .leastLines = 2,
                                                .mostLines = 10,
                                                .showsTokens = false})),
      m_answer(new Card), m_lit(new LitText), m_best(new Card(tr("Best answers"), tr("click one to light it"))),
      m_bars(new BarList), m_where(new Card(tr("Where it starts and ends"), tr("probability at every token"))),
      m_curves(new SpanCurves)
{
    column().addWidget(m_question);
    column().addWidget(m_passage);
    addExamplesHere();
    m_answer->body().addWidget(m_lit);
    m_best->body().addWidget(m_bars);
    m_where->body().addWidget(m_curves);
    for (Card *card : {m_answer, m_best, m_where}) {
        card->hide();
        column().addWidget(card);
    }
    column().addStretch(1);
    m_bars->setClickable(true);
    connect(m_bars, &BarList::activated, this, [this](int row) { light(static_cast<std::size_t>(row)); });
    connect(m_question, &SentenceCard::textEdited, this, &TaskPanel::inputsEdited);
    connect(m_passage, &SentenceCard::textEdited, this, &TaskPanel::inputsEdited);
}

void AnswerPanel::modelChanged()
{
    m_question->setModel(model());
    m_passage->setModel(model());
}

engine::TaskRequest AnswerPanel::request() const
{
    engine::TaskRequest request;
    request.task = task();
    request.text = toUtf8(m_question->text());
    request.textPair = toUtf8(m_passage->text());
    return request;
}

void AnswerPanel::setRequest(const engine::TaskRequest &request)
{
    m_question->setText(fromUtf8(request.text));
    m_passage->setText(fromUtf8(request.textPair.value_or(std::string())));
}

QString AnswerPanel::obstacle() const
{
    if (m_question->text().trimmed().isEmpty())
        return tr("There is no question yet: type one, or pick an example.");
    if (m_passage->text().trimmed().isEmpty())
        return tr("There is no passage yet that could hold the answer.");
    return {};
}

void AnswerPanel::focusInput()
{
    m_question->field().setFocus();
}

void AnswerPanel::showRun(const ShownRun &run)
{
    m_shown = run.result;
    m_ranPassage = m_passage->text();
    const engine::AnswerResult *result = answered(m_shown);
    const bool hasAnswer = result != nullptr && !result->answers.empty();
    for (Card *card : {m_answer, m_best, m_where})
        card->setVisible(hasAnswer);
    if (!hasAnswer)
        return;
    std::vector<BarRow> rows;
    for (const engine::AnswerSpan &answer : result->answers) {
        BarRow row{.label = fromUtf8(answer.text), .number = probabilityText(answer.probability), .share = answer.probability};
        row.isStrong = rows.empty();
        row.tip = tr("tokens %1 to %2").arg(answer.beginToken).arg(answer.endToken);
        rows.push_back(std::move(row));
    }
    rows.push_back({.label = tr("no answer here"),
                    .number = probabilityText(result->noAnswer),
                    .share = result->noAnswer,
                    .isHatched = true,
                    .tip = tr("start and end at the class token: what models say that learned to give no answer")});
    m_bars->setRows(std::move(rows));
    light(0);
    showCurves(*result);
}

void AnswerPanel::light(std::size_t answer)
{
    const engine::AnswerResult *result = answered(m_shown);
    if (result == nullptr || answer >= result->answers.size())
        return;
    const engine::AnswerSpan &span = result->answers[answer];
    m_answer->headline().setParts(tr("The answer is"), answerHint(span.probability, m_shown->elapsedMs), fromUtf8(span.text));
    std::vector<LitRange> lit;
    const auto &offsets = m_shown->encoding.offsets;
    if (span.beginToken <= span.endToken && span.endToken < offsets.size()) {
        const engine::Offset place{.begin = offsets[span.beginToken].begin, .end = offsets[span.endToken].end};
        const QColor colour = answer == 0 ? labelColour(0) : labelColour(1);
        lit.push_back({.range = toUtf16(m_ranPassage, place), .colour = colour});
    }
    m_lit->setLit(m_ranPassage, std::move(lit));
    selection().selectPair(static_cast<std::int64_t>(span.beginToken), std::nullopt);
}

void AnswerPanel::showCurves(const engine::AnswerResult &result)
{
    SpanCurves::Curves curves;
    const engine::Encoding &encoding = m_shown->encoding;
    const std::size_t count = std::min({encoding.size(), result.startProbabilities.size(), result.endProbabilities.size()});
    for (std::size_t i = 0; i < count; ++i) {
        if (i < encoding.sequence.size() && encoding.sequence[i] != 1)
            continue; // the question cannot hold the answer
        curves.start.push_back(result.startProbabilities[i]);
        curves.end.push_back(result.endProbabilities[i]);
        curves.tokens.push_back(chipText(fromUtf8(i < m_shown->display.size() ? m_shown->display[i] : encoding.tokens[i])));
    }
    m_curves->setCurves(std::move(curves));
}

} // namespace ui
