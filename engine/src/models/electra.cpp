// SPDX-License-Identifier: GPL-3.0-or-later
// ELECTRA: Clark et al. 2020, "ELECTRA: Pre-training Text Encoders as Discriminators Rather Than Generators".
#include "models/families.h"
#include "models/family.h"
#include "models/recipes/bert_like.h"
#include "models/recipes/encoder_heads.h"
#include "text/tokenizer_classes.h"

namespace engine::models {
namespace {

using heads::HeadPtr;
using ops::Activation;

BertLikeOptions optionsOf(const files::Config &config)
{
    const auto options = bertLikeOptions(
        config, {.hidden = 256, .embedding = 128, .heads = 4, .intermediate = 1024, .names = {.pooler = ""}});
    requireWholeHeads(config, options);
    return options;
}

// The generator's: always the erf form of gelu.
HeadPtr maskedWords(const HeadContext &c)
{
    return wordHead(c, {.transform = "generator_predictions.dense",
                        .norm = "generator_predictions.LayerNorm",
                        .decoder = "generator_lm_head",
                        .bias = "generator_lm_head",
                        .epsilon = optionsOf(c.config).epsilon});
}

// The discriminator's: was another word here?
HeadPtr replacedTokens(const HeadContext &c)
{
    return heads::tokenScores(
        {.chain = chain(c, {{.name = "discriminator_predictions.dense", .activation = optionsOf(c.config).activation},
                            {.name = "discriminator_predictions.dense_prediction", .outputs = 1}}),
         .isOneScore = true});
}

HeadPtr textClasses(const HeadContext &c)
{
    return heads::rowScores({.pooling = heads::poolPosition(0),
                             .chain = chain(c, {{.name = "classifier.dense", .activation = Activation::Gelu},
                                                {.name = "classifier.out_proj", .outputs = labelCount(c)}})});
}

HeadPtr choices(const HeadContext &c)
{
    return summarisedChoices(c, {.hidden = c.backbone.hiddenSize(),
                                 .labels = labelCount(c),
                                 .type = "first",
                                 .usesProjection = true,
                                 .activation = "gelu"});
}

std::vector<HeadSpec> headTable()
{
    auto specs = encoderHeads({.classPrefix = "Electra",
                               .wordsEvidence = "generator_predictions.dense.weight",
                               .classesEvidence = "classifier.out_proj.weight",
                               .words = maskedWords,
                               .textClasses = textClasses,
                               .choices = choices});
    specs.insert(specs.begin(), HeadSpec{.id = "replaced-token-detection",
                                 .className = "ElectraForPreTraining",
                                 .tasks = {TaskKind::ReplacedTokenDetection},
                                 .evidence = "discriminator_predictions.dense.weight",
                                 .bind = replacedTokens});
    return specs;
}

} // namespace

Family electra()
{
    return {
        .info = {.id = "electra",
                 .title = "ELECTRA",
                 .category = Category::Autoencoding,
                 .tasks = {TaskKind::ReplacedTokenDetection, TaskKind::FillMask, TaskKind::TextClassification,
                           TaskKind::TokenClassification, TaskKind::QuestionAnswering, TaskKind::MultipleChoice,
                           TaskKind::FeatureExtraction},
                 .description = "A small generator replaces words, the discriminator learns to tell for every token "
                                "whether it is the original."},
        .tokenizer = text::tokenizerClass("ElectraTokenizer"),
        .names = {.prefixes = {"electra."},
                  .endings = olderNormNames(),
                  .aliases = {{"electra.embeddings.word_embeddings.weight", "generator_lm_head.weight"}},
                  .ignored = {"embeddings.position_ids", "generator_lm_head.weight"}},
        .heads = headTable(),
        .dimensions =
            [](const files::Config &config) {
                const auto o = optionsOf(config);
                return Dimensions{o.layers, o.heads, o.hidden, o.vocabulary, o.longestText()};
            },
        .backbone = [](const files::Config &config,
                       const checkpoint::Weights &weights) { return bertLike(weights / "electra", optionsOf(config)); },
    };
}

} // namespace engine::models
