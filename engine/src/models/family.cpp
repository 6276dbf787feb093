// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/family.h"

#include <algorithm>
#include <array>

namespace engine {
namespace {

struct TaskId {
    TaskKind kind;
    std::string_view id;
};

constexpr std::array kTaskIds{
    TaskId{TaskKind::TextGeneration, "text-generation"},
    TaskId{TaskKind::FillMask, "fill-mask"},
    TaskId{TaskKind::NextSentence, "next-sentence"},
    TaskId{TaskKind::SentenceOrder, "sentence-order"},
    TaskId{TaskKind::TextClassification, "text-classification"},
    TaskId{TaskKind::TokenClassification, "token-classification"},
    TaskId{TaskKind::QuestionAnswering, "question-answering"},
    TaskId{TaskKind::MultipleChoice, "multiple-choice"},
    TaskId{TaskKind::ReplacedTokenDetection, "replaced-token-detection"},
    TaskId{TaskKind::Text2TextGeneration, "text2text-generation"},
    TaskId{TaskKind::Translation, "translation"},
    TaskId{TaskKind::Summarization, "summarization"},
    TaskId{TaskKind::MultimodalClassification, "multimodal-classification"},
    TaskId{TaskKind::QuestionEmbedding, "question-embedding"},
    TaskId{TaskKind::PassageEmbedding, "passage-embedding"},
    TaskId{TaskKind::Reading, "reading"},
    TaskId{TaskKind::RagToken, "rag-token"},
    TaskId{TaskKind::RagSequence, "rag-sequence"},
    TaskId{TaskKind::FeatureExtraction, "feature-extraction"},
};

} // namespace

std::string_view title(Category category) noexcept
{
    switch (category) {
    case Category::Autoregressive:
        return "Autoregressive";
    case Category::Autoencoding:
        return "Autoencoding";
    case Category::SequenceToSequence:
        return "Sequence to sequence";
    case Category::Multimodal:
        return "Multimodal";
    case Category::Retrieval:
        return "Retrieval";
    }
    return "";
}

std::string_view id(TaskKind task) noexcept
{
    return std::ranges::find(kTaskIds, task, &TaskId::kind)->id;
}

std::optional<TaskKind> taskFromId(std::string_view id) noexcept
{
    const auto *const it = std::ranges::find(kTaskIds, id, &TaskId::id);
    if (it == kTaskIds.end())
        return std::nullopt;
    return it->kind;
}

std::span<const TaskKind> allTasks() noexcept
{
    static const auto kKinds = [] {
        std::array<TaskKind, kTaskIds.size()> kinds{};
        std::ranges::transform(kTaskIds, kinds.begin(), &TaskId::kind);
        return kinds;
    }();
    return kKinds;
}

} // namespace engine
