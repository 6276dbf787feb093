// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/generation_panel.h"

#include "ui/paint/tape.h"
#include "ui/panels/rows.h"
#include "ui/panels/sampler_card.h"
#include "ui/panels/search_cards.h"
#include "ui/panels/sentence_card.h"
#include "ui/panels/undo_choice.h"
#include "ui/panels/undo_text.h"
#include "ui/shell/pill_button.h"
#include "ui/shell/side_by_side.h"
#include "ui/state/numbers.h"
#include "ui/state/texts.h"
#include "ui/state/theme.h"
#include "ui/views/beam_tree_view.h"
#include "ui/views/difference_view.h"
#include "ui/views/tape_view.h"

#include <QHBoxLayout>
#include <QPointer>
#include <QUndoCommand>
#include <QUndoStack>
#include <QVBoxLayout>

#include <algorithm>
#include <map>

namespace ui {

namespace {

constexpr std::size_t kCandidates = 10;

constexpr std::size_t kAlternatives = 5; // of every place of the tape

} // namespace

// Takes a move between two runs back and forth. The first redo has nothing to do: it has just happened.
class GenerationPanel::MoveCommand : public QUndoCommand {
public:
    MoveCommand(GenerationPanel &panel, std::shared_ptr<Move> move)
        : QUndoCommand(tr("branch")), m_panel(&panel), m_move(std::move(move))
    {
    }
    void undo() override
    {
        if (m_panel)
            m_panel->visit(m_move->from, m_move->promptBefore);
    }
    void redo() override
    {
        if (m_isDone && m_panel)
            m_panel->visit(m_move->to, m_move->promptAfter);
        m_isDone = true;
    }

private:
    QPointer<GenerationPanel> m_panel;
    std::shared_ptr<Move> m_move;
    bool m_isDone = false;
};

GenerationPanel::GenerationPanel(engine::TaskKind task, const PanelContext &context, QWidget *parent)
    : TaskPanel(task, context, parent),
      m_prompt(new SentenceCard(context.undo, {.title = tr("Prompt"),
                                               .hint = tr("the model goes on from here"),
                                               .placeholder = tr("Type how it begins"),
                                               .showsTokens = false})),
      m_tapeCard(
          new Card(tr("Text"), tr("colour = surprisal in bits; click a token to see what else could stand there"))),
      m_tape(new TokenChips),
      m_nextCard(new Card(tr("Next token"), tr("click to branch · hatched = removed by a filter"))),
      m_next(new BarList), m_sampler(new SamplerCard(context.undo)),
      m_code(new UndoChoice(context.undo, tr("Control code"))),
      m_language(new UndoChoice(context.undo, tr("Language of the text"))), m_tellCard(new Card(tr("Told"), QString())),
      m_search(new SearchCards(context.selection, *m_sampler, this)),
      m_branchCard(new Card(tr("Branches"), tr("click one to go there, with Shift to compare · Ctrl+Z steps back"))),
      m_tree(new BranchTree), m_compareButton(new PillButton(tr("Compare with the one before"), PillKind::Link)),
      m_compareCard(new Card(tr("Two branches"), QString())), m_difference(new DifferenceView(context.selection))
{
    build();
    m_next->setClickable(true);
    m_tape->setAccessibleName(tr("Generated tokens"));
    connect(m_tape, &TokenChips::clicked, this, [this](int token) { selection().selectStep(token); });
    connect(&selection(), &SelectionModel::changed, this, [this] { showNext(); });
    connect(m_next, &BarList::activated, this, &GenerationPanel::branchTo);
    connect(m_sampler, &SamplerCard::optionsChanged, this, &GenerationPanel::showNext);
    connect(m_sampler, &SamplerCard::rerollRequested, this, &TaskPanel::runRequested);
    connect(m_search, &SearchCards::branchChosen, this, &GenerationPanel::branchAt);
    connect(m_search, &SearchCards::rowChosen, this, &GenerationPanel::lookAt);
    connect(m_tree, &BranchTree::chosen, this, &GenerationPanel::goTo);
    connect(m_tree, &BranchTree::compareChosen, this, &GenerationPanel::compareWith);
    connect(m_compareButton, &PillButton::clicked, this, [this] {
        const auto &branch = m_nodes[static_cast<std::size_t>(m_current)].shown;
        compareWith(m_compared >= 0 ? -1 : (branch.parent >= 0 ? branch.parent : std::max(m_current - 1, 0)));
    });
    const auto forget = [this] {
        m_pending.reset();
        m_row.clear();
        emit inputsEdited();
    };
    connect(m_prompt, &SentenceCard::textEdited, this, forget);
    connect(m_code, &UndoChoice::chosen, this, forget);
    connect(m_language, &UndoChoice::chosen, this, forget);
}

void GenerationPanel::build()
{
    constexpr int kLeastWidthBeside = 600;
    m_tapeCard->body().addWidget(m_tape);
    m_nextCard->body().addWidget(m_next);
    m_nextCard->body().addStretch(1);
    m_branchCard->body().addWidget(m_tree);
    m_branchCard->addToHeading(m_compareButton);
    m_compareCard->body().addWidget(m_difference);
    auto *told = new QHBoxLayout;
    told->setSpacing(kGrid);
    told->addWidget(m_code);
    told->addWidget(m_language);
    told->addStretch(1);
    m_tellCard->body().addLayout(told);
    column().addWidget(m_prompt);
    column().addWidget(m_tellCard);
    addExamplesHere();
    column().addWidget(m_tapeCard);
    column().addWidget(new SideBySide({.first = m_nextCard, .second = m_sampler, .leastWidth = kLeastWidthBeside}));
    column().addWidget(m_search->processors());
    column().addWidget(m_search->beams());
    column().addWidget(m_branchCard);
    column().addWidget(m_compareCard);
    column().addWidget(m_search->tape());
    column().addStretch(1);
    for (Card *card : {m_tapeCard, m_nextCard, m_branchCard, m_compareCard, m_tellCard})
        card->hide();
}

void GenerationPanel::setSearch(const engine::GenerationOptions &options)
{
    engine::GenerationOptions next = options;
    next.beamHistory = 0; // that and the number of results follow from the beams
    m_sampler->setOptionsSilently(next);
}

std::vector<View *> GenerationPanel::views() const
{
    std::vector<View *> views = m_search->views();
    if (!m_compareCard->isHidden())
        views.push_back(m_difference);
    return views;
}

void GenerationPanel::modelChanged()
{
    m_nodes.clear();
    m_current = -1;
    m_compared = -1;
    m_pending.reset();
    m_row.clear();
    m_prompt->setModel(model());
    m_sampler->setModel(model());
    QStringList codes;
    QStringList languages;
    if (model()) {
        for (const std::string &code : model()->info().controlCodes)
            codes << fromUtf8(code);
        for (const std::string &language : model()->info().languages)
            languages << fromUtf8(language);
    }
    const bool hasCodes = !codes.isEmpty();
    const bool hasLanguages = !languages.isEmpty();
    m_code->offer(QStringList(QString()) + codes); // none first
    m_language->offer(QStringList(QString()) + languages);
    m_code->setVisible(hasCodes);
    m_language->setVisible(hasLanguages);
    m_tellCard->setVisible(hasCodes || hasLanguages);
    m_tellCard->headline().setParts(!hasCodes ? tr("Language") : tr("Control code"),
                                    !hasCodes ? tr("which one the text is in")
                                              : tr("the first word; it sets what kind of text follows"));
    showBranches();
}

engine::TaskRequest GenerationPanel::request() const
{
    engine::TaskRequest request;
    request.task = task();
    request.text = toUtf8(m_prompt->text());
    request.controlCode = toUtf8(m_code->text());
    if (!m_language->text().isEmpty())
        request.encode.sourceLanguage = toUtf8(m_language->text());
    request.generation = searchOptions(m_sampler->options());
    request.targetIds = m_row;
    request.topK = kAlternatives;
    return request;
}

// A control code is a text already.
QString GenerationPanel::obstacle() const
{
    return m_code->text().isEmpty() ? TaskPanel::obstacle() : QString();
}

void GenerationPanel::setRequest(const engine::TaskRequest &request)
{
    m_row.clear();
    m_prompt->setText(fromUtf8(request.text));
    if (const QString code = fromUtf8(request.controlCode); m_code->findData(code) >= 0)
        m_code->setTextSilently(code);
    if (const QString language = fromUtf8(request.encode.sourceLanguage.value_or(std::string()));
        m_language->findData(language) >= 0)
        m_language->setTextSilently(language);
    const engine::GenerationOptions &wanted = request.generation;
    if (wanted.sample || wanted.beams > 1 || wanted.maxNewTokens != engine::GenerationOptions{}.maxNewTokens)
        m_sampler->setOptionsSilently(wanted); // an example that says how it is to be continued
}

void GenerationPanel::focusInput()
{
    m_prompt->field().setFocus();
}

const engine::GenerationResult *GenerationPanel::generation() const
{
    return m_shown ? std::get_if<engine::GenerationResult>(&m_shown->payload) : nullptr;
}

QString GenerationPanel::tokenText(std::int64_t id) const
{
    return model() && model()->hasTokenizer() ? fromUtf8(model()->tokenizer().display(id)) : QString::number(id);
}

void GenerationPanel::showStream(const QString &text, std::int64_t)
{
    if (m_live.empty()) {
        m_live.push_back({.text = chipText(shortened(m_prompt->text(), 40)), .below = tr("prompt")});
        m_tapeCard->show();
    } else {
        m_live.pop_back(); // the chip that stood for what comes next
    }
    m_live.push_back({.text = chipText(text), .below = QString(), .isClickable = false});
    m_live.push_back({.text = QStringLiteral("…"), .below = tr("next"), .isDashed = true, .isClickable = false});
    m_tape->setChips(m_live);
}

void GenerationPanel::showRun(const ShownRun &run)
{
    m_live.clear();
    m_shown = run.result;
    if (generation() != nullptr && !m_isRestoring)
        record(run.result);
    const bool hasAnswer = generation() != nullptr && !generation()->steps.empty();
    m_tapeCard->setVisible(hasAnswer);
    m_nextCard->setVisible(hasAnswer);
    if (hasAnswer) {
        selection().selectStep(static_cast<std::int64_t>(generation()->steps.size()));
        showTape();
    }
    showNext();
    m_search->show(model(), run.result);
    showBranches();
}

void GenerationPanel::showTape()
{
    std::vector<TokenChip> chips;
    double bits = 0.0;
    std::size_t written = 0;
    for (const engine::TokenStep &step : generation()->steps) {
        const bool isFirst = chips.empty();
        TokenChip chip{.text = chipText(fromUtf8(step.text)),
                       .below = isFirst ? QString() : QString::number(step.surprisalBits, 'f', 1)};
        chip.fill = surprisalColour(isFirst ? 0.0 : step.surprisalBits);
        chip.isDim = step.isPrompt;
        if (!isFirst)
            chip.tip = tr("p = %1, rank %2, surprisal %3 bit, entropy of the place %4 bit")
                           .arg(probabilityText(step.probability))
                           .arg(step.rank)
                           .arg(step.surprisalBits, 0, 'f', 2)
                           .arg(step.entropyBits, 0, 'f', 2);
        if (!step.isPrompt) {
            bits += step.surprisalBits;
            ++written;
        }
        chips.push_back(std::move(chip));
    }
    chips.push_back({.text = QStringLiteral("…"), .below = tr("next"), .isDashed = true});
    m_tape->setChips(std::move(chips));
    const double perToken = written > 0 ? bits / static_cast<double>(written) : 0.0;
    QString reused;
    if (generation()->reusedPositions > 0)
        reused = tr(" · %1 tokens of the prompt were known from the run before").arg(generation()->reusedPositions);
    m_tapeCard->headline().setParts(
        tr("Text"), tr("colour = surprisal; click a token to see what else could stand there · %1 new tokens, %2 bit "
                       "each · %3 · stopped by: %4")
                            .arg(written)
                            .arg(perToken, 0, 'f', 2)
                            .arg(millisecondsText(m_shown->elapsedMs), fromUtf8(generation()->stopReason)) +
                        reused);
}

std::size_t GenerationPanel::shownStep() const
{
    const auto length = static_cast<std::int64_t>(generation()->steps.size());
    return static_cast<std::size_t>(std::clamp<std::int64_t>(selection().current().step.value_or(length), 1, length));
}

void GenerationPanel::showNext()
{
    const engine::GenerationResult *result = generation();
    m_candidates.clear();
    if (result == nullptr || result->steps.empty() || result->hypotheses.empty())
        return;
    const std::size_t step = shownStep();
    m_tape->setCurrent(static_cast<int>(step));
    const auto logits = result->logitsFor(step);
    if (logits.empty() || step > result->hypotheses.front().ids.size())
        return;
    const auto ids = std::span(result->hypotheses.front().ids).first(step);
    try {
        m_candidates = engine::rankNextTokens(
            {.logits = logits, .priorIds = ids, .promptLength = result->promptLength, .count = kCandidates},
            searchOptions(m_sampler->options()));
    } catch (const engine::Error &error) {
        m_sampler->setPipelineText(QString::fromUtf8(error.what()));
        return;
    }
    std::vector<BarRow> rows;
    for (const engine::Candidate &candidate : m_candidates) {
        const bool isRemoved = !candidate.removedBy.empty();
        const double p = isRemoved ? candidate.rawProbability : candidate.probability;
        BarRow row{.label = chipText(tokenText(candidate.id)), .number = probabilityText(p), .share = p};
        row.isHatched = isRemoved;
        row.isStrong = rows.empty();
        row.note = isRemoved ? fromUtf8(candidate.removedBy) : QString();
        row.tip = tr("id %1, logit %2, raw probability %3")
                      .arg(candidate.id)
                      .arg(static_cast<double>(candidate.logit), 0, 'f', 2)
                      .arg(probabilityText(candidate.rawProbability));
        rows.push_back(std::move(row));
    }
    const bool isEnd = step == result->steps.size();
    m_nextCard->headline().setParts(isEnd ? tr("Next token") : tr("At place %1").arg(step + 1),
                                    tr("click to branch · hatched = removed by a filter"));
    m_next->setRows(std::move(rows));
    showPipeline(m_candidates);
}

void GenerationPanel::showPipeline(const std::vector<engine::Candidate> &candidates)
{
    QStringList names;
    for (const std::string &name : engine::pipeline(searchOptions(m_sampler->options())))
        names << fromUtf8(name);
    std::map<std::string, int> removed;
    for (const engine::Candidate &candidate : candidates) {
        if (!candidate.removedBy.empty())
            ++removed[candidate.removedBy];
    }
    QStringList parts;
    for (const auto &[name, count] : removed)
        parts << tr("%1 by %2").arg(count).arg(fromUtf8(name));
    QString text =
        names.isEmpty() ? tr("no processor acts") : tr("pipeline: %1").arg(names.join(QStringLiteral(" → ")));
    if (!parts.isEmpty())
        text += QLatin1Char('\n') + tr("removed of those shown: %1").arg(parts.join(QStringLiteral(", ")));
    m_sampler->setPipelineText(text);
}

void GenerationPanel::record(const TaskResultPtr &result)
{
    const auto known =
        std::find_if(m_nodes.begin(), m_nodes.end(), [&](const Node &node) { return node.result == result; });
    if (known != m_nodes.end()) {
        m_current = static_cast<int>(known - m_nodes.begin()); // shown again, not run again
        return;
    }
    const auto &generated = std::get<engine::GenerationResult>(result->payload);
    Node node{.shown = {}, .prompt = m_prompt->text(), .result = result};
    node.shown.parent = m_pending ? m_pending->from : -1;
    node.shown.chosen = m_pending ? m_pendingToken : shortened(node.prompt, 36);
    node.shown.rest =
        generated.hypotheses.empty() ? QString() : fromUtf8(generated.hypotheses.front().newText).simplified();
    node.shown.note =
        tr("%1 new tokens").arg(generated.steps.size() - std::min(generated.promptLength, generated.steps.size()));
    m_nodes.push_back(std::move(node));
    const int index = static_cast<int>(m_nodes.size()) - 1;
    if (m_pending) {
        m_pending->to = index;
        m_pending.reset();
    } else if (m_current >= 0) {
        const QString prompt = m_prompt->text();
        undo().push(new MoveCommand(*this, std::make_shared<Move>(Move{m_current, index, prompt, prompt})));
    }
    m_current = index;
    constexpr int kMostKept = 12;
    if (index >= kMostKept)
        m_nodes[static_cast<std::size_t>(index - kMostKept)].result.reset();
}

void GenerationPanel::branchTo(int candidate)
{
    const auto index = static_cast<std::size_t>(candidate);
    if (generation() != nullptr && candidate >= 0 && index < m_candidates.size())
        branchAt(static_cast<std::int64_t>(shownStep()), m_candidates[index].id);
}

void GenerationPanel::branchAt(std::int64_t step, std::int64_t token)
{
    const engine::GenerationResult *result = generation();
    if (result == nullptr || result->hypotheses.empty() || !model() || !model()->hasTokenizer() || step < 1 ||
        step > static_cast<std::int64_t>(result->hypotheses.front().ids.size()))
        return;
    std::vector<std::int64_t> ids(result->hypotheses.front().ids.begin(),
                                  result->hypotheses.front().ids.begin() + step);
    ids.push_back(token);
    // What the control code adds is no part of the text that is typed.
    if (const auto code = model()->tokenizer().id(toUtf8(m_code->text()));
        !m_code->text().isEmpty() && code == ids.front())
        ids.erase(ids.begin());
    depart(fromUtf8(model()->tokenizer().decode(ids, {.skipSpecialTokens = true})), chipText(tokenText(token)));
}

void GenerationPanel::lookAt(const std::vector<std::int64_t> &row, const QString &text)
{
    if (generation() == nullptr || generation()->hypotheses.empty() || generation()->hypotheses.front().ids == row)
        return;
    m_row = row;
    depart(m_prompt->text(), shortened(text, 36));
}

void GenerationPanel::depart(const QString &prompt, const QString &token)
{
    auto move = std::make_shared<Move>(Move{m_current, -1, m_prompt->text(), prompt});
    m_pendingToken = token;
    m_prompt->field().setTextSilently(prompt);
    m_pending = move;
    undo().push(new MoveCommand(*this, std::move(move)));
    emit runRequested();
    m_row.clear();
}

void GenerationPanel::goTo(int branch)
{
    if (branch < 0 || branch >= static_cast<int>(m_nodes.size()) || branch == m_current)
        return;
    const QString prompt = m_nodes[static_cast<std::size_t>(branch)].prompt;
    undo().push(new MoveCommand(*this, std::make_shared<Move>(Move{m_current, branch, m_prompt->text(), prompt})));
    visit(branch, prompt);
}

void GenerationPanel::visit(int branch, const QString &prompt)
{
    m_prompt->field().setTextSilently(prompt);
    if (branch < 0 || branch >= static_cast<int>(m_nodes.size()))
        return;
    m_current = branch;
    const TaskResultPtr result = m_nodes[static_cast<std::size_t>(branch)].result;
    if (result) {
        m_isRestoring = true;
        emit resultChosen(result);
        m_isRestoring = false;
    }
    showBranches();
}

void GenerationPanel::showBranches()
{
    std::vector<Branch> branches;
    for (const Node &node : m_nodes)
        branches.push_back(node.shown);
    m_branchCard->setVisible(branches.size() > 1);
    m_tree->setBranches(std::move(branches), m_current);
    showComparison();
}

void GenerationPanel::compareWith(int branch)
{
    const bool isThere = branch >= 0 && branch < static_cast<int>(m_nodes.size()) && branch != m_current;
    m_compared = isThere ? branch : -1;
    showComparison();
}

void GenerationPanel::showComparison()
{
    const auto node = [this](int index) -> const Node * {
        return index >= 0 && index < static_cast<int>(m_nodes.size()) ? &m_nodes[static_cast<std::size_t>(index)]
                                                                      : nullptr;
    };
    const Node *first = node(m_compared);
    const Node *second = node(m_current);
    const bool hasBoth = first != nullptr && second != nullptr && first != second;
    m_tree->setCompared(hasBoth ? m_compared : -1);
    m_compareButton->setText(hasBoth ? tr("Compare no more") : tr("Compare with the one before"));
    m_compareButton->updateGeometry();
    m_compareCard->setVisible(hasBoth);
    if (!hasBoth)
        return;
    const QString names = tr("“%1” and “%2”");
    m_compareCard->headline().setParts(tr("Two branches"), names.arg(first->shown.chosen, second->shown.chosen));
    m_difference->compare({.model = model(), .result = first->result, .name = first->shown.chosen},
                          {.model = model(), .result = second->result, .name = second->shown.chosen});
}

} // namespace ui
