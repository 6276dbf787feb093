// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/rewriting_panel.h"

#include "ui/panels/rows.h"
#include "ui/panels/sampler_card.h"
#include "ui/panels/sentence_card.h"
#include "ui/panels/undo_text.h"
#include "ui/shell/bar_list.h"
#include "ui/shell/token_chips.h"
#include "ui/state/numbers.h"
#include "ui/state/texts.h"
#include "ui/state/theme.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

qsizetype wordsIn(const QString &text)
{
    return text.split(QLatin1Char(' '), Qt::SkipEmptyParts).size();
}

std::optional<std::string> languageIn(const QLineEdit &field)
{
    const QString text = field.text().trimmed();
    return text.isEmpty() ? std::nullopt : std::optional(toUtf8(text));
}

} // namespace

RewritingPanel::RewritingPanel(engine::TaskKind task, const PanelContext &context, QWidget *parent)
    : TaskPanel(task, context, parent),
      m_source(new SentenceCard(context.undo, {.title = tr("Text"),
                                               .placeholder = tr("Type or paste a text"),
                                               .leastLines = 2,
                                               .mostLines = 10,
                                               .showsTokens = false})),
      m_how(new Card(tr("How"), tr("what the model is told besides the text"))), m_prefix(new QComboBox), m_from(new QLineEdit), m_to(new QLineEdit),
      m_answer(new Card), m_sourceChips(new TokenChips), m_target(new TokenChips),
      m_beamCard(new Card(tr("Beams"), tr("score = sum of log probabilities over length"))), m_beams(new BarList),
      m_sampler(new SamplerCard(context.undo))
{
    build();
    connect(m_source, &SentenceCard::textEdited, this, &TaskPanel::inputsEdited);
    connect(m_prefix, &QComboBox::editTextChanged, this, &TaskPanel::inputsEdited);
    connect(m_from, &QLineEdit::textEdited, this, &TaskPanel::inputsEdited);
    connect(m_to, &QLineEdit::textEdited, this, &TaskPanel::inputsEdited);
    connect(m_sampler, &SamplerCard::rerollRequested, this, &TaskPanel::runRequested);
    connect(m_target, &TokenChips::hovered, this, &RewritingPanel::pointAtTarget);
    connect(m_sourceChips, &TokenChips::hovered, this, &RewritingPanel::pointAtSource);
    connect(m_target, &TokenChips::clicked, this, [this](int token) { selection().selectStep(token); });
}

void RewritingPanel::build()
{
    m_prefix->setEditable(true);
    m_prefix->setAccessibleName(tr("Prefix that tells the model what to do"));
    m_from->setPlaceholderText(tr("from (the checkpoint's)"));
    m_to->setPlaceholderText(tr("to (the checkpoint's)"));
    m_from->setAccessibleName(tr("Language of the text"));
    m_to->setAccessibleName(tr("Language to translate into"));
    auto *row = new QHBoxLayout;
    row->addWidget(m_prefix, 2);
    row->addWidget(m_from, 1);
    row->addWidget(m_to, 1);
    m_how->body().addLayout(row);
    const bool isTranslation = task() == engine::TaskKind::Translation;
    m_from->setVisible(isTranslation);
    m_to->setVisible(isTranslation);
    m_sourceChips->setAccessibleName(tr("Tokens of the text"));
    m_target->setAccessibleName(tr("Tokens of the answer"));
    m_answer->body().addWidget(m_target);
    m_answer->body().addWidget(m_sourceChips);
    m_beamCard->body().addWidget(m_beams);
    column().addWidget(m_source);
    column().addWidget(m_how);
    addExamplesHere();
    column().addWidget(m_answer);
    column().addWidget(m_beamCard);
    column().addWidget(m_sampler);
    column().addStretch(1);
    m_answer->hide();
    m_beamCard->hide();
}

void RewritingPanel::modelChanged()
{
    m_source->setModel(model());
    m_shown.reset();
    const QSignalBlocker quiet(m_prefix);
    m_prefix->clear();
    m_prefix->addItem(QString());
    if (!model())
        return;
    for (const engine::TaskPreset &preset : model()->info().presets) {
        if (!preset.prefix.empty() && m_prefix->findText(fromUtf8(preset.prefix)) < 0)
            m_prefix->addItem(fromUtf8(preset.prefix));
    }
    const bool hasPrefixes = m_prefix->count() > 1;
    m_prefix->setCurrentIndex(hasPrefixes ? 1 : 0);
    m_prefix->setVisible(hasPrefixes);
    m_how->setVisible(hasPrefixes || task() == engine::TaskKind::Translation);
    m_sampler->setOptionsSilently(engine::generationFor(model()->info(), task(), toUtf8(m_prefix->currentText())));
}

engine::TaskRequest RewritingPanel::request() const
{
    engine::TaskRequest request;
    request.task = task();
    request.text = toUtf8(m_source->text());
    request.prefix = toUtf8(m_prefix->currentText());
    if (task() == engine::TaskKind::Translation) {
        request.encode.sourceLanguage = languageIn(*m_from);
        request.encode.targetLanguage = languageIn(*m_to);
    }
    request.generation = m_sampler->options();
    request.generation.returnSequences = request.generation.beams;
    return request;
}

void RewritingPanel::setRequest(const engine::TaskRequest &request)
{
    m_source->setText(fromUtf8(request.text));
    if (!request.prefix.empty())
        m_prefix->setEditText(fromUtf8(request.prefix));
    m_from->setText(fromUtf8(request.encode.sourceLanguage.value_or(std::string())));
    m_to->setText(fromUtf8(request.encode.targetLanguage.value_or(std::string())));
}

void RewritingPanel::focusInput()
{
    m_source->field().setFocus();
}

const engine::GenerationResult *RewritingPanel::generation() const
{
    return m_shown ? std::get_if<engine::GenerationResult>(&m_shown->payload) : nullptr;
}

void RewritingPanel::showStream(const QString &text, std::int64_t)
{
    m_live += text;
    m_answer->headline().setParts(tr("Writing"), QString(), shortened(m_live, 400));
    m_answer->show();
}

void RewritingPanel::showRun(const ShownRun &run)
{
    m_live.clear();
    m_shown = run.result;
    const bool hasAnswer = generation() != nullptr && !generation()->hypotheses.empty() && m_shown->decoder;
    m_answer->setVisible(hasAnswer);
    m_alignment = hasAnswer && m_shown->trace ? alignmentOf(*m_shown->trace) : Alignment{};
    if (hasAnswer)
        showTarget();
    showBeams();
}

void RewritingPanel::showTarget()
{
    const engine::GenerationResult &result = *generation();
    const QString answer = fromUtf8(result.hypotheses.front().text).simplified();
    QString hint = tr("point at a word to see what it leans on · %1 · stopped by: %2")
                       .arg(millisecondsText(m_shown->elapsedMs), fromUtf8(result.stopReason));
    const qsizetype words = wordsIn(m_source->text());
    if (task() == engine::TaskKind::Summarization && words > 0)
        hint += tr(" · %1 % of the words").arg(100 * wordsIn(answer) / words);
    m_answer->headline().setParts(QString(), hint, answer.isEmpty() ? tr("(nothing)") : answer);
    std::vector<TokenChip> target;
    for (std::size_t i = 0; i < result.steps.size(); ++i) {
        const engine::TokenStep &step = result.steps[i];
        TokenChip chip{.text = chipText(fromUtf8(step.text)),
                       .below = i == 0 ? QString() : QString::number(step.surprisalBits, 'f', 1)};
        chip.isDim = step.isPrompt;
        if (i > 0)
            chip.tip = tr("p = %1, rank %2, surprisal %3 bit")
                           .arg(probabilityText(step.probability))
                           .arg(step.rank)
                           .arg(step.surprisalBits, 0, 'f', 2);
        target.push_back(std::move(chip));
    }
    m_target->setChips(std::move(target));
    std::vector<TokenChip> source;
    for (std::size_t i = 0; i < m_shown->display.size(); ++i) {
        TokenChip chip{.text = chipText(fromUtf8(m_shown->display[i])), .below = QString()};
        chip.isDim = i < m_shown->encoding.sequence.size() && m_shown->encoding.sequence[i] < 0;
        source.push_back(std::move(chip));
    }
    m_sourceChips->setChips(std::move(source));
}

void RewritingPanel::light(TokenChips &chips, const std::vector<float> &weights)
{
    std::vector<TokenChip> lit = chips.chips();
    const float largest = weights.empty() ? 0.0F : *std::max_element(weights.begin(), weights.end());
    for (std::size_t i = 0; i < lit.size(); ++i) {
        const bool isLit = largest > 0.0F && i < weights.size();
        lit[i].fill = isLit ? weightColour(static_cast<double>(weights[i] / largest)) : QColor();
    }
    chips.setChips(std::move(lit));
}

// Row t of the decoder predicts token t + 1: what a token leaned on stands in the row before its own.
void RewritingPanel::pointAtTarget(int token)
{
    light(*m_sourceChips, m_alignment.ofTarget(token - 1));
}

void RewritingPanel::pointAtSource(int token)
{
    std::vector<float> weights = m_alignment.ofSource(token);
    if (!weights.empty())
        weights.insert(weights.begin(), 0.0F);
    light(*m_target, weights);
}

void RewritingPanel::showBeams()
{
    const engine::GenerationResult *result = generation();
    const bool hasBeams = result != nullptr && result->hypotheses.size() > 1;
    m_beamCard->setVisible(hasBeams);
    if (hasBeams)
        m_beams->setRows(hypothesisRows(result->hypotheses));
}

} // namespace ui
