// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/generation_panel.h"

#include "ui/panels/rows.h"
#include "ui/panels/sampler_card.h"
#include "ui/panels/sentence_card.h"
#include "ui/panels/undo_text.h"
#include "ui/shell/side_by_side.h"
#include "ui/state/numbers.h"
#include "ui/state/texts.h"
#include "ui/state/theme.h"

#include <QPointer>
#include <QUndoCommand>
#include <QUndoStack>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <map>

namespace ui {

namespace {

constexpr std::size_t kCandidates = 10;

// The more surprising a token, the stronger its orange; 5 bits is as strong as it gets.
QColor surprisalColour(double bits)
{
    constexpr double kStrongest = 5.0;
    const Theme &theme = Theme::current();
    const QColor hot = theme.isDark ? QColor(0x9a, 0x48, 0x0c) : QColor(0xe0, 0x8a, 0x45);
    const double share = std::clamp(bits / kStrongest, 0.0, 1.0) * 0.9;
    const auto mix = [share](int from, int to) { return static_cast<int>(std::lround(from + share * (to - from))); };
    return {mix(theme.chip.red(), hot.red()), mix(theme.chip.green(), hot.green()), mix(theme.chip.blue(), hot.blue())};
}

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
      m_tapeCard(new Card(tr("Text"), tr("colour = surprisal in bits; click a token to see what else could stand there"))),
      m_tape(new TokenChips), m_nextCard(new Card(tr("Next token"), tr("click to branch · hatched = removed by a filter"))),
      m_next(new BarList), m_sampler(new SamplerCard(context.undo)),
      m_beamCard(new Card(tr("Beams"), tr("score = sum of log probabilities over length"))), m_beams(new BarList),
      m_branchCard(new Card(tr("Branches"), tr("click one to go there · Ctrl+Z steps back"))), m_tree(new BranchTree)
{
    build();
    m_next->setClickable(true);
    m_tape->setAccessibleName(tr("Generated tokens"));
    connect(m_tape, &TokenChips::clicked, this, [this](int token) { selection().selectStep(token); });
    connect(&selection(), &SelectionModel::changed, this, [this] { showNext(); });
    connect(m_next, &BarList::activated, this, &GenerationPanel::branchTo);
    connect(m_sampler, &SamplerCard::optionsChanged, this, &GenerationPanel::showNext);
    connect(m_sampler, &SamplerCard::rerollRequested, this, &TaskPanel::runRequested);
    connect(m_tree, &BranchTree::chosen, this, &GenerationPanel::goTo);
    connect(m_prompt, &SentenceCard::textEdited, this, [this] {
        m_pending.reset();
        emit inputsEdited();
    });
}

void GenerationPanel::build()
{
    constexpr int kLeastWidthBeside = 600;
    m_tapeCard->body().addWidget(m_tape);
    m_nextCard->body().addWidget(m_next);
    m_nextCard->body().addStretch(1);
    m_beamCard->body().addWidget(m_beams);
    m_branchCard->body().addWidget(m_tree);
    column().addWidget(m_prompt);
    addExamplesHere();
    column().addWidget(m_tapeCard);
    column().addWidget(new SideBySide({.first = m_nextCard, .second = m_sampler, .leastWidth = kLeastWidthBeside}));
    column().addWidget(m_beamCard);
    column().addWidget(m_branchCard);
    column().addStretch(1);
    for (Card *card : {m_tapeCard, m_nextCard, m_beamCard, m_branchCard})
        card->hide();
}

void GenerationPanel::modelChanged()
{
    m_nodes.clear();
    m_current = -1;
    m_pending.reset();
    m_prompt->setModel(model());
    showBranches();
}

engine::TaskRequest GenerationPanel::request() const
{
    engine::TaskRequest request;
    request.task = task();
    request.text = toUtf8(m_prompt->text());
    request.generation = m_sampler->options();
    request.generation.returnSequences = request.generation.beams;
    return request;
}

void GenerationPanel::setRequest(const engine::TaskRequest &request)
{
    m_prompt->setText(fromUtf8(request.text));
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
    showHypotheses();
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
    m_tapeCard->headline().setParts(
        tr("Text"), tr("colour = surprisal; click a token to see what else could stand there · %1 new tokens, %2 bit each · %3 · stopped by: %4")
                        .arg(written)
                        .arg(perToken, 0, 'f', 2)
                        .arg(millisecondsText(m_shown->elapsedMs), fromUtf8(generation()->stopReason)));
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
    if (result == nullptr || result->steps.empty() || result->logits.rank() != 2 || result->hypotheses.empty())
        return;
    const std::size_t step = shownStep();
    m_tape->setCurrent(static_cast<int>(step));
    const auto width = static_cast<std::size_t>(result->logits.size(1));
    if (static_cast<std::int64_t>(step) > result->logits.size(0) || step > result->hypotheses.front().ids.size())
        return;
    const auto ids = std::span(result->hypotheses.front().ids).first(step);
    try {
        m_candidates = engine::rankNextTokens({.logits = result->logits.floats().subspan((step - 1) * width, width),
                                               .priorIds = ids,
                                               .promptLength = result->promptLength,
                                               .count = kCandidates},
                                              m_sampler->options());
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
    for (const std::string &name : engine::pipeline(m_sampler->options()))
        names << fromUtf8(name);
    std::map<std::string, int> removed;
    for (const engine::Candidate &candidate : candidates) {
        if (!candidate.removedBy.empty())
            ++removed[candidate.removedBy];
    }
    QStringList parts;
    for (const auto &[name, count] : removed)
        parts << tr("%1 by %2").arg(count).arg(fromUtf8(name));
    QString text = names.isEmpty() ? tr("no processor acts") : tr("pipeline: %1").arg(names.join(QStringLiteral(" → ")));
    if (!parts.isEmpty())
        text += QLatin1Char('\n') + tr("removed of those shown: %1").arg(parts.join(QStringLiteral(", ")));
    m_sampler->setPipelineText(text);
}

void GenerationPanel::showHypotheses()
{
    const engine::GenerationResult *result = generation();
    const bool hasBeams = result != nullptr && result->hypotheses.size() > 1;
    m_beamCard->setVisible(hasBeams);
    if (!hasBeams)
        return;
    m_beams->setRows(hypothesisRows(result->hypotheses));
}

void GenerationPanel::record(const TaskResultPtr &result)
{
    const auto known = std::find_if(m_nodes.begin(), m_nodes.end(), [&](const Node &node) { return node.result == result; });
    if (known != m_nodes.end()) {
        m_current = static_cast<int>(known - m_nodes.begin()); // shown again, not run again
        return;
    }
    const auto &generated = std::get<engine::GenerationResult>(result->payload);
    Node node{.shown = {}, .prompt = m_prompt->text(), .result = result};
    node.shown.parent = m_pending ? m_pending->from : -1;
    node.shown.chosen = m_pending ? m_pendingToken : shortened(node.prompt, 36);
    node.shown.rest = generated.hypotheses.empty() ? QString() : fromUtf8(generated.hypotheses.front().newText).simplified();
    node.shown.note = tr("%1 new tokens").arg(generated.steps.size() - std::min(generated.promptLength, generated.steps.size()));
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
    const engine::GenerationResult *result = generation();
    const auto index = static_cast<std::size_t>(candidate);
    if (result == nullptr || candidate < 0 || index >= m_candidates.size() || !model() || !model()->hasTokenizer())
        return;
    const std::size_t step = shownStep();
    std::vector<std::int64_t> ids(result->hypotheses.front().ids.begin(),
                                  result->hypotheses.front().ids.begin() + static_cast<std::ptrdiff_t>(step));
    ids.push_back(m_candidates[index].id);
    const QString prompt = fromUtf8(model()->tokenizer().decode(ids, {.skipSpecialTokens = true}));
    auto move = std::make_shared<Move>(Move{m_current, -1, m_prompt->text(), prompt});
    m_pendingToken = chipText(tokenText(m_candidates[index].id));
    m_prompt->field().setTextSilently(prompt);
    m_pending = move;
    undo().push(new MoveCommand(*this, std::move(move)));
    emit runRequested();
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
}

} // namespace ui
