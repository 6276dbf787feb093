// SPDX-License-Identifier: GPL-3.0-or-later
// What of a trace the selection points at, bounded to what the trace has.
#pragma once

#include "ui/paint/matrix.h"
#include "ui/views/view.h"

#include "engine/trace.h"

#include <QString>

#include <vector>

namespace ui {

// The attention record that the selection names, else the nearest one; null record: the trace has none.
struct ChosenAttention {
    const engine::AttentionRecord *record = nullptr;
    std::int64_t row = 0;
    int head = 0;

    [[nodiscard]] explicit operator bool() const noexcept { return record != nullptr; }
    [[nodiscard]] Matrix matrix(int ofHead) const; // (query, key)
    [[nodiscard]] Matrix matrix() const { return matrix(head); }
    [[nodiscard]] std::int64_t queryOffset() const; // absolute position of the first query
};

[[nodiscard]] ChosenAttention chooseAttention(const TaskResultPtr &result, const Selection &selection);
// Records of the stack that the selection names (else of the first one), in order of layers.
[[nodiscard]] std::vector<const engine::AttentionRecord *> recordsOfStack(const TaskResultPtr &result,
                                                                          const Selection &selection);
[[nodiscard]] std::vector<engine::Stack> stacksOf(const TaskResultPtr &result);
[[nodiscard]] QString stackTitle(engine::Stack stack);

// Tokens of the row as labels; positions where the encoding has another length.
[[nodiscard]] std::vector<QString> tokenLabels(const LoadedModelPtr &model, const TaskResultPtr &result,
                                               std::int64_t row, std::int64_t count);
// The encoding of a row of the batch: a choice's own where there are choices.
[[nodiscard]] const engine::Encoding &encodingOf(const engine::TaskResult &result, std::int64_t row);

// Why there is no attention to see and what to do, in words; says what the trace had to drop.
struct EmptyWords {
    QString title;
    QString advice;
};
[[nodiscard]] EmptyWords whyNoAttention(const TaskResultPtr &result);
[[nodiscard]] EmptyWords whyNoResult();
// "Not kept: …" from the trace, empty when everything was kept.
[[nodiscard]] QString droppedText(const TaskResultPtr &result);

} // namespace ui
