// SPDX-License-Identifier: GPL-3.0-or-later
// Results as rows of bars; functions of their arguments.
#pragma once

#include "ui/panels/task_panel.h"
#include "ui/shell/bar_list.h"

#include <utility>
#include <vector>

namespace ui {

// Results of a search by their scores, the best first.
[[nodiscard]] std::vector<BarRow> hypothesisRows(const std::vector<engine::Hypothesis> &hypotheses);

[[nodiscard]] std::vector<BarRow> labelRows(const std::vector<engine::ScoredLabel> &scores);

struct NamedValue {
    QString name;
    double before = 0.0;
    double after = 0.0;
};
// Signed differences, the largest first, at most `most`; those under half a thousandth are left out.
[[nodiscard]] std::vector<BarRow> differenceRows(std::vector<NamedValue> values, std::size_t most);

// The colour of a chip with as much of the accent as the share says, 0 … 1.
[[nodiscard]] QColor weightColour(double share);

// Softmax of one row of (length, vocabulary) logits at one id; 0 when there is no such place.
[[nodiscard]] double probabilityAt(const engine::Tensor &logits, std::int64_t row, std::int64_t id);

// "p = 0.830 · surprisal 0.27 bit · 1.9 ms"
[[nodiscard]] QString answerHint(double probability, double elapsedMs);

} // namespace ui
