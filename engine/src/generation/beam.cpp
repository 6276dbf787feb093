// SPDX-License-Identifier: GPL-3.0-or-later
#include "generation/beam.h"

#include "engine/error.h"
#include "generation/beam_recorder.h"
#include "generation/processors.h"
#include "generation/scores.h"
#include "ops/ops.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>

namespace engine::generation {
namespace {

// Score of beams that do not live yet: at the first step all beams of a prompt are the same row.
constexpr double kDead = -1e9;

struct BeamCandidate {
    double sum = 0.0; // of log-probabilities
    std::size_t beam = 0;
    std::int64_t id = 0;
};

class BeamSearch {
public:
    BeamSearch(Rows &rows, const GenerationOptions &options, const SearchCallbacks &callbacks)
        : m_rows(rows), m_options(options), m_callbacks(callbacks), m_processors(processors(options)),
          m_warpers(warpers(options, 2)), m_dice(options.seed), m_prompts(rows.count()),
          m_beams(static_cast<std::size_t>(options.beams)),
          m_groupSize(m_beams / static_cast<std::size_t>(options.beamGroups)), m_promptLength(rows.length()),
          m_maxLength(m_promptLength + static_cast<std::size_t>(options.maxNewTokens)),
          m_hypotheses(m_prompts, BeamHypotheses(options, m_maxLength)), m_isDone(m_prompts, false),
          m_sums(m_prompts * m_beams, 0.0)
    {
        if (!options.sample) // samples differ by themselves, so all beams may start
            for (std::size_t i = 0; i < m_sums.size(); ++i)
                m_sums[i] = i % m_groupSize == 0 ? 0.0 : kDead;
        if (options.beamHistory > 0 && m_prompts == 1)
            m_recorder.emplace(BeamRecorder::Options{.limit = options.beamHistory,
                                                     .beams = m_beams,
                                                     .promptLength = m_promptLength,
                                                     .lengthPenalty = options.lengthPenalty});
    }

    // False once every prompt is done.
    [[nodiscard]] bool step();
    [[nodiscard]] SearchResult finish();

private:
    struct Next { // of all beams: prompt after prompt
        std::vector<std::int64_t> ids;
        std::vector<std::int64_t> rows; // that they continue
        std::vector<double> sums;
    };

    // Rows are one a prompt before the first step and one a beam after it.
    [[nodiscard]] std::size_t row(std::size_t prompt, std::size_t beam) const
    {
        return m_rows.count() == m_prompts * m_beams ? prompt * m_beams + beam : prompt;
    }
    [[nodiscard]] bool isEnd(std::int64_t id) const
    {
        const auto &ends = m_options.eosTokenIds;
        return std::find(ends.begin(), ends.end(), id) != ends.end();
    }
    // Enough that one candidate a beam remains when every end token ranks high; 2 · beams with one end token.
    [[nodiscard]] std::size_t candidateCount() const
    {
        return std::max<std::size_t>(2, m_options.eosTokenIds.size() + 1) * m_groupSize;
    }
    struct Group {
        std::size_t prompt = 0;
        std::size_t firstBeam = 0;
        std::span<const std::int64_t> taken = {}; // by earlier groups of the prompt in this step
    };
    [[nodiscard]] std::vector<BeamCandidate> candidates(const Tensor &logProbabilities, const Group &group);
    [[nodiscard]] Tensor logProbabilities(const Tensor &logits) const;
    void scoreRow(std::span<const float> logProbabilities, const RowContext &context, const Group &group);
    [[nodiscard]] std::vector<std::size_t> drawn(std::span<const float> scores, std::size_t count);
    void advance(const std::vector<BeamCandidate> &ranked, std::size_t prompt, Next &next);
    [[nodiscard]] BeamEnd endOf(const BeamCandidate &candidate, std::size_t from) const;
    void end(const BeamCandidate &candidate, std::size_t prompt, BeamEnd why);
    void fill(std::size_t prompt, Next &next) const;
    [[nodiscard]] std::vector<std::int64_t> idsOf(std::size_t row) const
    {
        const auto ids = m_rows.ids(row);
        return {ids.begin(), ids.end()};
    }

    Rows &m_rows;
    const GenerationOptions &m_options;
    const SearchCallbacks &m_callbacks;
    Processors m_processors;
    Processors m_warpers;
    Dice m_dice;
    std::size_t m_prompts;
    std::size_t m_beams;
    std::size_t m_groupSize;
    std::size_t m_promptLength;
    std::size_t m_maxLength;
    std::vector<BeamHypotheses> m_hypotheses; // one a prompt
    std::vector<bool> m_isDone;
    std::vector<double> m_sums;             // (prompts · beams)
    std::vector<float> m_scores;            // of one row
    std::optional<BeamRecorder> m_recorder; // when somebody wants the history
};

// Without putting back: each index at most once, those without weight never.
std::vector<std::size_t> BeamSearch::drawn(std::span<const float> scores, std::size_t count)
{
    const double total = logSumExp(scores);
    std::vector<double> weights(scores.size(), 0.0);
    std::size_t available = 0;
    for (std::size_t i = 0; i < scores.size(); ++i) {
        const double weight = std::exp(static_cast<double>(scores[i]) - total);
        weights[i] = std::isfinite(weight) ? weight : 0.0;
        available += weights[i] > 0.0 ? 1U : 0U;
    }
    std::vector<std::size_t> out;
    while (out.size() < std::min(count, available)) {
        out.push_back(draw(weights, m_dice));
        weights[out.back()] = 0.0;
    }
    return out;
}

// Log-probabilities of all rows, without the tokens that beams never consider.
Tensor BeamSearch::logProbabilities(const Tensor &logits) const
{
    requireNumbers(logits.floats(), m_rows.length() - m_promptLength);
    if (m_options.beamExcludedTokens.empty())
        return ops::logSoftmax(logits);
    Tensor kept = Tensor::fromFloats(logits.shape(), logits.floats());
    auto values = kept.mutableFloats();
    for (const auto id : m_options.beamExcludedTokens)
        for (std::int64_t row = 0; row < kept.size(0) && id >= 0 && id < kept.size(1); ++row)
            values[static_cast<std::size_t>(row * kept.size(1) + id)] = -std::numeric_limits<float>::infinity();
    return ops::logSoftmax(kept);
}

// What the processors make of a row's log-probabilities, in m_scores.
void BeamSearch::scoreRow(std::span<const float> logProbabilities, const RowContext &context, const Group &group)
{
    m_scores.assign(logProbabilities.begin(), logProbabilities.end());
    for (const auto id : group.taken) // Vijayakumar et al. 2016, Hamming diversity
        if (id >= 0 && static_cast<std::size_t>(id) < m_scores.size())
            m_scores[static_cast<std::size_t>(id)] -= static_cast<float>(m_options.diversityPenalty);
    applyAll(m_processors, m_scores, context);
}

std::vector<BeamCandidate> BeamSearch::candidates(const Tensor &logProbabilities, const Group &group)
{
    const auto vocabulary = static_cast<std::size_t>(logProbabilities.size(1));
    const std::size_t prompt = group.prompt;
    std::vector<BeamCandidate> all;
    std::vector<float> warped; // of all beams, only when sampling
    for (std::size_t beam = group.firstBeam; beam < group.firstBeam + m_groupSize; ++beam) {
        const std::size_t from = row(prompt, beam);
        const RowContext context{.ids = m_rows.ids(from), .promptLength = m_promptLength};
        scoreRow(logProbabilities.floats().subspan(from * vocabulary, vocabulary), context, group);
        auto &scores = m_scores;
        const double sum = m_sums[prompt * m_beams + beam];
        if (m_options.sample) { // warpers act on running sums, as in the reference
            for (float &score : scores)
                score += static_cast<float>(sum);
            applyAll(m_warpers, scores, context);
            warped.insert(warped.end(), scores.begin(), scores.end());
            continue;
        }
        for (const auto id : best(scores, candidateCount())) {
            const auto score = static_cast<double>(scores[static_cast<std::size_t>(id)]);
            if (std::isfinite(sum + score)) // a removed token is no candidate
                all.push_back({.sum = sum + score, .beam = beam, .id = id});
        }
    }
    if (m_options.sample)
        for (const auto i : drawn(warped, candidateCount()))
            all.push_back({.sum = static_cast<double>(warped[i]),
                           .beam = i / vocabulary,
                           .id = static_cast<std::int64_t>(i % vocabulary)});
    std::stable_sort(all.begin(), all.end(), [](const auto &a, const auto &b) { return a.sum > b.sum; });
    all.resize(std::min(all.size(), candidateCount()));
    return all;
}

// Why a row is at its end with the candidate's token; None: it goes on.
BeamEnd BeamSearch::endOf(const BeamCandidate &candidate, std::size_t from) const
{
    if (isEnd(candidate.id))
        return BeamEnd::EndToken;
    if (!m_callbacks.endsRow)
        return BeamEnd::None;
    auto ids = idsOf(from);
    ids.push_back(candidate.id);
    return m_callbacks.endsRow(ids) ? BeamEnd::StopString : BeamEnd::None;
}

// A finished row: the end token is no part of it, a token that ends it by its text is.
void BeamSearch::end(const BeamCandidate &candidate, std::size_t prompt, BeamEnd why)
{
    BeamHypothesis finished{.ids = idsOf(row(prompt, candidate.beam)),
                            .score = candidate.sum,
                            .hasEnd = true,
                            .endsByText = why == BeamEnd::StopString};
    if (finished.endsByText)
        finished.ids.push_back(candidate.id);
    if (m_recorder && candidate.sum > kDead / 2.0)
        finished.node = m_recorder->ends({.beam = candidate.beam, .token = candidate.id, .sum = candidate.sum}, why);
    m_hypotheses[prompt].add(std::move(finished));
}

void BeamSearch::advance(const std::vector<BeamCandidate> &ranked, std::size_t prompt, Next &next)
{
    const std::size_t length = m_rows.length() + 1; // with the token just chosen
    std::size_t taken = 0;
    for (std::size_t rank = 0; rank < ranked.size() && taken < m_groupSize; ++rank) {
        const auto &candidate = ranked[rank];
        const std::size_t from = row(prompt, candidate.beam);
        if (const BeamEnd why = endOf(candidate, from); why != BeamEnd::None) {
            if (rank < m_groupSize)
                end(candidate, prompt, why);
            continue;
        }
        if (m_recorder && candidate.sum > kDead / 2.0)
            m_recorder->goesOn({.beam = candidate.beam, .token = candidate.id, .sum = candidate.sum}, next.ids.size());
        next.ids.push_back(candidate.id);
        next.rows.push_back(static_cast<std::int64_t>(from));
        next.sums.push_back(candidate.sum);
        ++taken;
    }
    // Fewer tokens than beams (a tiny vocabulary, a filter that leaves few): beams that cannot win.
    for (; taken < m_groupSize; ++taken) {
        next.ids.push_back(m_options.padTokenId);
        next.rows.push_back(static_cast<std::int64_t>(row(prompt, 0)));
        next.sums.push_back(-std::numeric_limits<double>::infinity());
    }
    m_isDone[prompt] = m_isDone[prompt] || (!ranked.empty() && m_hypotheses[prompt].isDone(ranked.front().sum, length));
}

// A group of a prompt that is done, while others run on.
void BeamSearch::fill(std::size_t prompt, Next &next) const
{
    for (std::size_t beam = 0; beam < m_groupSize; ++beam) {
        next.ids.push_back(m_options.padTokenId);
        next.rows.push_back(static_cast<std::int64_t>(row(prompt, 0)));
        next.sums.push_back(0.0);
    }
}

bool BeamSearch::step()
{
    const Tensor scores = logProbabilities(m_rows.logits());
    Next next;
    for (std::size_t prompt = 0; prompt < m_prompts; ++prompt) {
        const std::size_t begin = next.ids.size();
        for (std::size_t beam = 0; beam < m_beams; beam += m_groupSize) {
            if (m_isDone[prompt]) {
                for (std::size_t still = beam; m_recorder && still < beam + m_groupSize; ++still)
                    m_recorder->standsStill(still);
                fill(prompt, next);
                continue;
            }
            const std::vector<std::int64_t> taken(next.ids.begin() + static_cast<std::ptrdiff_t>(begin),
                                                  next.ids.end());
            advance(candidates(scores, {.prompt = prompt, .firstBeam = beam, .taken = taken}), prompt, next);
        }
    }
    m_rows.select(next.rows);
    m_rows.append(next.ids);
    m_sums = std::move(next.sums);
    if (m_recorder)
        m_recorder->stepDone();
    return std::find(m_isDone.begin(), m_isDone.end(), false) != m_isDone.end();
}

SearchResult BeamSearch::finish()
{
    for (std::size_t prompt = 0; prompt < m_prompts; ++prompt) {
        if (m_isDone[prompt])
            continue;
        for (std::size_t beam = 0; beam < m_beams; ++beam)
            if (std::isfinite(m_sums[prompt * m_beams + beam]) || beam == 0)
                m_hypotheses[prompt].add({.ids = idsOf(row(prompt, beam)),
                                          .score = m_sums[prompt * m_beams + beam],
                                          .hasEnd = false,
                                          .node = m_recorder ? m_recorder->nodeOf(beam) : -1});
    }
    if (m_recorder)
        m_recorder->runsOut(m_isDone.front() ? BeamEnd::EarlyStopping : BeamEnd::Length);
    std::vector<BeamHypothesis> results;
    const auto wanted = static_cast<std::size_t>(m_options.returnSequences);
    bool haveAllEnded = true;
    for (const auto &hypotheses : m_hypotheses) {
        auto best = hypotheses.best(wanted);
        haveAllEnded = haveAllEnded && best.front().hasEnd;
        for (std::size_t rank = 0; m_recorder && rank < best.size(); ++rank)
            m_recorder->isResult(best[rank].node, rank);
        best.resize(wanted, best.back());
        std::move(best.begin(), best.end(), std::back_inserter(results));
    }
    std::size_t longest = 0;
    for (const auto &result : results)
        longest = std::max(longest, result.ids.size());
    const std::size_t width = std::min(longest + 1, m_maxLength);
    const char *ended = results.front().endsByText ? "stop string" : "end token";
    SearchResult out{.sequences = {}, .scores = {}, .stopReason = haveAllEnded ? ended : "length"};
    std::vector<std::vector<std::int64_t>> rows;
    for (auto &result : results) {
        out.scores.push_back(result.score);
        if (result.ids.size() < width && !m_options.eosTokenIds.empty() && !result.endsByText)
            result.ids.push_back(m_options.eosTokenIds.front());
        out.lengths.push_back(result.ids.size());
        result.ids.resize(width, m_options.padTokenId);
        rows.push_back(std::move(result.ids));
    }
    out.sequences = toTensor(rows);
    if (m_recorder)
        out.history = m_recorder->finish();
    return out;
}

} // namespace

BeamHypotheses::BeamHypotheses(const GenerationOptions &options, std::size_t maxLength)
    : m_beams(static_cast<std::size_t>(options.beams)), m_lengthPenalty(options.lengthPenalty),
      m_earlyStopping(options.earlyStopping), m_maxLength(maxLength)
{
}

void BeamHypotheses::add(BeamHypothesis hypothesis)
{
    hypothesis.score /= std::pow(static_cast<double>(hypothesis.ids.size()), m_lengthPenalty);
    if (m_kept.size() >= m_beams && !(hypothesis.score > m_worst))
        return;
    m_kept.push_back(std::move(hypothesis));
    const auto isWorse = [](const auto &a, const auto &b) { return a.score < b.score; };
    if (m_kept.size() > m_beams)
        m_kept.erase(std::min_element(m_kept.begin(), m_kept.end(), isWorse));
    m_worst = std::min_element(m_kept.begin(), m_kept.end(), isWorse)->score;
}

bool BeamHypotheses::isDone(double bestSum, std::size_t length) const
{
    if (m_kept.size() < m_beams)
        return false;
    if (m_earlyStopping == EarlyStopping::Yes)
        return true;
    // With a positive penalty a negative sum weighs least at the greatest length.
    const bool looksAhead = m_earlyStopping == EarlyStopping::Never && m_lengthPenalty > 0.0;
    const double attainable =
        bestSum / std::pow(static_cast<double>(looksAhead ? m_maxLength : length), m_lengthPenalty);
    return m_worst >= attainable;
}

std::vector<BeamHypothesis> BeamHypotheses::best(std::size_t count) const
{
    std::vector<BeamHypothesis> sorted = m_kept;
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto &a, const auto &b) { return a.score < b.score; });
    std::reverse(sorted.begin(), sorted.end()); // equal scores: the later one first, as the reference pops them
    sorted.resize(std::min(count, sorted.size()));
    return sorted;
}

SearchResult beamSearch(Rows &rows, const GenerationOptions &options, const RunControl &control,
                        const SearchCallbacks &callbacks)
{
    BeamSearch search(rows, options, callbacks);
    for (std::int64_t step = 0; step < options.maxNewTokens; ++step) {
        control.checkpoint();
        const bool goesOn = search.step();
        control.report({.what = "generating", .done = step + 1, .total = options.maxNewTokens, .unit = "tokens"});
        if (!goesOn)
            break;
    }
    return search.finish();
}

} // namespace engine::generation
