// SPDX-License-Identifier: GPL-3.0-or-later
// Greedy search and sampling: GenerationMixin.greedy_search and .sample of the reference library. They
// differ in how a token is taken from a row of scores, and in nothing else.
#include "generation/search.h"

#include "engine/error.h"
#include "generation/beam.h"
#include "generation/processors.h"
#include "generation/rows.h"
#include "generation/scores.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace engine::generation {
namespace {

// Takes the next token of a row.
class Chooser {
public:
    explicit Chooser(const GenerationOptions &options)
        : m_isSampling(options.sample), m_processors(processors(options)), m_warpers(warpers(options, 1)),
          m_dice(options.seed)
    {
    }

    struct Choice {
        std::int64_t id = 0;
        double probability = 0.0; // after processors; only where it was asked for or is needed anyway
    };

    [[nodiscard]] Choice choose(std::span<const float> logits, const RowContext &row, bool wantsProbability)
    {
        requireNumbers(logits, row.newTokens());
        m_scores.assign(logits.begin(), logits.end());
        applyAll(m_processors, m_scores, row);
        if (!m_isSampling) {
            Choice choice{.id = argmax(m_scores)};
            if (wantsProbability)
                choice.probability = std::exp(score(choice.id) - logSumExp(m_scores));
            return choice;
        }
        applyAll(m_warpers, m_scores, row);
        const double total = logSumExp(m_scores);
        m_weights.resize(m_scores.size());
        std::transform(m_scores.begin(), m_scores.end(), m_weights.begin(),
                       [total](float s) { return std::exp(static_cast<double>(s) - total); });
        const std::size_t id = draw(m_weights, m_dice);
        return {.id = static_cast<std::int64_t>(id), .probability = m_weights[id]};
    }

private:
    [[nodiscard]] double score(std::int64_t id) const
    {
        return static_cast<double>(m_scores[static_cast<std::size_t>(id)]);
    }

    bool m_isSampling;
    Processors m_processors;
    Processors m_warpers;
    Dice m_dice;
    std::vector<float> m_scores;
    std::vector<double> m_weights;
};

class TokenByToken {
public:
    TokenByToken(Rows &rows, const GenerationOptions &options, const SearchCallbacks &callbacks)
        : m_rows(rows), m_options(options), m_callbacks(callbacks), m_chooser(options), m_promptLength(rows.length()),
          m_isFinished(rows.count(), false), m_lengths(rows.count(), 0)
    {
    }

    // False once every row has ended.
    [[nodiscard]] bool step()
    {
        const Tensor logits = m_rows.logits();
        const bool isSingle = m_rows.count() == 1;
        if (isSingle && m_callbacks.onLogits)
            m_callbacks.onLogits(logits.reshaped({logits.size(1)}));
        const auto vocabulary = static_cast<std::size_t>(logits.size(1));
        const bool isFollowed = isSingle && static_cast<bool>(m_callbacks.onToken);
        std::vector<std::int64_t> next(m_rows.count(), m_options.padTokenId);
        for (std::size_t row = 0; row < m_rows.count(); ++row) {
            if (m_isFinished[row])
                continue;
            const RowContext context{.ids = m_rows.ids(row), .promptLength = m_promptLength};
            const auto choice =
                m_chooser.choose(logits.floats().subspan(row * vocabulary, vocabulary), context, isFollowed);
            next[row] = choice.id;
            if (isFollowed)
                m_callbacks.onToken(choice.id, choice.probability);
        }
        m_rows.append(next);
        for (std::size_t row = 0; row < m_rows.count(); ++row)
            endRow(row, next[row]);
        return !areAllFinished();
    }

    [[nodiscard]] bool areAllFinished() const
    {
        return std::find(m_isFinished.begin(), m_isFinished.end(), false) == m_isFinished.end();
    }

    [[nodiscard]] std::vector<std::size_t> lengths() const
    {
        std::vector<std::size_t> all = m_lengths;
        std::ranges::replace(all, std::size_t{0}, m_rows.length());
        return all;
    }
    [[nodiscard]] std::string stopReason() const
    {
        if (!m_isFinished.front())
            return "length";
        return m_endsByText ? "stop string" : "end token";
    }

private:
    // Whether the token that a row has just got is its last one.
    void endRow(std::size_t row, std::int64_t token)
    {
        if (m_isFinished[row])
            return;
        const auto &ends = m_options.eosTokenIds;
        const bool isEndToken = std::find(ends.begin(), ends.end(), token) != ends.end();
        m_isFinished[row] = isEndToken || (m_callbacks.endsRow && m_callbacks.endsRow(m_rows.ids(row)));
        if (!m_isFinished[row])
            return;
        m_lengths[row] = m_rows.length();
        if (row == 0)
            m_endsByText = !isEndToken;
    }

    Rows &m_rows;
    const GenerationOptions &m_options;
    const SearchCallbacks &m_callbacks;
    Chooser m_chooser;
    std::size_t m_promptLength;
    std::vector<bool> m_isFinished;
    std::vector<std::size_t> m_lengths; // of finished rows; 0: it runs
    bool m_endsByText = false;          // the first row
};

SearchResult tokenByToken(Rows &rows, const GenerationOptions &options, const RunControl &control,
                          const SearchCallbacks &callbacks)
{
    std::vector<std::int64_t> copies; // several samples of each row
    for (std::int64_t row = 0; row < static_cast<std::int64_t>(rows.count()); ++row)
        copies.insert(copies.end(), static_cast<std::size_t>(options.returnSequences), row);
    rows.select(copies);
    TokenByToken search(rows, options, callbacks);
    for (std::int64_t step = 0; step < options.maxNewTokens; ++step) {
        control.checkpoint();
        const bool goesOn = search.step();
        control.report({.what = "generating", .done = step + 1, .total = options.maxNewTokens, .unit = "tokens"});
        if (!goesOn)
            break;
    }
    return {.sequences = rows.tensor(),
            .scores = {},
            .stopReason = search.stopReason(),
            .lengths = search.lengths(),
            .history = {}};
}

} // namespace

SearchResult search(const Model &model, const SearchInput &input, const GenerationOptions &options,
                    const RunControl &control, const SearchCallbacks &callbacks)
{
    check(options);
    control.checkpoint();
    Rows rows({.model = model,
               .input = input,
               .control = control,
               .state = callbacks.state,
               .usesCache = options.useCache,
               .seed = options.seed,
               .decoderStart = options.decoderStartToken ? options.decoderStartToken
                                                         : model.generationDefaults().decoderStartToken});
    return options.beams > 1 ? beamSearch(rows, options, control, callbacks)
                             : tokenByToken(rows, options, control, callbacks);
}

} // namespace engine::generation
