// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/rewriting_panel.h"

#include "ui/panels/rows.h"
#include "ui/panels/sampler_card.h"
#include "ui/panels/search_cards.h"
#include "ui/panels/sentence_card.h"
#include "ui/panels/sentence_mass.h"
#include "ui/panels/undo_choice.h"
#include "ui/panels/undo_text.h"
#include "ui/shell/bar_list.h"
#include "ui/shell/token_chips.h"
#include "ui/state/numbers.h"
#include "ui/state/texts.h"
#include "ui/state/theme.h"
#include "ui/views/beam_tree_view.h"
#include "ui/views/tape_view.h"

#include <QHBoxLayout>
#include <QPointer>
#include <QUndoCommand>
#include <QUndoStack>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <utility>

namespace ui {

namespace {

qsizetype wordsIn(const QString &text)
{
    return text.split(QLatin1Char(' '), Qt::SkipEmptyParts).size();
}

constexpr std::size_t kAlternatives = 5; // of every place of the tape

std::optional<std::string> languageIn(const UndoChoice &field)
{
    const QString text = field.text().trimmed();
    return text.isEmpty() ? std::nullopt : std::optional(toUtf8(text));
}

} // namespace

// Back from one row of a search to another. The first redo has nothing to do: it has just happened.
class RewritingPanel::LookCommand : public QUndoCommand {
public:
    LookCommand(RewritingPanel &panel, TaskResultPtr before, TaskResultPtr after)
        : QUndoCommand(tr("look at another row")), m_panel(&panel), m_before(std::move(before)), m_after(std::move(after))
    {
    }
    void undo() override
    {
        if (m_panel)
            emit m_panel->resultChosen(m_before);
    }
    void redo() override
    {
        if (m_isDone && m_panel)
            emit m_panel->resultChosen(m_after);
        m_isDone = true;
    }

private:
    QPointer<RewritingPanel> m_panel;
    TaskResultPtr m_before;
    TaskResultPtr m_after;
    bool m_isDone = false;
};

RewritingPanel::RewritingPanel(engine::TaskKind task, const PanelContext &context, QWidget *parent)
    : TaskPanel(task, context, parent),
      m_source(new SentenceCard(context.undo, {.title = tr("Text"),
                                               .placeholder = tr("Type or paste a text"),
                                               .leastLines = 2,
                                               .mostLines = 10,
                                               .showsTokens = false})),
      m_how(new Card(tr("How"), tr("what the model is told besides the text"))), m_prefix(new UndoChoice(context.undo, tr("Prefix that tells the model what to do"))),
      m_from(new UndoChoice(context.undo, tr("Language of the text"))),
      m_to(new UndoChoice(context.undo, tr("Language to translate into"))),
      m_answer(new Card), m_sourceChips(new TokenChips), m_target(new TokenChips),
      m_sentenceCard(new Card), m_sentences(new BarList), m_sampler(new SamplerCard(context.undo)),
      m_search(new SearchCards(context.selection, *m_sampler, this))
{
    build();
    connect(m_source, &SentenceCard::textEdited, this, &TaskPanel::inputsEdited);
    connect(m_prefix, &UndoChoice::chosen, this, &RewritingPanel::adoptPrefix);
    connect(m_from, &UndoChoice::chosen, this, &TaskPanel::inputsEdited);
    connect(m_to, &UndoChoice::chosen, this, &TaskPanel::inputsEdited);
    connect(m_search, &SearchCards::rowChosen, this, &RewritingPanel::lookAt);
    connect(m_sampler, &SamplerCard::rerollRequested, this, &TaskPanel::runRequested);
    connect(m_target, &TokenChips::hovered, this, &RewritingPanel::pointAtTarget);
    connect(m_sourceChips, &TokenChips::hovered, this, &RewritingPanel::pointAtSource);
    connect(m_target, &TokenChips::clicked, this, [this](int token) { selection().selectStep(token); });
}

void RewritingPanel::build()
{
    m_prefix->setTypable(tr("a prefix, such as “summarize: ”"));
    m_from->setTypable(tr("from (the checkpoint's)"));
    m_to->setTypable(tr("to (the checkpoint's)"));
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
    m_sentenceCard->body().addWidget(m_sentences);
    m_sentences->setAccessibleName(tr("Sentences of the text by what the summary leans on"));
    m_search->tapeView().setBranchable(false);
    m_sampler->showMore(task() == engine::TaskKind::Summarization); // there lengths are what is set most
    column().addWidget(m_source);
    column().addWidget(m_how);
    addExamplesHere();
    column().addWidget(m_answer);
    column().addWidget(m_sentenceCard);
    column().addWidget(m_search->beams());
    column().addWidget(m_sampler);
    column().addWidget(m_search->processors());
    column().addWidget(m_search->tape());
    column().addStretch(1);
    m_answer->hide();
    m_sentenceCard->hide();
}

void RewritingPanel::modelChanged()
{
    m_source->setModel(model());
    m_shown.reset();
    m_row.clear();
    m_sampler->setModel(model());
    QStringList prefixes;
    QStringList languages;
    if (model()) {
        for (const engine::TaskPreset &preset : model()->info().presets)
            if (const QString prefix = fromUtf8(preset.prefix); !prefix.isEmpty() && !prefixes.contains(prefix))
                prefixes << prefix;
        for (const std::string &language : model()->info().languages)
            languages << fromUtf8(language);
        languages.sort();
    }
    const bool hasPrefixes = !prefixes.isEmpty();
    const QString first = prefixes.value(0);
    m_prefix->offer(prefixes << QString());
    m_prefix->setTextSilently(first);
    languages.prepend(QString());
    for (UndoChoice *choice : {m_from, m_to}) {
        choice->offer(languages);
        choice->setTextSilently(QString());
    }
    // Any text may stand before a text that is to be rewritten; a translation or a summary has its own words for it.
    m_prefix->setVisible(hasPrefixes || task() == engine::TaskKind::Text2TextGeneration);
    m_how->setVisible(!m_prefix->isHidden() || task() == engine::TaskKind::Translation);
    if (model())
        m_sampler->setOptionsSilently(engine::generationFor(model()->info(), task(), toUtf8(m_prefix->text())));
}

// A prefix of the checkpoint brings the options that were meant for it.
void RewritingPanel::adoptPrefix()
{
    if (model()) {
        const std::string prefix = toUtf8(m_prefix->text());
        const auto &presets = model()->info().presets;
        const bool isPreset = std::ranges::any_of(presets, [&](const auto &preset) { return preset.prefix == prefix; });
        if (isPreset && !prefix.empty())
            m_sampler->setOptionsSilently(engine::generationFor(model()->info(), task(), prefix));
    }
    emit inputsEdited();
}

void RewritingPanel::setSearch(const engine::GenerationOptions &options)
{
    engine::GenerationOptions next = options;
    next.beamHistory = 0; // that and the number of results follow from the beams
    m_sampler->setOptionsSilently(next);
}

std::vector<View *> RewritingPanel::views() const
{
    return m_search->views();
}

void RewritingPanel::lookAt(const std::vector<std::int64_t> &row)
{
    if (generation() == nullptr || generation()->hypotheses.empty() || generation()->hypotheses.front().ids == row)
        return;
    m_row = row;
    m_leaving = m_shown;
    emit runRequested();
    m_row.clear();
}

engine::TaskRequest RewritingPanel::request() const
{
    engine::TaskRequest request;
    request.task = task();
    request.text = toUtf8(m_source->text());
    request.prefix = toUtf8(m_prefix->text());
    if (task() == engine::TaskKind::Translation) {
        request.encode.sourceLanguage = languageIn(*m_from);
        request.encode.targetLanguage = languageIn(*m_to);
    }
    request.generation = searchOptions(m_sampler->options());
    request.targetIds = m_row;
    request.topK = kAlternatives;
    return request;
}

void RewritingPanel::setRequest(const engine::TaskRequest &request)
{
    m_source->setText(fromUtf8(request.text));
    if (!request.prefix.empty())
        m_prefix->setTextSilently(fromUtf8(request.prefix));
    m_from->setTextSilently(fromUtf8(request.encode.sourceLanguage.value_or(std::string())));
    m_to->setTextSilently(fromUtf8(request.encode.targetLanguage.value_or(std::string())));
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
    const TaskResultPtr left = std::exchange(m_leaving, nullptr);
    if (left && generation() != nullptr && generation()->stopReason == "given")
        undo().push(new LookCommand(*this, left, m_shown));
    const bool hasAnswer = generation() != nullptr && !generation()->hypotheses.empty() && m_shown->decoder;
    m_answer->setVisible(hasAnswer);
    m_alignment = hasAnswer && m_shown->trace ? alignmentOf(*m_shown->trace) : Alignment{};
    if (hasAnswer)
        showTarget();
    showSentences();
    m_search->show(model(), run.result);
}

void RewritingPanel::showTarget()
{
    const engine::GenerationResult &result = *generation();
    const QString answer = fromUtf8(result.hypotheses.front().text).simplified();
    QString hint = tr("point at a word to see what it leans on · %1 · stopped by: %2")
                       .arg(millisecondsText(m_shown->elapsedMs), fromUtf8(result.stopReason));
    const qsizetype words = wordsIn(m_source->text());
    if (task() == engine::TaskKind::Summarization && words > 0)
        hint += tr(" · %1 words out of %2: compressed to %3 %")
                    .arg(wordsIn(answer))
                    .arg(words)
                    .arg(100 * wordsIn(answer) / words);
    if (result.reusedPositions > 0)
        hint += tr(" · the text was known to the encoder");
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

// What a summary leans on, sentence by sentence of its text.
void RewritingPanel::showSentences()
{
    const bool hasAnswer = task() == engine::TaskKind::Summarization && m_shown && !m_alignment.isEmpty();
    const QString text = m_shown ? fromUtf8(m_shown->text) : QString();
    const SentenceMasses masses = hasAnswer ? sentenceMasses(text, m_shown->encoding, m_alignment) : SentenceMasses{};
    m_sentenceCard->setVisible(!masses.sentences.empty());
    if (masses.sentences.empty())
        return;
    const double most = *std::ranges::max_element(masses.shares);
    std::vector<BarRow> rows;
    for (std::size_t i = 0; i < masses.sentences.size(); ++i) {
        const QString sentence = text.mid(masses.sentences[i].begin, masses.sentences[i].length()).simplified();
        BarRow row{.label = sentence, .number = probabilityText(masses.shares[i]), .share = masses.shares[i]};
        row.isStrong = masses.shares[i] == most;
        row.tip = sentence;
        rows.push_back(std::move(row));
    }
    m_sentenceCard->headline().setParts(
        tr("What it leans on"), tr("share of the cross-attention, all layers and heads · %1 on special tokens and prefix")
                                    .arg(probabilityText(masses.elsewhere)));
    m_sentences->setRows(std::move(rows));
}

} // namespace ui
