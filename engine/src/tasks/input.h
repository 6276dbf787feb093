// SPDX-License-Identifier: GPL-3.0-or-later
// From a text to a batch, with every way in which a text can fail to be one; shared by all tasks.
#pragma once

#include "engine/task.h"
#include "tasks/tasks.h"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace engine::tasks {

struct EncodedText {
    Encoding encoding;
    std::vector<std::string> notes; // what was cut
};

// The text (and pair) within the model's positions, cut only where the request allows it. Argument error
// for a text or pair without tokens, one that is too long, or ids beyond the model's vocabulary.
[[nodiscard]] EncodedText encodeInput(const TaskContext &context, const TaskRequest &request,
                                      const std::optional<std::string> &pair);

// What of the text is missing in `kept`, in words.
[[nodiscard]] std::string cutText(const TaskRequest &request, const Encoding &full, const Encoding &kept);
// Argument error for a text of so many tokens.
[[noreturn]] void failTooLong(std::int64_t length, std::int64_t limit, const TaskRequest &request);

// The second text of tasks that need one; Argument error naming `what` when it is missing.
[[nodiscard]] const std::string &requirePair(const TaskRequest &request, std::string_view what);

// Argument error naming token and id when the model's embedding has no row for one.
void checkIds(const TaskContext &context, const Encoding &encoding);

// What the model is fed: the fields that the tokenizer gives, each (1, length), or (1, rows, length) of
// equally long rows.
[[nodiscard]] NamedTensors modelInputs(const TaskContext &context, const Encoding &encoding);
[[nodiscard]] NamedTensors choiceInputs(const TaskContext &context, std::span<const Encoding> rows);

// Where encoders put what stands for the whole text: the class token, or the first one.
[[nodiscard]] std::size_t classToken(const TaskContext &context, const Encoding &encoding);

// The head for the task; Argument error listing what the checkpoint can do when it has none.
[[nodiscard]] const HeadInfo &requireHead(const TaskContext &context, TaskKind task);

// A result with everything but its payload.
[[nodiscard]] TaskResult resultFor(const TaskContext &context, const TaskRequest &request, EncodedText input);
[[nodiscard]] std::vector<std::string> displayOf(const Tokenizer &tokenizer, std::span<const std::int64_t> ids);

class Stopwatch {
public:
    [[nodiscard]] double elapsedMs() const
    {
        return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - m_start).count();
    }

private:
    std::chrono::steady_clock::time_point m_start = std::chrono::steady_clock::now();
};

// One traced forward pass; adds its time to result.elapsedMs.
[[nodiscard]] NamedTensors forward(const TaskContext &context, const HeadInfo &head, const NamedTensors &inputs,
                                   TaskResult &result);

// The tensor of the first name that is there; Internal error when none is.
[[nodiscard]] Tensor firstOf(const NamedTensors &outputs, std::span<const char *const> names);

[[nodiscard]] std::vector<double> softmax(std::span<const float> logits);

// One a logit; labels that are missing are called LABEL_0 and so on. A single logit or a head for several
// labels gets a sigmoid.
struct LabelOptions {
    std::span<const std::string> labels;
    bool isMultiLabel = false;
};
[[nodiscard]] std::vector<ScoredLabel> scoredLabels(std::span<const float> logits, const LabelOptions &options);
[[nodiscard]] std::size_t bestOf(std::span<const ScoredLabel> scores); // by logit, the first of equals

} // namespace engine::tasks
