// SPDX-License-Identifier: GPL-3.0-or-later
// What became of every beam of a search: a tree of tokens whose leaves say why they are leaves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace engine {

enum class BeamEnd {
    None,          // it went on: other nodes hang on it
    EndToken,      // this token ends a row
    StopString,    // its new text holds a string at which to stop
    Outscored,     // every way to go on scored less than those of other beams
    Length,        // the row is as long as maxNewTokens allows
    EarlyStopping, // the search ended: enough rows were finished, and this one could not, or was not to, beat them
};
[[nodiscard]] std::string_view id(BeamEnd end) noexcept; // "none", "end-token", "stop-string", "outscored", …

struct BeamNode {
    std::int64_t parent = -1; // index of the node before it; −1: the prompt
    std::int64_t step = 0;    // which new token it is, from 0
    std::int64_t token = 0;
    std::string text = {}; // as a person reads it
    double logProbability =
        0.0;                // that it adds to the sum: after processors and, in groups, the penalty for being alike
    double sum = 0.0;       // of the log-probabilities from the prompt to here
    double score = 0.0;     // sum / length^penalty: what counts when it ends here; `length` counts the prompt
    std::int64_t beam = -1; // its place among the beams; −1: it ended as it came up
    BeamEnd end = BeamEnd::None;
    std::int64_t hypothesis = -1; // rank among the results that end here, 0 = best; −1: it is no result
};

struct BeamHistory {
    std::vector<BeamNode> nodes = {}; // parents before children
    std::size_t dropped = 0;          // nodes beyond GenerationOptions::beamHistory; the tree is whole up to there
};

} // namespace engine
