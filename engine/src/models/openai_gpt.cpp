// SPDX-License-Identifier: GPL-3.0-or-later
// GPT: Radford et al. 2018, "Improving Language Understanding by Generative Pre-Training".
#include "models/families.h"
#include "models/family.h"
#include "models/recipes/gpt_like.h"
#include "text/tokenizer_classes.h"

namespace engine::models {
namespace {

heads::HeadPtr words(const HeadContext &c)
{
    return gptWords(c, Tensor());
}

// The reference maps this configuration's names itself: its "gelu" is the tanh form.
ops::Activation activationOf(const files::Config &config)
{
    const auto name = config.text("afn", "gelu");
    return name == "gelu" ? ops::Activation::GeluTanh : ops::activationFromName(name);
}

// The keys of OpenAIGPTConfig with their defaults.
GptLikeOptions options(const files::Config &config)
{
    auto o = gptLikeOptions(config, {.vocabulary = 40478,
                                     .maxPositions = 512,
                                     .norms = NormOrder::After,
                                     .futureValue = -1e4F,
                                     .feedsMask = false,
                                     .names = {.words = "tokens_embed", .positions = "positions_embed"}});
    o.epsilon = o.finalEpsilon;
    o.intermediate = 4 * o.hidden;
    o.activation = activationOf(config);
    return o;
}

} // namespace

Family openaiGpt()
{
    return {
        .info = {.id = "openai-gpt",
                 .title = "GPT",
                 .category = Category::Autoregressive,
                 .tasks = {TaskKind::TextGeneration, TaskKind::MultipleChoice},
                 .description = "The first of its kind: reads from left to right and predicts the next token; norms "
                                "after each half of a block."},
        .tokenizer = text::tokenizerClass("OpenAIGPTTokenizer"),
        .names = {.prefixes = {"transformer."},
                  .aliases = {{"transformer.tokens_embed.weight", "lm_head.weight"}},
                  .ignored = {"attn.bias", "position_ids", "lm_head.weight"}},
        .heads = {{.id = "text-generation",
                   .className = "OpenAIGPTLMHeadModel",
                   .tasks = {TaskKind::TextGeneration},
                   .bind = words},
                  {.id = "multiple-choice",
                   .className = "OpenAIGPTDoubleHeadsModel",
                   .tasks = {TaskKind::MultipleChoice},
                   .evidence = "multiple_choice_head.summary.weight",
                   .bind = gptDoubleHeads}},
        .dimensions = [](const files::Config &config) { return dimensionsOf(options(config)); },
        .backbone =
            [](const files::Config &config, const checkpoint::Weights &weights) {
                return gptLike(weights / "transformer", options(config));
            },
    };
}

} // namespace engine::models
