// SPDX-License-Identifier: GPL-3.0-or-later
#include "tasks/tasks.h"

#include "engine/error.h"

#include <algorithm>
#include <array>
#include <string>

namespace engine::tasks {
namespace {

struct Entry {
    TaskKind task;
    TaskResult (*run)(const TaskContext &, const TaskRequest &);
};

constexpr std::array kTable{
    Entry{TaskKind::TextGeneration, runTextGeneration},
    Entry{TaskKind::FillMask, runFillMask},
    Entry{TaskKind::NextSentence, runNextSentence},
    Entry{TaskKind::SentenceOrder, runSentenceOrder},
    Entry{TaskKind::TextClassification, runTextClassification},
    Entry{TaskKind::TokenClassification, runTokenClassification},
    Entry{TaskKind::QuestionAnswering, runQuestionAnswering},
    Entry{TaskKind::MultipleChoice, runMultipleChoice},
    Entry{TaskKind::ReplacedTokenDetection, runReplacedTokenDetection},
    Entry{TaskKind::Text2TextGeneration, runText2TextGeneration},
    Entry{TaskKind::Translation, runText2TextGeneration},
    Entry{TaskKind::Summarization, runText2TextGeneration},
    Entry{TaskKind::MultimodalClassification, runMultimodalClassification},
    Entry{TaskKind::QuestionEmbedding, runQuestionEmbedding},
    Entry{TaskKind::PassageEmbedding, runPassageEmbedding},
    Entry{TaskKind::Reading, runReading},
    Entry{TaskKind::RagToken, runRag},
    Entry{TaskKind::RagSequence, runRag},
    Entry{TaskKind::FeatureExtraction, runFeatureExtraction},
};

constexpr auto kKnown = [] {
    std::array<TaskKind, kTable.size()> kinds{};
    std::ranges::transform(kTable, kinds.begin(), &Entry::task);
    return kinds;
}();

} // namespace

std::span<const TaskKind> knownTasks() noexcept
{
    return kKnown;
}

TaskResult run(const TaskContext &context, const TaskRequest &request)
{
    const auto entry = std::ranges::find(kTable, request.task, &Entry::task);
    if (entry == kTable.end())
        failArgument("no checkpoint of a known family does " + std::string(id(request.task)));
    context.control.checkpoint();
    return entry->run(context, request);
}

} // namespace engine::tasks
