// SPDX-License-Identifier: GPL-3.0-or-later
// ConvBERT: Jiang et al. 2020, "ConvBERT: Improving BERT with Span-based Dynamic Convolution".
#include "models/families.h"
#include "models/family.h"
#include "models/recipes/bert_like.h"
#include "models/recipes/encoder_heads.h"
#include "text/tokenizer_classes.h"

#include <algorithm>
#include <string>

namespace engine::models {
namespace {

using heads::HeadPtr;

// Half of the attention's width goes to convolutions, and only one head in `head_ratio` attends.
void readMixture(const files::Config &config, BertLikeOptions &o)
{
    constexpr std::int64_t kWidest = 9999;
    const auto ratio = config.integer("head_ratio", 2, 1, 10000);
    o.heads = std::max(1, static_cast<int>(o.heads / ratio));
    o.convolutionWidth = config.integer("conv_kernel_size", 9, 1, kWidest);
    if (o.convolutionWidth % 2 == 0) // the reference's padding fits odd widths alone
        config.fail("conv_kernel_size", "an odd number", std::to_string(o.convolutionWidth));
    if (o.hidden % (2 * o.heads) != 0)
        config.fail("hidden_size", "a multiple of twice the " + std::to_string(o.heads) + " heads",
                    std::to_string(o.hidden));
}

BertLikeOptions optionsOf(const files::Config &config)
{
    auto o = bertLikeOptions(config, {.embedding = 768, .names = {.pooler = ""}});
    readMixture(config, o);
    o.feedForwardGroups = config.integer("num_groups", 1, 1, o.hidden);
    if (o.hidden % o.feedForwardGroups != 0 || o.intermediate % o.feedForwardGroups != 0)
        config.fail("num_groups", "a divisor of hidden_size and intermediate_size",
                    std::to_string(o.feedForwardGroups));
    return o;
}

// Always the erf form of gelu.
HeadPtr maskedWords(const HeadContext &c)
{
    return wordHead(c, {.transform = "generator_predictions.dense",
                        .norm = "generator_predictions.LayerNorm",
                        .decoder = "generator_lm_head",
                        .bias = "generator_lm_head",
                        .epsilon = optionsOf(c.config).epsilon});
}

HeadPtr textClasses(const HeadContext &c)
{
    return heads::rowScores(
        {.pooling = heads::poolPosition(0),
         .chain = chain(c, {{.name = "classifier.dense", .activation = optionsOf(c.config).activation},
                            {.name = "classifier.out_proj", .outputs = labelCount(c)}})});
}

HeadPtr choices(const HeadContext &c)
{
    return summarisedChoices(c, {.hidden = c.backbone.hiddenSize(), .labels = labelCount(c)});
}

} // namespace

Family convbert()
{
    return {
        .info = {.id = "convbert",
                 .title = "ConvBERT",
                 .category = Category::Autoencoding,
                 .tasks = {TaskKind::FillMask, TaskKind::TextClassification, TaskKind::TokenClassification,
                           TaskKind::QuestionAnswering, TaskKind::MultipleChoice, TaskKind::FeatureExtraction},
                 .description = "Half of every attention block is a convolution whose kernels come from the words "
                                "around each position."},
        .tokenizer = text::tokenizerClass("ConvBertTokenizer"),
        .names = {.prefixes = {"convbert."},
                  .endings = olderNormNames(),
                  .aliases = {{"convbert.embeddings.word_embeddings.weight", "generator_lm_head.weight"}},
                  .ignored = {"embeddings.position_ids", "generator_lm_head.weight"}},
        .heads = encoderHeads({.classPrefix = "ConvBert",
                               .wordsEvidence = "generator_predictions.dense.weight",
                               .classesEvidence = "classifier.out_proj.weight",
                               .words = maskedWords,
                               .textClasses = textClasses,
                               .choices = choices}),
        .dimensions =
            [](const files::Config &config) {
                const auto o = optionsOf(config);
                return Dimensions{o.layers, o.heads, o.hidden, o.vocabulary, o.longestText()};
            },
        .backbone =
            [](const files::Config &config, const checkpoint::Weights &weights) {
                return bertLike(weights / "convbert", optionsOf(config));
            },
    };
}

} // namespace engine::models
