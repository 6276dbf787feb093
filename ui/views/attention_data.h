// SPDX-License-Identifier: GPL-3.0-or-later
// What of a trace the selection points at, bounded to what the trace has.
#pragma once

#include "ui/paint/matrix.h"
#include "ui/views/view.h"

#include "engine/trace.h"

#include <QString>

#include <vector>

namespace ui {

// Which tokens stand along an axis of a picture.
enum class AttentionAxis { Queries, Keys };
struct LabelledAxis {
    engine::Stack stack = engine::Stack::Encoder;
    AttentionAxis axis = AttentionAxis::Keys;
    std::int64_t row = 0; // of the batch
    std::int64_t count = 0;
};
// Tokens along the axis as labels; positions where the encoding has another length.
[[nodiscard]] std::vector<QString> tokenLabels(const LoadedModelPtr &model, const TaskResultPtr &result,
                                               const LabelledAxis &axis);
// The attention record that the selection names, else the nearest one; null record: the trace has none.
struct ChosenAttention {
    const engine::AttentionRecord *record = nullptr;
    std::int64_t row = 0;
    int head = 0;

    [[nodiscard]] explicit operator bool() const noexcept { return record != nullptr; }
    [[nodiscard]] Matrix matrix(int ofHead) const; // (query, key)
    [[nodiscard]] Matrix matrix() const { return matrix(head); }
    [[nodiscard]] std::int64_t queryOffset() const; // absolute position of the first query
    [[nodiscard]] std::vector<QString> labels(const LoadedModelPtr &model, const TaskResultPtr &result,
                                              AttentionAxis axis) const;
};

[[nodiscard]] ChosenAttention chooseAttention(const TaskResultPtr &result, const Selection &selection);
// Records of the stack that the selection names (else of the first one), in order of layers.
[[nodiscard]] std::vector<const engine::AttentionRecord *> recordsOfStack(const TaskResultPtr &result,
                                                                          const Selection &selection);
[[nodiscard]] std::vector<engine::Stack> stacksOf(const TaskResultPtr &result);
[[nodiscard]] QString stackTitle(engine::Stack stack);

// The encoding that the answer's numbers belong to: a choice's own where there are choices, what was written where a
// text was written from another one.
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
