// SPDX-License-Identifier: GPL-3.0-or-later
// XLNet: Yang et al. 2019, "XLNet: Generalized Autoregressive Pretraining for Language Understanding".
// untie_r is read by nothing: every layer has biases of its own in the checkpoints.
#include "engine/names.h"
#include "heads/span_beams.h"
#include "heads/summary.h"
#include "models/families.h"
#include "models/family.h"
#include "models/recipes/two_stream.h"
#include "text/tokenizer_classes.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace engine::models {
namespace {

using heads::HeadPtr;
using layers::Linear;

// A number, its default where the key is absent, 0 where it is null ("no limit").
std::int64_t limitOf(const files::Config &config, const char *key, std::int64_t fallback)
{
    const bool isSet = config.json().contains(key);
    return config.integer(key, isSet ? 0 : fallback, -1, std::int64_t{1} << 31);
}

bool isCausal(const files::Config &config)
{
    const auto type = config.text("attn_type", "bi");
    if (type != "bi" && type != "uni")
        config.fail("attn_type", "bi or uni", type);
    return type == "uni";
}

// The keys of XLNetConfig with their defaults.
TwoStreamOptions options(const files::Config &config)
{
    constexpr std::int64_t kMost = std::int64_t{1} << 31;
    TwoStreamOptions o;
    o.vocabulary = config.integer("vocab_size", o.vocabulary, 1, kMost);
    o.hidden = config.integer("d_model", o.hidden, 1, kMost);
    o.layers = static_cast<int>(config.integer("n_layer", o.layers, 0, 10000));
    o.heads = static_cast<int>(config.integer("n_head", o.heads, 1, 10000));
    o.intermediate = config.integer("d_inner", o.intermediate, 1, kMost);
    o.activation = ops::activationFromName(config.text("ff_activation", "gelu"));
    o.epsilon = config.number("layer_norm_eps", o.epsilon);
    o.isCausal = isCausal(config);
    o.hasSameLength = o.isCausal && config.boolean("same_length", false);
    o.clamp = std::max<std::int64_t>(0, config.integer("clamp_len", -1));
    o.isTwoWay = config.boolean("bi_data", false);
    o.memory = std::max<std::int64_t>(0, limitOf(config, "mem_len", o.memory));
    o.reused = std::max<std::int64_t>(0, limitOf(config, "reuse_len", 0));
    if (o.hidden % o.heads != 0 || o.hidden % 2 != 0)
        config.fail("d_model", "an even multiple of n_head " + std::to_string(o.heads), std::to_string(o.hidden));
    return o;
}

std::vector<std::string> labels(const files::Config &config)
{
    return config.labels();
}

std::int64_t labelCount(const HeadContext &c)
{
    return static_cast<std::int64_t>(c.config.labels().size());
}

HeadPtr words(const HeadContext &c)
{
    const Shape shape{c.backbone.vocabularySize(), c.backbone.hiddenSize()};
    const Tensor matrix = c.config.boolean("tie_word_embeddings", true)
                              ? c.backbone.wordEmbeddings()
                              : (c.weights / "lm_loss").tensor("weight", shape);
    return heads::wordScores({.decoder = Linear(matrix, (c.weights / "lm_loss").tensor("bias", {shape[0]}))});
}

// A summary of the row and one map from it.
heads::RowScores summarised(const HeadContext &c, std::int64_t outputs)
{
    auto summary = heads::sequenceSummary(c.config, c.weights / "sequence_summary",
                                          {.hidden = c.backbone.hiddenSize(),
                                           .labels = labelCount(c),
                                           .positionInput = names::kClsIndex,
                                           .usesProjection = true,
                                           .activation = "tanh"});
    const Linear scores(c.weights / "logits_proj", {.inputs = summary.outputs, .outputs = outputs});
    return {.pooling = std::move(summary.pooling), .chain = {{scores}}};
}

HeadPtr textClasses(const HeadContext &c)
{
    return heads::rowScores(summarised(c, labelCount(c)));
}

HeadPtr choices(const HeadContext &c)
{
    auto parts = summarised(c, 1);
    parts.scoresChoices = true;
    return heads::rowScores(std::move(parts));
}

HeadPtr tokenClasses(const HeadContext &c)
{
    return heads::tokenScores(
        {.chain = {{Linear(c.weights / "classifier", {.inputs = c.backbone.hiddenSize(), .outputs = labelCount(c)})}}});
}

HeadPtr spans(const HeadContext &c)
{
    return heads::spanScores({c.weights / "qa_outputs", {.inputs = c.backbone.hiddenSize(), .outputs = 2}});
}

HeadPtr spanBeams(const HeadContext &c)
{
    return heads::spanBeams(c.config, c.weights, c.backbone.hiddenSize());
}

std::vector<HeadSpec> headTable()
{
    return {
        {.id = "text-generation",
         .className = "XLNetLMHeadModel",
         .tasks = {TaskKind::TextGeneration},
         .evidence = "lm_loss.bias",
         .bind = words},
        {.id = "token-classification",
         .className = "XLNetForTokenClassification",
         .tasks = {TaskKind::TokenClassification},
         .evidence = "classifier.weight",
         .bind = tokenClasses,
         .labels = labels},
        {.id = "text-classification",
         .className = "XLNetForSequenceClassification",
         .tasks = {TaskKind::TextClassification},
         .evidence = "logits_proj.weight",
         .isOnlyByName = true,
         .bind = textClasses,
         .labels = labels},
        {.id = "multiple-choice",
         .className = "XLNetForMultipleChoice",
         .tasks = {TaskKind::MultipleChoice},
         .evidence = "logits_proj.weight",
         .isOnlyByName = true,
         .bind = choices},
        {.id = "question-answering",
         .className = "XLNetForQuestionAnsweringSimple",
         .tasks = {TaskKind::QuestionAnswering},
         .evidence = "qa_outputs.weight",
         .bind = spans},
        {.id = "question-answering",
         .className = "XLNetForQuestionAnswering",
         .tasks = {TaskKind::QuestionAnswering},
         .evidence = "end_logits.dense_0.weight",
         .bind = spanBeams},
    };
}

} // namespace

Family xlnet()
{
    return {
        .info = {.id = "xlnet",
                 .title = "XLNet",
                 .category = Category::Autoregressive,
                 .tasks = {TaskKind::TextGeneration, TaskKind::TokenClassification, TaskKind::TextClassification,
                           TaskKind::MultipleChoice, TaskKind::QuestionAnswering},
                 .description = "Predicts the words of a sentence in any order, so that each may see both sides; "
                                "remembers former segments."},
        .tokenizer = text::tokenizerClass("XLNetTokenizer"),
        .names = {.prefixes = {"transformer."},
                  .aliases = {{"transformer.word_embedding.weight", "lm_loss.weight"}},
                  .ignored = {"lm_loss.weight"}},
        .heads = headTable(),
        .dimensions =
            [](const files::Config &config) {
                const auto o = options(config);
                return Dimensions{o.layers, o.heads, o.hidden, o.vocabulary, 0};
            },
        .backbone =
            [](const files::Config &config, const checkpoint::Weights &weights) {
                return twoStream(weights / "transformer", options(config));
            },
    };
}

} // namespace engine::models
