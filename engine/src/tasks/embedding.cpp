// SPDX-License-Identifier: GPL-3.0-or-later
// The vector of a question or of a passage; for a question also the passages nearest to it, and what a reader finds in
// them.
#include "engine/error.h"
#include "engine/names.h"
#include "retrieval/embedder.h"
#include "retrieval/finder.h"
#include "tasks/input.h"
#include "tasks/reading.h"

#include <memory>
#include <utility>

namespace engine::tasks {
namespace {

constexpr std::int64_t kDocuments = 5; // where nobody says how many

bool hasPassages(const RetrievalRequest &request)
{
    return !request.passages.empty() || request.index;
}

std::shared_ptr<const ReadingResult> readingOf(const TaskContext &context, const TaskRequest &request,
                                               const std::vector<FoundPassage> &found, std::vector<std::string> &notes)
{
    const LoadedModel &reader = *request.retrieval.reader;
    RunControl quiet = context.control;
    quiet.trace = nullptr;
    const TaskContext other{
        .model = reader.model(), .tokenizer = reader.tokenizer(), .control = quiet, .info = reader.info()};
    return std::make_shared<const ReadingResult>(read(
        other, {.question = request.text, .passages = found, .request = request.retrieval, .truncate = true}, notes));
}

} // namespace

TaskResult runQuestionEmbedding(const TaskContext &context, const TaskRequest &request)
{
    const HeadInfo &head = requireHead(context, TaskKind::QuestionEmbedding);
    TaskResult result = resultFor(context, request, encodeInput(context, request, request.textPair));
    const NamedTensors outputs = forward(context, head, modelInputs(context, result.encoding), result);
    const Tensor &vector = require(outputs, names::kPoolerOutput); // (1, dimension)
    EmbeddingResult payload{.vector = vector.reshaped({vector.size(1)})};
    const RetrievalRequest &retrieval = request.retrieval;
    if (hasPassages(retrieval)) {
        const Stopwatch watch;
        const retrieval::Encoder self{context.model, context.tokenizer, head.id};
        payload.passages = retrieval::nearest(vector,
                                              {.request = retrieval,
                                               .questions = self,
                                               .count = retrieval.documents > 0 ? retrieval.documents : kDocuments},
                                              context.control, result.notes);
        if (retrieval.reader && !payload.passages.empty())
            payload.reading = readingOf(context, request, payload.passages, result.notes);
        result.elapsedMs += watch.elapsedMs();
    }
    result.payload = std::move(payload);
    return result;
}

TaskResult runPassageEmbedding(const TaskContext &context, const TaskRequest &request)
{
    const HeadInfo &head = requireHead(context, TaskKind::PassageEmbedding);
    TaskResult result = resultFor(context, request, encodeInput(context, request, request.textPair));
    const NamedTensors outputs = forward(context, head, modelInputs(context, result.encoding), result);
    const Tensor &vector = require(outputs, names::kPoolerOutput);
    result.payload = EmbeddingResult{.vector = vector.reshaped({vector.size(1)}), .passages = {}};
    return result;
}

} // namespace engine::tasks
