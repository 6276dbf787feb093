// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/choice_panel.h"

#include "ui/panels/rows.h"
#include "ui/panels/sentence_card.h"
#include "ui/panels/undo_text.h"
#include "ui/shell/pill_button.h"
#include "ui/state/texts.h"

#include <QVBoxLayout>

#include <algorithm>
#include <numeric>

namespace ui {

namespace {

constexpr std::size_t kLeastChoices = 2;
constexpr std::size_t kMostChoices = 8;

} // namespace

ChoicePanel::ChoicePanel(engine::TaskKind task, const PanelContext &context, QWidget *parent)
    : TaskPanel(task, context, parent),
      m_prompt(new SentenceCard(context.undo, {.title = tr("Beginning"), .placeholder = tr("Type how it begins")})),
      m_choiceCard(new Card(tr("Choices"), tr("which one goes with it?"))), m_more(new PillButton(tr("Add"), PillKind::Plain)),
      m_fewer(new PillButton(tr("Remove"), PillKind::Plain)), m_answer(new Card), m_bars(new BarList)
{
    column().addWidget(m_prompt);
    column().addWidget(m_choiceCard);
    m_choiceCard->addToHeading(m_fewer);
    m_choiceCard->addToHeading(m_more);
    m_more->setAccessibleName(tr("Add a choice"));
    m_fewer->setAccessibleName(tr("Remove the last choice"));
    addExamplesHere();
    m_answer->body().addWidget(m_bars);
    m_answer->hide();
    column().addWidget(m_answer);
    column().addStretch(1);
    setChoiceCount(kLeastChoices);
    m_bars->setClickable(true);
    connect(m_more, &PillButton::clicked, this, [this] { setChoiceCount(m_choices.size() + 1); });
    connect(m_fewer, &PillButton::clicked, this, [this] { setChoiceCount(m_choices.size() - 1); });
    connect(m_prompt, &SentenceCard::textEdited, this, &TaskPanel::inputsEdited);
    connect(m_bars, &BarList::activated, this, [this](int bar) {
        Selection next = selection().current();
        next.row = static_cast<std::int64_t>(m_rowOfBar[static_cast<std::size_t>(bar)]);
        selection().select(next);
    });
}

void ChoicePanel::setChoiceCount(std::size_t count)
{
    const std::size_t wanted = std::clamp(count, kLeastChoices, kMostChoices);
    while (m_choices.size() > wanted) {
        m_choices.back()->hide();
        m_choices.back()->deleteLater();
        m_choices.pop_back();
    }
    while (m_choices.size() < wanted) {
        auto *field = new UndoText(undo(), tr("Choice %1").arg(m_choices.size() + 1));
        field->setPlaceholderText(tr("Choice %1").arg(m_choices.size() + 1));
        connect(field, &UndoText::textEdited, this, &TaskPanel::inputsEdited);
        m_choiceCard->body().addWidget(field);
        m_choices.push_back(field);
    }
    m_more->setEnabled(m_choices.size() < kMostChoices);
    m_fewer->setEnabled(m_choices.size() > kLeastChoices);
}

void ChoicePanel::modelChanged()
{
    m_prompt->setModel(model());
}

engine::TaskRequest ChoicePanel::request() const
{
    engine::TaskRequest request;
    request.task = task();
    request.text = toUtf8(m_prompt->text());
    for (const UndoText *field : m_choices)
        request.choices.push_back(toUtf8(field->text()));
    return request;
}

void ChoicePanel::setRequest(const engine::TaskRequest &request)
{
    m_prompt->setText(fromUtf8(request.text));
    setChoiceCount(request.choices.size());
    for (std::size_t i = 0; i < m_choices.size(); ++i)
        m_choices[i]->setText(i < request.choices.size() ? fromUtf8(request.choices[i]) : QString());
}

QString ChoicePanel::obstacle() const
{
    const QString missing = TaskPanel::obstacle();
    if (!missing.isEmpty())
        return missing;
    const bool hasGap =
        std::any_of(m_choices.begin(), m_choices.end(), [](const UndoText *field) { return field->text().trimmed().isEmpty(); });
    return hasGap ? tr("Every choice needs a text.") : QString();
}

void ChoicePanel::focusInput()
{
    m_prompt->field().setFocus();
}

void ChoicePanel::showRun(const ShownRun &run)
{
    const auto *result = run.result ? std::get_if<engine::ChoiceResult>(&run.result->payload) : nullptr;
    const bool hasAnswer = result != nullptr && result->best < result->scores.size();
    m_answer->setVisible(hasAnswer);
    if (!hasAnswer)
        return;
    const engine::ScoredLabel &best = result->scores[result->best];
    m_answer->headline().setParts(tr("It most likely goes on:"), answerHint(best.probability, run.result->elapsedMs),
                                  fromUtf8(best.label));
    m_rowOfBar.resize(result->scores.size());
    std::iota(m_rowOfBar.begin(), m_rowOfBar.end(), std::size_t{0});
    std::stable_sort(m_rowOfBar.begin(), m_rowOfBar.end(), [&](std::size_t a, std::size_t b) {
        return result->scores[a].probability > result->scores[b].probability;
    });
    m_bars->setRows(labelRows(result->scores));
    Selection next = selection().current();
    next.row = static_cast<std::int64_t>(result->best);
    selection().select(next);
}

} // namespace ui
