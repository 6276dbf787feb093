// SPDX-License-Identifier: GPL-3.0-or-later
// BERT: Devlin et al. 2018, "BERT: Pre-training of Deep Bidirectional Transformers".
#include "engine/names.h"
#include "models/families.h"
#include "models/family.h"
#include "models/recipes/bert_like.h"
#include "models/recipes/encoder_heads.h"
#include "text/tokenizer_classes.h"

#include <algorithm>
#include <iterator>

namespace engine::models {
namespace {

using heads::HeadPtr;

constexpr char kWords[] = "cls.predictions.transform.dense.weight";

BertLikeOptions optionsOf(const files::Config &config)
{
    const auto options = bertLikeOptions(config);
    requireWholeHeads(config, options);
    return options;
}

HeadPtr words(const HeadContext &c, const std::string &output)
{
    const auto o = optionsOf(c.config);
    return wordHead(c, {.transform = "cls.predictions.transform.dense",
                        .norm = "cls.predictions.transform.LayerNorm",
                        .decoder = "cls.predictions.decoder",
                        .bias = "cls.predictions",
                        .activation = o.activation,
                        .epsilon = o.epsilon,
                        .output = output});
}

HeadPtr maskedWords(const HeadContext &c)
{
    return words(c, names::kLogits);
}

HeadPtr sentencePair(const HeadContext &c, const std::string &output)
{
    return heads::rowScores({.pooling = heads::poolBackbone(),
                             .chain = chain(c, {{.name = "cls.seq_relationship", .outputs = 2}}),
                             .output = output});
}

HeadPtr nextSentence(const HeadContext &c)
{
    return sentencePair(c, names::kLogits);
}

HeadPtr pretraining(const HeadContext &c)
{
    return heads::together({words(c, names::kPredictionLogits), sentencePair(c, names::kSeqRelationshipLogits)});
}

std::vector<HeadSpec> headTable()
{
    std::vector<HeadSpec> specs{
        languageModel("BertLMHeadModel", kWords, maskedWords),
        {.id = "next-sentence",
         .className = "BertForNextSentencePrediction",
         .tasks = {TaskKind::NextSentence},
         .evidence = "cls.seq_relationship.weight",
         .bind = nextSentence},
        {.id = "pretraining",
         .className = "BertForPreTraining",
         .tasks = {},
         .evidence = kWords,
         .isOnlyByName = true,
         .bind = pretraining},
    };
    std::ranges::move(encoderHeads({.classPrefix = "Bert",
                                    .wordsEvidence = kWords,
                                    .words = maskedWords,
                                    .textClasses = pooledClasses,
                                    .choices = pooledChoices}),
                      std::back_inserter(specs));
    return specs;
}

} // namespace

Family bert()
{
    return {
        .info = {.id = "bert",
                 .title = "BERT",
                 .category = Category::Autoencoding,
                 .tasks = {TaskKind::FillMask, TaskKind::NextSentence, TaskKind::TextClassification,
                           TaskKind::TokenClassification, TaskKind::QuestionAnswering, TaskKind::MultipleChoice,
                           TaskKind::TextGeneration, TaskKind::FeatureExtraction},
                 .description = "Sees the whole sentence at once; learned by restoring masked words and by telling "
                                "whether one sentence follows another."},
        .tokenizer = text::tokenizerClass("BertTokenizer"),
        .names = {.prefixes = {"bert."},
                  .endings = olderNormNames(),
                  .aliases = {{"cls.predictions.bias", "cls.predictions.decoder.bias"},
                              {"bert.embeddings.word_embeddings.weight", "cls.predictions.decoder.weight"}},
                  .ignored = {"embeddings.position_ids", "cls.predictions.decoder.weight",
                              "cls.predictions.decoder.bias"}},
        .heads = headTable(),
        .dimensions =
            [](const files::Config &config) {
                const auto o = optionsOf(config);
                return Dimensions{o.layers, o.heads, o.hidden, o.vocabulary, o.longestText()};
            },
        .backbone = [](const files::Config &config,
                       const checkpoint::Weights &weights) { return bertLike(weights / "bert", optionsOf(config)); },
    };
}

} // namespace engine::models
