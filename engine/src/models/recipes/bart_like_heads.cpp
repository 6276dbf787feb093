// SPDX-License-Identifier: GPL-3.0-or-later
#include "heads/head.h"
#include "models/recipes/bart_like.h"

#include <algorithm>

namespace engine::models {
namespace {

using heads::HeadPtr;
using layers::Linear;
using layers::LinearShape;

constexpr char kAnyWeight[] = "model.decoder.layers.0.fc1.weight";

bool namesOneEnding(const files::Config &config, const std::vector<std::string> &endings)
{
    const auto names = config.texts("architectures");
    return std::ranges::any_of(names, [&](const std::string &name) {
        return std::ranges::any_of(endings, [&](const std::string &ending) { return name.ends_with(ending); });
    });
}

// A file without a head of its own can write text; one that was trained for something else cannot.
bool canWrite(const files::Config &config)
{
    return !namesOneEnding(config, {"ForSequenceClassification", "ForQuestionAnswering", "ForCausalLM"});
}

Tensor outputMatrix(const HeadContext &c)
{
    const Shape shape{c.backbone.vocabularySize(), c.backbone.hiddenSize()};
    return c.config.boolean("tie_word_embeddings", true) ? c.backbone.wordEmbeddings()
                                                         : (c.weights / "lm_head").tensor("weight", shape);
}

HeadPtr writtenWords(const HeadContext &c)
{
    const Tensor bias = c.weights.optional("final_logits_bias", {1, c.backbone.vocabularySize()});
    const Tensor flat = bias.isNull() ? bias : bias.reshaped({bias.size(1)});
    return heads::together({heads::wordScores({.decoder = Linear(outputMatrix(c), flat)}), heads::wordLoss()});
}

HeadPtr continuedWords(const HeadContext &c)
{
    return heads::wordScores({.decoder = Linear(outputMatrix(c), Tensor())});
}

HeadPtr textClasses(const HeadContext &c)
{
    constexpr std::int64_t kEndToken = 2;
    const auto hidden = c.backbone.hiddenSize();
    const auto w = c.weights / "classification_head";
    const auto count = static_cast<std::int64_t>(c.config.labels().size());
    return heads::rowScores(
        {.pooling = heads::poolLastToken(c.config.integer("eos_token_id", kEndToken)),
         .chain = {{Linear(w / "dense", LinearShape{.inputs = hidden, .outputs = hidden}), ops::Activation::Tanh},
                   {Linear(w / "out_proj", LinearShape{.inputs = hidden, .outputs = count})}}});
}

HeadPtr spans(const HeadContext &c)
{
    return heads::spanScores({c.weights / "qa_outputs", {.inputs = c.backbone.hiddenSize(), .outputs = 2}});
}

} // namespace

std::vector<HeadSpec> bartLikeHeads(const BartLikeHeads &heads)
{
    const auto &writer = heads.generationClass;
    std::vector<HeadSpec> out{{.id = std::string(id(heads.generationTasks.front())),
                               .className = writer.empty() ? heads.prefix + "ForConditionalGeneration" : writer,
                               .tasks = heads.generationTasks,
                               .evidence = kAnyWeight,
                               .condition = canWrite,
                               .bind = writtenWords}};
    if (heads.hasDecoderAlone)
        out.push_back({.id = "text-generation",
                       .className = heads.prefix + "ForCausalLM",
                       .tasks = {TaskKind::TextGeneration},
                       .evidence = kAnyWeight,
                       .isOnlyByName = true,
                       .bind = continuedWords});
    if (!heads.hasClassifiers)
        return out;
    out.push_back({.id = "text-classification",
                   .className = heads.prefix + "ForSequenceClassification",
                   .tasks = {TaskKind::TextClassification},
                   .evidence = "classification_head.dense.weight",
                   .bind = textClasses,
                   .labels = [](const files::Config &config) { return config.labels(); }});
    out.push_back({.id = "question-answering",
                   .className = heads.prefix + "ForQuestionAnswering",
                   .tasks = {TaskKind::QuestionAnswering},
                   .evidence = "qa_outputs.weight",
                   .bind = spans});
    return out;
}

checkpoint::NameRules bartLikeNames()
{
    checkpoint::NameRules rules{.prefixes = {"model."}};
    // Further copies of the one table, and the attention into a source that a decoder alone does not have.
    rules.ignored = {"embed_tokens.weight",
                     "lm_head.weight",
                     "shared.weight",
                     "encoder_attn_layer_norm.weight",
                     "encoder_attn_layer_norm.bias",
                     "final_logits_bias",
                     "embed_positions.weights",
                     "_float_tensor"};
    for (const auto *const part : {"q_proj", "k_proj", "v_proj", "out_proj"})
        for (const auto *const kind : {"weight", "bias"})
            rules.ignored.push_back("encoder_attn." + std::string(part) + "." + kind);
    return rules;
}

} // namespace engine::models
