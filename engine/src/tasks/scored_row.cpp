// SPDX-License-Identifier: GPL-3.0-or-later
#include "tasks/scored_row.h"

#include "engine/names.h"
#include "tasks/input.h"
#include "tasks/tape.h"

#include <algorithm>
#include <array>
#include <utility>

namespace engine::tasks {
namespace {

// (1, positions, vocabulary) → (positions, vocabulary). Log-probabilities are logits too: a softmax leaves their
// exponentials as they are.
Tensor scoresIn(const NamedTensors &outputs)
{
    const Tensor scores =
        firstOf(outputs, std::array{names::kLogits, names::kPredictionLogits, names::kPredictionScores});
    return scores.reshaped({scores.size(1), scores.size(2)});
}

// Fills a ScoredRow from scores that come in pieces.
class Scorer {
public:
    Scorer(const TaskContext &context, const RowToScore &row)
        : m_context(context), m_tape{.ids = row.ids, .tokenizer = context.tokenizer, .top = row.topK}
    {
        m_out.steps = emptyTape(row.ids);
    }

    // Room for the last `rows` places.
    void keep(std::int64_t rows)
    {
        m_out.first = m_tape.ids.size() - static_cast<std::size_t>(rows);
        m_out.logits = Tensor::uninitialised({rows, m_context.model.vocabularySize()});
    }
    // All places at once.
    void takeAll(const Tensor &scores)
    {
        addToTape(m_out.steps, {.first = 0, .logits = scores}, m_tape, m_context.control);
        m_out.logits = scores;
    }
    // Of a pass over the row only the places before `end`.
    void takeUntil(std::int64_t end, std::int64_t first, const Tensor &scores)
    {
        if (first < end)
            take(first, scores.rows(0, std::min(scores.size(0), end - first)));
    }
    // Row i of the scores belongs to place first + i.
    void take(std::int64_t first, const Tensor &scores)
    {
        addToTape(m_out.steps, {.first = static_cast<std::size_t>(first), .logits = scores}, m_tape, m_context.control);
        const auto kept = static_cast<std::int64_t>(m_out.first);
        const auto begin = std::max(first, kept);
        if (begin >= first + scores.size(0))
            return;
        const Tensor rows = scores.rows(begin - first, scores.size(0));
        std::ranges::copy(rows.floats(), m_out.logits.mutableFloats().begin() + (begin - kept) * scores.size(1));
    }
    [[nodiscard]] ScoredRow finish() { return std::move(m_out); }

private:
    const TaskContext &m_context;
    TapeRequest m_tape;
    ScoredRow m_out;
};

NamedTensors passInputs(const TaskContext &context, std::span<const std::int64_t> ids)
{
    const auto length = static_cast<std::int64_t>(ids.size());
    const Tensor mask = Tensor::fromInts({1, length}, std::vector<std::int64_t>(ids.size(), 1));
    NamedTensors inputs = context.model.scoringInputs(Tensor::fromInts({1, length}, ids), mask);
    inputs.insert(context.extra.begin(), context.extra.end());
    return inputs;
}

// Places from `first` on as the steps of a search compute them.
void walkSteps(const TaskContext &context, const HeadInfo &head, const RowToScore &walk, Scorer &scorer)
{
    RunControl quiet = context.control;
    quiet.trace = nullptr;
    const auto state = walk.usesCache ? context.model.newState() : nullptr;
    for (std::size_t place = walk.promptLength - 1; place < walk.ids.size(); ++place) {
        const auto length = static_cast<std::int64_t>(place) + 1;
        const Tensor ids = Tensor::fromInts({1, length}, walk.ids.first(place + 1));
        const Tensor mask = Tensor::fromInts({1, length}, std::vector<std::int64_t>(place + 1, 1));
        NamedTensors inputs = context.model.stepInputs(ids, mask, state.get());
        inputs.insert(context.extra.begin(), context.extra.end());
        const NamedTensors outputs = context.model.forward(
            inputs, {.head = head.id, .state = state.get(), .choices = context.choices, .onlyLastLogits = true}, quiet);
        scorer.take(static_cast<std::int64_t>(place), scoresIn(outputs));
    }
}

} // namespace

} // namespace engine::tasks

namespace engine {

std::span<const float> GenerationResult::logitsFor(std::size_t place) const
{
    if (logits.rank() != 2 || place < firstLogits + 1 || place - firstLogits > static_cast<std::size_t>(logits.size(0)))
        return {};
    const auto width = static_cast<std::size_t>(logits.size(1));
    return logits.floats().subspan((place - firstLogits - 1) * width, width);
}

} // namespace engine

namespace engine::tasks {

ScoredRow scoreRow(const TaskContext &context, const HeadInfo &head, const RowToScore &row)
{
    const auto length = static_cast<std::int64_t>(row.ids.size());
    const auto bytesOfRow = static_cast<std::size_t>(context.model.vocabularySize()) * sizeof(float);
    const auto most = std::max<std::int64_t>(1, static_cast<std::int64_t>(row.mostBytes / bytesOfRow));
    Scorer scorer(context, row);
    ForwardOptions options{.head = head.id, .choices = context.choices};
    const NamedTensors inputs = passInputs(context, row.ids);
    const bool isFinal = context.model.scoresAsItSteps();
    const auto end = isFinal ? length : static_cast<std::int64_t>(row.promptLength) - 1; // steps score what follows
    if (length <= most) {
        const Tensor scores = scoresIn(context.model.forward(inputs, options, context.control));
        if (isFinal) {
            scorer.takeAll(scores);
        } else {
            scorer.keep(length);
            scorer.takeUntil(end, 0, scores);
        }
    } else {
        constexpr std::int64_t kBlocks = 4; // of what is kept: a block more is in memory at a time
        scorer.keep(most);
        const ScoreBlocks blocks{.positions = std::max<std::int64_t>(1, most / kBlocks),
                                 .take = [&](std::int64_t first, const NamedTensors &outputs) {
                                     scorer.takeUntil(end, first, scoresIn(outputs));
                                 }};
        options.blocks = &blocks;
        static_cast<void>(context.model.forward(inputs, options, context.control));
    }
    if (!isFinal)
        walkSteps(context, head, row, scorer);
    return scorer.finish();
}

} // namespace engine::tasks
