// SPDX-License-Identifier: GPL-3.0-or-later
// ALBERT: Lan et al. 2019, "ALBERT: A Lite BERT for Self-supervised Learning of Language Representations".
#include "engine/names.h"
#include "models/families.h"
#include "models/family.h"
#include "models/recipes/bert_like.h"
#include "models/recipes/encoder_heads.h"
#include "text/tokenizer_classes.h"

#include <string>

namespace engine::models {
namespace {

using heads::HeadPtr;

constexpr char kWords[] = "predictions.dense.weight";
constexpr char kOrder[] = "sop_classifier.classifier";

BertLikeNames tensorNames()
{
    return {.block =
                [](int group, int inner) {
                    return "encoder.albert_layer_groups." + std::to_string(group) + ".albert_layers." +
                           std::to_string(inner);
                },
            .query = "attention.query",
            .key = "attention.key",
            .value = "attention.value",
            .attention = "attention",
            .attentionOut = "attention.dense",
            .attentionNorm = "attention.LayerNorm",
            .up = "ffn",
            .down = "ffn_output",
            .norm = "full_layer_layer_norm",
            .projection = "encoder.embedding_hidden_mapping_in",
            .pooler = "pooler"};
}

BertLikeOptions optionsOf(const files::Config &config)
{
    constexpr int kMost = 10000;
    auto o = bertLikeOptions(config, {.vocabulary = 30000,
                                      .hidden = 4096,
                                      .embedding = 128,
                                      .heads = 64,
                                      .intermediate = 16384,
                                      .activation = ops::Activation::GeluTanh,
                                      .addsPositionsAfterScale = true,
                                      .alwaysProjects = true,
                                      .names = tensorNames()});
    o.groups = static_cast<int>(config.integer("num_hidden_groups", 1, 1, kMost));
    o.blocksOfLayer = static_cast<int>(config.integer("inner_group_num", 1, 1, kMost));
    requireWholeHeads(config, o);
    return o;
}

HeadPtr words(const HeadContext &c, const std::string &output)
{
    const auto o = optionsOf(c.config);
    return wordHead(c, {.transform = "predictions.dense",
                        .norm = "predictions.LayerNorm",
                        .decoder = "predictions.decoder",
                        .bias = "predictions",
                        .activation = o.activation,
                        .epsilon = o.epsilon,
                        .output = output});
}

HeadPtr maskedWords(const HeadContext &c)
{
    return words(c, names::kLogits);
}

// Two sentences in their order or swapped, beside the masked words.
HeadPtr pretraining(const HeadContext &c)
{
    return heads::together({words(c, names::kPredictionLogits),
                            heads::rowScores({.pooling = heads::poolBackbone(),
                                              .chain = chain(c, {{.name = kOrder, .outputs = labelCount(c)}}),
                                              .output = names::kSopLogits})});
}

std::vector<HeadSpec> headTable()
{
    auto specs = encoderHeads({.classPrefix = "Albert",
                               .wordsEvidence = kWords,
                               .words = maskedWords,
                               .textClasses = pooledClasses,
                               .choices = pooledChoices});
    specs.insert(specs.begin() + 1, HeadSpec{.id = "pretraining",
                                             .className = "AlbertForPreTraining",
                                             .tasks = {TaskKind::SentenceOrder},
                                             .evidence = std::string(kOrder) + ".weight",
                                             .bind = pretraining});
    return specs;
}

} // namespace

Family albert()
{
    return {
        .info = {.id = "albert",
                 .title = "ALBERT",
                 .category = Category::Autoencoding,
                 .tasks = {TaskKind::FillMask, TaskKind::SentenceOrder, TaskKind::TextClassification,
                           TaskKind::TokenClassification, TaskKind::QuestionAnswering, TaskKind::MultipleChoice,
                           TaskKind::FeatureExtraction},
                 .description = "BERT with narrow embeddings and layers that share their parameters; learned to tell "
                                "whether two sentences stand in their order."},
        .tokenizer = text::tokenizerClass("AlbertTokenizer"),
        .names = {.prefixes = {"albert."},
                  .endings = olderNormNames(),
                  .aliases = {{"predictions.bias", "predictions.decoder.bias"},
                              {"albert.embeddings.word_embeddings.weight", "predictions.decoder.weight"}},
                  .ignored = {"embeddings.position_ids", "predictions.decoder.weight", "predictions.decoder.bias"}},
        .heads = headTable(),
        .dimensions =
            [](const files::Config &config) {
                const auto o = optionsOf(config);
                return Dimensions{o.layers, o.heads, o.hidden, o.vocabulary, o.longestText()};
            },
        .backbone = [](const files::Config &config,
                       const checkpoint::Weights &weights) { return bertLike(weights / "albert", optionsOf(config)); },
    };
}

} // namespace engine::models
