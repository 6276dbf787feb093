// SPDX-License-Identifier: GPL-3.0-or-later
// Extractive answers: the span of the passage with the best product of start and end probability.
#include "engine/error.h"
#include "engine/names.h"
#include "tasks/code_points.h"
#include "tasks/input.h"

#include <algorithm>
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

} // namespace

TaskResult runQuestionAnswering(const TaskContext &context, const TaskRequest &request)
{
    const HeadInfo &head = requireHead(context, TaskKind::QuestionAnswering);
    const std::string &passage = requirePair(request, "a passage to look for the answer in");
    TaskResult result = resultFor(context, request, encodeInput(context, request, passage));
    const NamedTensors outputs = forward(context, head, modelInputs(context, result.encoding), result);
    AnswerResult payload;
    payload.startProbabilities = softmax(require(outputs, names::kStartLogits).floats()); // (1, length)
    payload.endProbabilities = softmax(require(outputs, names::kEndLogits).floats());

    const CodePoints points(passage);
    for (const Span &span : spansOf(result.encoding, payload)) {
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
