// SPDX-License-Identifier: GPL-3.0-or-later
// DistilBERT: Sanh et al. 2019, "DistilBERT, a distilled version of BERT: smaller, faster, cheaper and lighter".
#include "models/families.h"
#include "models/family.h"
#include "models/recipes/bert_like.h"
#include "models/recipes/encoder_heads.h"
#include "text/tokenizer_classes.h"

namespace engine::models {
namespace {

using heads::HeadPtr;

constexpr double kEpsilon = 1e-12; // fixed, no key of config.json

BertLikeOptions optionsOf(const files::Config &config)
{
    constexpr std::int64_t kMost = std::int64_t{1} << 31;
    BertLikeOptions o;
    o.vocabulary = config.integer("vocab_size", o.vocabulary, 1, kMost);
    o.hidden = config.integer("dim", o.hidden, 1, kMost);
    o.layers = static_cast<int>(config.integer("n_layers", 6, 0, 10000));
    o.heads = static_cast<int>(config.integer("n_heads", o.heads, 1, 10000));
    o.intermediate = config.integer("hidden_dim", o.intermediate, 1, kMost);
    o.maxPositions = config.integer("max_position_embeddings", o.maxPositions, 1, kMost);
    o.tokenTypes = 0;
    o.epsilon = kEpsilon;
    o.activation = ops::activationFromName(config.text("activation", "gelu"));
    o.takesPositionIds = false;
    o.maskMode = MaskMode::Replace;
    o.names = {.block = [](int layer, int) { return "transformer.layer." + std::to_string(layer); },
               .query = "attention.q_lin",
               .key = "attention.k_lin",
               .value = "attention.v_lin",
               .attention = "attention",
               .attentionOut = "attention.out_lin",
               .attentionNorm = "sa_layer_norm",
               .up = "ffn.lin1",
               .down = "ffn.lin2",
               .norm = "output_layer_norm",
               .pooler = ""};
    if (o.hidden % o.heads != 0)
        config.fail("n_heads", "a divisor of dim " + std::to_string(o.hidden), std::to_string(o.heads));
    return o;
}

HeadPtr maskedWords(const HeadContext &c)
{
    return wordHead(c, {.transform = "vocab_transform",
                        .norm = "vocab_layer_norm",
                        .decoder = "vocab_projector",
                        .bias = "vocab_projector",
                        .activation = optionsOf(c.config).activation,
                        .epsilon = kEpsilon});
}

HeadPtr firstTokenScores(const HeadContext &c, std::int64_t outputs, bool scoresChoices)
{
    return heads::rowScores({.pooling = heads::poolPosition(0),
                             .chain = chain(c, {{.name = "pre_classifier", .activation = ops::Activation::Relu},
                                                {.name = "classifier", .outputs = outputs}}),
                             .scoresChoices = scoresChoices});
}

HeadPtr textClasses(const HeadContext &c)
{
    return firstTokenScores(c, labelCount(c), false);
}

HeadPtr choices(const HeadContext &c)
{
    return firstTokenScores(c, 1, true);
}

} // namespace

Family distilbert()
{
    return {
        .info = {.id = "distilbert",
                 .title = "DistilBERT",
                 .category = Category::Autoencoding,
                 .tasks = {TaskKind::FillMask, TaskKind::TextClassification, TaskKind::TokenClassification,
                           TaskKind::QuestionAnswering, TaskKind::MultipleChoice, TaskKind::FeatureExtraction},
                 .description = "BERT with half the layers, taught by BERT to give the same probabilities and the "
                                "same directions of its hidden states."},
        .tokenizer = text::tokenizerClass("DistilBertTokenizer"),
        .names = {.prefixes = {"distilbert."},
                  .endings = olderNormNames(),
                  .aliases = {{"distilbert.embeddings.word_embeddings.weight", "vocab_projector.weight"}},
                  .ignored = {"embeddings.position_ids", "vocab_projector.weight"}},
        .heads = encoderHeads({.classPrefix = "DistilBert",
                               .wordsEvidence = "vocab_transform.weight",
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
                return bertLike(weights / "distilbert", optionsOf(config));
            },
    };
}

} // namespace engine::models
