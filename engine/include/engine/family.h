// SPDX-License-Identifier: GPL-3.0-or-later
// What the engine can open: families and task kinds, as tables to iterate.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace engine {

enum class Category { Autoregressive, Autoencoding, SequenceToSequence, Multimodal, Retrieval };
[[nodiscard]] std::string_view title(Category category) noexcept; // "Autoregressive", "Sequence to sequence"…

enum class TaskKind {
    TextGeneration,
    FillMask,
    NextSentence,
    SentenceOrder,
    TextClassification,
    TokenClassification,
    QuestionAnswering,
    MultipleChoice,
    ReplacedTokenDetection,
    Text2TextGeneration,
    Translation,
    Summarization,
    MultimodalClassification,
    QuestionEmbedding,
    PassageEmbedding,
    Reading,
    RagToken,
    RagSequence,
    FeatureExtraction,
};
[[nodiscard]] std::string_view id(TaskKind task) noexcept;                       // "text-generation", …
[[nodiscard]] std::optional<TaskKind> taskFromId(std::string_view id) noexcept;
[[nodiscard]] std::span<const TaskKind> allTasks() noexcept;

struct FamilyInfo {
    std::string id;          // model_type of config.json: "bert"
    std::string title;       // "BERT"
    Category category = Category::Autoencoding;
    std::vector<TaskKind> tasks;
    std::string description; // one line
};

[[nodiscard]] std::span<const FamilyInfo> families(); // in the overview's order

} // namespace engine
