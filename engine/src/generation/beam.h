// SPDX-License-Identifier: GPL-3.0-or-later
// Beam search and beam sampling: GenerationMixin.beam_search and .beam_sample, BeamSearchScorer and
// BeamHypotheses of the reference library.
#pragma once

#include "engine/generation.h"
#include "engine/run_control.h"
#include "generation/rows.h"
#include "generation/search.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace engine::generation {

struct BeamHypothesis {
    std::vector<std::int64_t> ids; // prompt included, end token not
    double score = 0.0;            // sum of log-probabilities / length^penalty
    bool hasEnd = false;           // an end token followed, or the text itself ended the row
    bool endsByText = false;
    std::int64_t node = -1; // of a BeamRecorder
};

// The best finished rows of one prompt.
class BeamHypotheses {
public:
    // `maxLength` counts the prompt.
    BeamHypotheses(const GenerationOptions &options, std::size_t maxLength);

    // Kept when it is among the best `beams`. `hypothesis.score` is the sum; this divides it.
    void add(BeamHypothesis hypothesis);
    // Whether no running beam can matter any more: `bestSum` is the best of this step's candidates, `length`
    // counts the prompt and the token just chosen.
    [[nodiscard]] bool isDone(double bestSum, std::size_t length) const;
    // Best first, at most `count`.
    [[nodiscard]] std::vector<BeamHypothesis> best(std::size_t count) const;

private:
    std::size_t m_beams;
    double m_lengthPenalty;
    EarlyStopping m_earlyStopping;
    std::size_t m_maxLength;
    std::vector<BeamHypothesis> m_kept; // in the order of their arrival
    double m_worst = 0.0;
};

// `rows` holds one row a prompt. Any number of beams, one included. Of the callbacks only endsRow is called.
[[nodiscard]] SearchResult beamSearch(Rows &rows, const GenerationOptions &options, const RunControl &control,
                                      const SearchCallbacks &callbacks = {});

} // namespace engine::generation
