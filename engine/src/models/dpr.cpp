// SPDX-License-Identifier: GPL-3.0-or-later
// DPR: Karpukhin et al. 2020, "Dense Passage Retrieval for Open-Domain Question Answering". Three checkpoints of one
// shape: encoders of questions and of passages, whose vectors meet in an inner product, and a reader.
#include "engine/names.h"
#include "models/families.h"
#include "models/family.h"
#include "models/recipes/bert_like.h"
#include "models/recipes/encoder_heads.h"
#include "text/tokenizer_classes.h"

#include <algorithm>
#include <array>
#include <optional>

namespace engine::models {
namespace {

using heads::HeadPtr;

constexpr char kQuestions[] = "question_encoder";
constexpr char kPassages[] = "ctx_encoder";
constexpr char kReader[] = "span_predictor";

BertLikeOptions optionsOf(const files::Config &config)
{
    BertLikeOptions defaults;
    defaults.takesPositionIds = false;
    defaults.names.pooler = ""; // old files carry one that nothing reads
    const auto options = bertLikeOptions(config, defaults);
    requireWholeHeads(config, options);
    return options;
}

std::string wordsBelow(const std::string &path)
{
    return path + ".bert_model.embeddings.word_embeddings.weight";
}

// Where the file keeps the encoder.
std::string encoderPath(const checkpoint::Weights &weights)
{
    const std::array places{std::string(kQuestions), std::string(kPassages), kReader + std::string(".encoder")};
    const auto *const present =
        std::ranges::find_if(places, [&](const std::string &place) { return weights.has(wordsBelow(place)); });
    return (present == places.end() ? places.front() : *present) + ".bert_model";
}

// The vector of a text: the state of its first token, projected where the checkpoint does.
HeadPtr vector(const HeadContext &c, const char *encoder)
{
    constexpr std::int64_t kMost = std::int64_t{1} << 20;
    const auto width = c.config.integer("projection_dim", 0, 0, kMost);
    std::vector<Link> links;
    if (width > 0)
        links.push_back({.name = encoder + std::string(".encode_proj"), .outputs = width});
    return heads::rowScores(
        {.pooling = heads::poolPosition(0), .chain = chain(c, links), .output = names::kPoolerOutput});
}

HeadPtr spansAndRelevance(const HeadContext &c)
{
    const std::string place = kReader;
    return heads::together(
        {heads::spanScores({c.weights / place / "qa_outputs", {.inputs = c.backbone.hiddenSize(), .outputs = 2}}),
         heads::rowScores({.pooling = heads::poolPosition(0),
                           .chain = chain(c, {{.name = place + ".qa_classifier", .outputs = 1}}),
                           .output = names::kRelevanceLogits,
                           .scoresChoices = true})});
}

// Where nobody says what is padding, the encoders tell it by its id; the reader does not.
void hidePadding(const files::Config &config, NamedTensors &inputs)
{
    if (inputs.contains(names::kAttentionMask))
        return;
    const Tensor &ids = require(inputs, names::kInputIds);
    const auto padding = config.integer("pad_token_id", 0);
    Tensor mask = Tensor::uninitialised(ids.shape(), DType::I64);
    std::ranges::transform(ids.ints(), mask.mutableInts().begin(),
                           [padding](std::int64_t id) { return id == padding ? 0 : 1; });
    inputs[names::kAttentionMask] = mask;
}

HeadSpec encoderHead(TaskKind task, std::string className, const char *encoder)
{
    return {.id = std::string(id(task)),
            .className = std::move(className),
            .tasks = {task},
            .evidence = wordsBelow(encoder),
            .addInputs = hidePadding,
            .bind = [encoder](const HeadContext &c) { return vector(c, encoder); }};
}

} // namespace

Family dpr()
{
    return {
        .info = {.id = "dpr",
                 .title = "DPR",
                 .category = Category::Retrieval,
                 .tasks = {TaskKind::QuestionEmbedding, TaskKind::PassageEmbedding, TaskKind::Reading},
                 .description = "Questions and passages become vectors that are near each other where the passage "
                                "answers the question; a reader then finds the words."},
        .tokenizer = text::tokenizerClass("DPRQuestionEncoderTokenizer"),
        .names = {.endings = olderNormNames(),
                  .ignored = {"embeddings.position_ids", "bert_model.pooler.dense.weight",
                              "bert_model.pooler.dense.bias"}},
        .heads = {encoderHead(TaskKind::QuestionEmbedding, "DPRQuestionEncoder", kQuestions),
                  encoderHead(TaskKind::PassageEmbedding, "DPRContextEncoder", kPassages),
                  {.id = std::string(id(TaskKind::Reading)),
                   .className = "DPRReader",
                   .tasks = {TaskKind::Reading},
                   .evidence = std::string(kReader) + ".qa_outputs.weight",
                   .bind = spansAndRelevance}},
        .dimensions =
            [](const files::Config &config) {
                const auto o = optionsOf(config);
                return Dimensions{o.layers, o.heads, o.hidden, o.vocabulary, o.longestText()};
            },
        .backbone =
            [](const files::Config &config, const checkpoint::Weights &weights) {
                return bertLike(weights / encoderPath(weights), optionsOf(config));
            },
    };
}

} // namespace engine::models
