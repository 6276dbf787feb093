// SPDX-License-Identifier: GPL-3.0-or-later
// GPT-2: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners".
// reorder_and_upcast_attn only changes in which order half-precision products are scaled; in F32 the
// numbers are the same, so nothing here depends on it.
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

// The keys of GPT2Config with their defaults.
GptLikeOptions options(const files::Config &config)
{
    auto o = gptLikeOptions(config, {});
    o.epsilon = o.finalEpsilon;
    o.intermediate = config.integer("n_inner", 4 * o.hidden, 1, std::int64_t{1} << 31);
    o.activation = ops::activationFromName(config.text("activation_function", "gelu_new"));
    o.dividesByRootOfHeadSize = config.boolean("scale_attn_weights", true);
    o.dividesByLayer = config.boolean("scale_attn_by_inverse_layer_idx", false);
    if (config.boolean("add_cross_attention", false))
        config.fail("add_cross_attention", "false", "true");
    return o;
}

} // namespace

Family gpt2()
{
    return {
        .info = {.id = "gpt2",
                 .title = "GPT-2",
                 .category = Category::Autoregressive,
                 .tasks = {TaskKind::TextGeneration, TaskKind::MultipleChoice},
                 .description =
                     "Reads from left to right and predicts the next token; byte-level BPE, pre-norm blocks."},
        .tokenizer = text::tokenizerClass("GPT2Tokenizer"),
        .names = {.prefixes = {"transformer."},
                  .aliases = {{"transformer.wte.weight", "lm_head.weight"}},
                  .ignored = {"attn.bias", "attn.masked_bias", "lm_head.weight"}},
        .heads = {{.id = "text-generation",
                   .className = "GPT2LMHeadModel",
                   .tasks = {TaskKind::TextGeneration},
                   .bind = words},
                  {.id = "multiple-choice",
                   .className = "GPT2DoubleHeadsModel",
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
