// SPDX-License-Identifier: GPL-3.0-or-later
// CTRL: Keskar et al. 2019, "CTRL: A Conditional Transformer Language Model for Controllable Generation".
#include "models/families.h"
#include "models/family.h"
#include "models/recipes/gpt_like.h"
#include "text/tokenizer_classes.h"

namespace engine::models {
namespace {

constexpr double kBlockEpsilon = 1e-6; // not in the configuration

// lm_head has a bias here.
heads::HeadPtr words(const HeadContext &c)
{
    return gptWords(c, (c.weights / "lm_head").tensor("bias", {c.backbone.vocabularySize()}));
}

// The keys of CTRLConfig with their defaults.
GptLikeOptions options(const files::Config &config)
{
    auto o = gptLikeOptions(config, {.vocabulary = 246534,
                                     .hidden = 1280,
                                     .layers = 48,
                                     .heads = 16,
                                     .maxPositions = 256,
                                     .epsilon = kBlockEpsilon,
                                     .finalEpsilon = 1e-6,
                                     .activation = ops::Activation::Relu,
                                     .layout = ops::WeightLayout::OutIn,
                                     .positions = PositionTable::SinesThenCosines,
                                     .scalesEmbedding = true,
                                     .futureMode = MaskMode::Add,
                                     .futureValue = -1e4F,
                                     .feedsMask = false,
                                     .cacheForm = layers::CacheForm::Stacked,
                                     .names = {.words = "w",
                                               .finalNorm = "layernorm",
                                               .attentionNorm = "layernorm1",
                                               .queryKeyValue = {"multi_head_attention.Wq", "multi_head_attention.Wk",
                                                                 "multi_head_attention.Wv"},
                                               .attentionOut = "multi_head_attention.dense",
                                               .norm = "layernorm2",
                                               .up = "ffn.0",
                                               .down = "ffn.2"}});
    o.intermediate = config.integer("dff", 8192, 1, std::int64_t{1} << 31);
    return o;
}

// The domains that the published model was trained with, each the first word of its texts (appendix of the paper).
std::vector<std::string> controlCodes()
{
    return {"Pregnancy",    "Christianity",  "Explain",      "Fitness",     "Saving",      "Ask",         "Ass",
            "Joke",         "Questions",     "Thoughts",     "Retail",      "Feminism",    "Writing",     "Atheism",
            "Netflix",      "Computing",     "Opinion",      "Alone",       "Funny",       "Gaming",      "Human",
            "India",        "Joker",         "Diet",         "Legal",       "Norman",      "Tip",         "Weight",
            "Movies",       "Running",       "Science",      "Horror",      "Confession",  "Finance",     "Politics",
            "Scary",        "Support",       "Technologies", "Teenage",     "Event",       "Learned",     "Notion",
            "Wikipedia",    "Books",         "Extract",      "Confessions", "Conspiracy",  "Links",       "Narcissus",
            "Relationship", "Relationships", "Reviews",      "News",        "Translation", "multilingual"};
}

} // namespace

Family ctrl()
{
    return {
        .info = {.id = "ctrl",
                 .title = "CTRL",
                 .category = Category::Autoregressive,
                 .tasks = {TaskKind::TextGeneration},
                 .description = "Predicts the next token under a control code, the first word, which sets kind and "
                                "style of the text."},
        .tokenizer = text::tokenizerClass("CTRLTokenizer"),
        .names = {.prefixes = {"transformer."},
                  .aliases = {{"transformer.w.weight", "lm_head.weight"}},
                  .ignored = {"lm_head.weight"}},
        .heads = {{.id = "text-generation",
                   .className = "CTRLLMHeadModel",
                   .tasks = {TaskKind::TextGeneration},
                   .evidence = "lm_head.bias",
                   .bind = words}},
        .controlCodes = controlCodes(),
        .dimensions = [](const files::Config &config) { return dimensionsOf(options(config)); },
        .backbone =
            [](const files::Config &config, const checkpoint::Weights &weights) {
                return gptLike(weights / "transformer", options(config));
            },
    };
}

} // namespace engine::models
