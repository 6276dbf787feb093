// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/label_panel.h"

#include "ui/panels/rows.h"
#include "ui/panels/sentence_card.h"
#include "ui/panels/undo_text.h"
#include "ui/state/numbers.h"
#include "ui/state/texts.h"

#include <QVBoxLayout>

namespace ui {

namespace {

const engine::ClassificationResult *classified(const TaskResultPtr &result)
{
    return result ? std::get_if<engine::ClassificationResult>(&result->payload) : nullptr;
}

} // namespace

LabelPanel::LabelPanel(engine::TaskKind task, const PanelContext &context, Words words)
    : TaskPanel(task, context), m_words(std::move(words)),
      m_first(new SentenceCard(context.undo, {.title = m_words.first, .placeholder = tr("Type a text")})),
      m_answer(new Card), m_bars(new BarList), m_changes(new Card), m_changeBars(new BarList)
{
    column().addWidget(m_first);
    if (!m_words.second.isEmpty()) {
        m_second = new SentenceCard(context.undo, {.title = m_words.second, .placeholder = tr("Type the second text")});
        column().addWidget(m_second);
        connect(m_second, &SentenceCard::textEdited, this, &TaskPanel::inputsEdited);
    }
    addExamplesHere();
    m_answer->body().addWidget(m_bars);
    m_answer->hide();
    m_changes->body().addWidget(m_changeBars);
    m_changes->hide();
    column().addWidget(m_answer);
    column().addWidget(m_changes);
    column().addStretch(1);
    connect(m_first, &SentenceCard::textEdited, this, &TaskPanel::inputsEdited);
    connect(m_first, &SentenceCard::tokenClicked, this,
            [this](int token) { selection().selectPair(token, std::nullopt); });
}

void LabelPanel::modelChanged()
{
    m_first->setModel(model());
    if (m_second != nullptr)
        m_second->setModel(model());
}

engine::TaskRequest LabelPanel::request() const
{
    engine::TaskRequest request;
    request.task = task();
    request.text = toUtf8(m_first->text());
    if (m_second != nullptr)
        request.textPair = toUtf8(m_second->text());
    return request;
}

void LabelPanel::setRequest(const engine::TaskRequest &request)
{
    m_first->setText(fromUtf8(request.text));
    if (m_second != nullptr)
        m_second->setText(fromUtf8(request.textPair.value_or(std::string())));
}

QString LabelPanel::obstacle() const
{
    const QString missing = TaskPanel::obstacle();
    if (missing.isEmpty() && m_second != nullptr && m_second->text().trimmed().isEmpty())
        return tr("The second text is still empty.");
    return missing;
}

void LabelPanel::focusInput()
{
    m_first->field().setFocus();
}

void LabelPanel::showRun(const ShownRun &run)
{
    const engine::ClassificationResult *result = classified(run.result);
    const bool hasAnswer = result != nullptr && result->best < result->scores.size();
    m_answer->setVisible(hasAnswer);
    if (hasAnswer) {
        const engine::ScoredLabel &best = result->scores[result->best];
        QString hint = answerHint(best.probability, run.result->elapsedMs);
        if (result->activation == "sigmoid")
            hint += tr(" · sigmoid: several labels may hold");
        m_answer->headline().setParts(m_words.answer, hint, fromUtf8(best.label));
        m_bars->setRows(labelRows(result->scores));
    }
    showChanges(run);
}

void LabelPanel::showChanges(const ShownRun &run)
{
    const engine::ClassificationResult *now = classified(run.result);
    const engine::ClassificationResult *before = classified(run.baseline);
    m_changes->hide();
    if (now == nullptr || before == nullptr || now->scores.size() != before->scores.size())
        return;
    std::vector<NamedValue> values;
    for (std::size_t i = 0; i < now->scores.size(); ++i)
        values.push_back({.name = fromUtf8(now->scores[i].label),
                          .before = before->scores[i].probability,
                          .after = now->scores[i].probability});
    constexpr std::size_t kMostShown = 6;
    std::vector<BarRow> rows = differenceRows(std::move(values), kMostShown);
    if (rows.empty())
        return;
    m_changes->headline().setParts(tr("What changed"), tr("against %1").arg(run.baselineName));
    m_changeBars->setRows(std::move(rows));
    m_changes->show();
}

} // namespace ui
