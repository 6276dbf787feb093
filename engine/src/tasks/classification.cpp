// SPDX-License-Identifier: GPL-3.0-or-later
// One label for the whole text or pair: text-classification, next-sentence and sentence-order.
#include "engine/names.h"
#include "tasks/input.h"

#include <array>
#include <string>
#include <utility>

namespace engine::tasks {
namespace {

TaskResult classify(const TaskContext &context, const TaskRequest &request, std::span<const std::string> labels)
{
    const HeadInfo &head = requireHead(context, request.task);
    TaskResult result = resultFor(context, request, encodeInput(context, request, request.textPair));
    const NamedTensors outputs = forward(context, head, modelInputs(context, result.encoding), result);
    const Tensor logits =
        firstOf(outputs, std::array{names::kLogits, names::kSeqRelationshipLogits, names::kSopLogits}); // (1, labels)
    const bool isMultiLabel = head.isMultiLabel || logits.elements() == 1;
    ClassificationResult payload;
    payload.scores = scoredLabels(logits.floats(), {.labels = labels, .isMultiLabel = isMultiLabel});
    payload.best = bestOf(payload.scores);
    payload.activation = isMultiLabel ? "sigmoid" : "softmax";
    result.payload = std::move(payload);
    return result;
}

TaskResult classifyPair(const TaskContext &context, const TaskRequest &request, std::span<const std::string> labels)
{
    (void)requirePair(request, "a second sentence");
    const auto &own = requireHead(context, request.task).labels;
    return classify(context, request, own.empty() ? labels : own);
}

} // namespace

TaskResult runTextClassification(const TaskContext &context, const TaskRequest &request)
{
    return classify(context, request, requireHead(context, request.task).labels);
}

TaskResult runNextSentence(const TaskContext &context, const TaskRequest &request)
{
    // Devlin et al. 2018: class 0 is the pair that stood together.
    static const std::array<std::string, 2> kLabels{"is next", "not next"};
    return classifyPair(context, request, kLabels);
}

TaskResult runSentenceOrder(const TaskContext &context, const TaskRequest &request)
{
    // Lan et al. 2019: class 0 is the order in which the text had them.
    static const std::array<std::string, 2> kLabels{"in order", "swapped"};
    return classifyPair(context, request, kLabels);
}

} // namespace engine::tasks
