// SPDX-License-Identifier: GPL-3.0-or-later
// Text in, batch, model, typed result out: one file a task kind, one table that lists them.
#pragma once

#include "engine/run_control.h"
#include "engine/session.h"
#include "engine/task.h"
#include "engine/tokenizer.h"
#include "models/model.h"

#include <span>

namespace engine::tasks {

struct RunMemory;

struct TaskContext {
    const Model &model;
    const Tokenizer &tokenizer;
    const RunControl &control;     // with the listener of the trace, if anybody wants one
    const ModelInfo &info;         // names the model in messages
    RunChoices *choices = nullptr; // of this run; null: those of seed 0
    NamedTensors extra = {};       // inputs that the request asks for and every pass gets
    RunMemory *memory = nullptr;   // of a session of runs; null: this run stands alone
};

// Runs request.task. The result's trace is an empty one: whoever owns the listener puts the real one there.
// Argument error when the checkpoint has no head for the task, an input is missing, empty or too long, or the
// tokenizer gives ids that the model does not know. Throws Cancelled.
[[nodiscard]] TaskResult run(const TaskContext &context, const TaskRequest &request);

// Task kinds that run() knows.
[[nodiscard]] std::span<const TaskKind> knownTasks() noexcept;

[[nodiscard]] TaskResult runFillMask(const TaskContext &context, const TaskRequest &request);
[[nodiscard]] TaskResult runTextClassification(const TaskContext &context, const TaskRequest &request);
[[nodiscard]] TaskResult runNextSentence(const TaskContext &context, const TaskRequest &request);
[[nodiscard]] TaskResult runSentenceOrder(const TaskContext &context, const TaskRequest &request);
[[nodiscard]] TaskResult runReplacedTokenDetection(const TaskContext &context, const TaskRequest &request);
[[nodiscard]] TaskResult runTokenClassification(const TaskContext &context, const TaskRequest &request);
[[nodiscard]] TaskResult runQuestionAnswering(const TaskContext &context, const TaskRequest &request);
[[nodiscard]] TaskResult runMultipleChoice(const TaskContext &context, const TaskRequest &request);
[[nodiscard]] TaskResult runTextGeneration(const TaskContext &context, const TaskRequest &request);
[[nodiscard]] TaskResult runText2TextGeneration(const TaskContext &context, const TaskRequest &request);
[[nodiscard]] TaskResult runMultimodalClassification(const TaskContext &context, const TaskRequest &request);
[[nodiscard]] TaskResult runQuestionEmbedding(const TaskContext &context, const TaskRequest &request);
[[nodiscard]] TaskResult runPassageEmbedding(const TaskContext &context, const TaskRequest &request);
[[nodiscard]] TaskResult runReading(const TaskContext &context, const TaskRequest &request);
[[nodiscard]] TaskResult runRag(const TaskContext &context, const TaskRequest &request);
[[nodiscard]] TaskResult runFeatureExtraction(const TaskContext &context, const TaskRequest &request);

} // namespace engine::tasks
