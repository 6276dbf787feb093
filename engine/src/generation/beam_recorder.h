// SPDX-License-Identifier: GPL-3.0-or-later
// Writes down what a beam search does, as the tree of engine/beam_history.h.
#pragma once

#include "engine/beam_history.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace engine::generation {

class BeamRecorder {
public:
    struct Options {
        std::size_t limit = 0; // nodes
        std::size_t beams = 1;
        std::size_t promptLength = 0;
        double lengthPenalty = 1.0;
    };
    explicit BeamRecorder(const Options &options);

    struct Entry {
        std::size_t beam = 0; // that it continues
        std::int64_t token = 0;
        double sum = 0.0;
    };
    // The token becomes that of the next beam `place`.
    void goesOn(const Entry &entry, std::size_t place);
    // The token comes to nothing more. Returns its node, −1 when the limit has been reached.
    std::int64_t ends(const Entry &entry, BeamEnd why);
    // The search is done before this beam's turn in the step.
    void standsStill(std::size_t beam);
    // All beams of the step are known: those that were left behind are outscored.
    void stepDone();
    // Beams that still run at the end, and why they do not go on.
    void runsOut(BeamEnd why);
    [[nodiscard]] std::int64_t nodeOf(std::size_t beam) const { return m_current[beam]; }
    void isResult(std::int64_t node, std::size_t rank);
    [[nodiscard]] std::shared_ptr<const BeamHistory> finish(); // call once

private:
    struct Place {
        std::int64_t beam = -1;
        std::int64_t uncounted = 0; // 1: the length of the row is counted without the token
    };
    std::int64_t add(const Entry &entry, const Place &place);

    Options m_options;
    std::shared_ptr<BeamHistory> m_history;
    std::int64_t m_step = 0;
    std::vector<std::int64_t> m_current; // node of each beam; −1: the prompt, or one beyond the limit
    std::vector<std::int64_t> m_next;
    std::vector<bool> m_hasChildren; // a node
};

} // namespace engine::generation
