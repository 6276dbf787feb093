// SPDX-License-Identifier: GPL-3.0-or-later
// What a result says at one token: the distribution, the labels or the answer's curves, as bars with a heading.
#pragma once

#include "ui/paint/bars.h"
#include "ui/views/view.h"

namespace ui {

struct Probabilities {
    QString title;             // "After “the baker”", "Token 4 [MASK]"
    QString hint;              // entropy, surprisal
    std::vector<ValueRow> rows;
    std::vector<double> values; // of the rows, unrounded
    QString note;              // under the bars
};

// `token`: index of the selected token; out of range or empty: the most telling one.
[[nodiscard]] Probabilities probabilitiesAt(const LoadedModelPtr &model, const TaskResultPtr &result,
                                            std::optional<std::int64_t> token);

} // namespace ui
