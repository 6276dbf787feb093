// SPDX-License-Identifier: GPL-3.0-or-later
// Extractive answers: the span of the passage with the best product of start and end probability. Heads that rank
// beams (the best starts, for each of them the best ends) give only those spans.
#include "engine/error.h"
#include "engine/names.h"
#include "tasks/code_points.h"
#include "tasks/input.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace engine::tasks {
namespace {

constexpr std::size_t kMaxAnswerTokens = 15;

struct Span {
    std::size_t begin = 0;
    std::size_t end = 0; // inclusive
    double probability = 0.0;
};

// Every span inside the passage, best first.
std::vector<Span> spansOf(const Encoding &encoding, const AnswerResult &answer)
{
    const auto isAllowed = [&](std::size_t token) { return encoding.sequence[token] == 1; };
    std::vector<Span> spans;
    for (std::size_t begin = 0; begin < encoding.size(); ++begin) {
        if (!isAllowed(begin))
            continue;
        const std::size_t last = std::min(encoding.size(), begin + kMaxAnswerTokens);
        for (std::size_t end = begin; end < last; ++end)
            if (isAllowed(end))
                spans.push_back({begin, end, answer.startProbabilities[begin] * answer.endProbabilities[end]});
    }
    std::ranges::stable_sort(spans, std::ranges::greater(), &Span::probability);
    return spans;
}

// The spans that a head of beams ranked, best first; the probabilities of tokens that are in no beam stay 0.
std::vector<Span> beamsOf(const Encoding &encoding, const NamedTensors &outputs, AnswerResult &answer)
{
    const auto starts = require(outputs, names::kStartTopIndex).ints(); // (1, starts)
    const auto startValues = require(outputs, names::kStartTopLogProbs).floats();
    const auto ends = require(outputs, names::kEndTopIndex).ints(); // (1, ends · starts)
    const auto endValues = require(outputs, names::kEndTopLogProbs).floats();
    answer.startProbabilities.assign(encoding.size(), 0.0);
    answer.endProbabilities.assign(encoding.size(), 0.0);
    for (std::size_t i = 0; i < starts.size(); ++i)
        answer.startProbabilities[static_cast<std::size_t>(starts[i])] = static_cast<double>(startValues[i]);
    std::vector<Span> spans;
    for (std::size_t i = 0; i < ends.size(); ++i) {
        const std::size_t rank = i % starts.size();
        const auto begin = static_cast<std::size_t>(starts[rank]);
        const auto end = static_cast<std::size_t>(ends[i]);
        const double probability = static_cast<double>(startValues[rank]) * static_cast<double>(endValues[i]);
        answer.endProbabilities[end] += probability;
        const bool isInside = encoding.sequence[begin] == 1 && encoding.sequence[end] == 1;
        if (isInside && begin <= end && end < begin + kMaxAnswerTokens)
            spans.push_back({begin, end, probability});
    }
    std::ranges::stable_sort(spans, std::ranges::greater(), &Span::probability);
    // These heads have a classifier of their own for it.
    answer.noAnswer = 1.0 / (1.0 + std::exp(-static_cast<double>(require(outputs, names::kClsLogits).floats()[0])));
    return spans;
}

// What heads of beams ask for and others ignore: which tokens cannot be in an answer, and where the class token is.
void addBeamInputs(const TaskContext &context, const Encoding &encoding, NamedTensors &inputs)
{
    std::vector<std::int64_t> hidden;
    for (const int sequence : encoding.sequence)
        hidden.push_back(sequence == 1 ? 0 : 1);
    inputs[names::kPMask] = Tensor::fromInts({1, static_cast<std::int64_t>(hidden.size())}, hidden);
    const auto at = static_cast<std::int64_t>(classToken(context, encoding));
    inputs[names::kClsIndex] = Tensor::fromInts({1}, std::vector<std::int64_t>{at});
}

} // namespace

TaskResult runQuestionAnswering(const TaskContext &context, const TaskRequest &request)
{
    const HeadInfo &head = requireHead(context, TaskKind::QuestionAnswering);
    const std::string &passage = requirePair(request, "a passage to look for the answer in");
    TaskResult result = resultFor(context, request, encodeInput(context, request, passage));
    NamedTensors inputs = modelInputs(context, result.encoding);
    addBeamInputs(context, result.encoding, inputs);
    const NamedTensors outputs = forward(context, head, inputs, result);
    AnswerResult payload;
    std::vector<Span> spans;
    if (!find(outputs, names::kStartTopIndex).isNull()) {
        spans = beamsOf(result.encoding, outputs, payload);
    } else {
        payload.startProbabilities = softmax(require(outputs, names::kStartLogits).floats()); // (1, length)
        payload.endProbabilities = softmax(require(outputs, names::kEndLogits).floats());
        spans = spansOf(result.encoding, payload);
        const std::size_t nowhere = classToken(context, result.encoding);
        payload.noAnswer = payload.startProbabilities[nowhere] * payload.endProbabilities[nowhere];
    }

    const CodePoints points(passage);
    for (const Span &span : spans) {
        if (payload.answers.size() >= request.topK)
            break;
        const Offset offset{result.encoding.offsets[span.begin].begin, result.encoding.offsets[span.end].end};
        std::string text(points.slice(offset));
        text.erase(0, std::min(text.find_first_not_of(' '), text.size())); // byte-level tokens carry their space
        const bool isKnown = std::ranges::find(payload.answers, text, &AnswerSpan::text) != payload.answers.end();
        if (!isKnown)
            payload.answers.push_back({.beginToken = span.begin,
                                       .endToken = span.end,
                                       .text = std::move(text),
                                       .probability = span.probability});
    }
    result.payload = std::move(payload);
    return result;
}

} // namespace engine::tasks
