// SPDX-License-Identifier: GPL-3.0-or-later
// GPT-2: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners".
// reorder_and_upcast_attn only changes in which order half-precision products are scaled; in F32 the
// numbers are the same, so nothing here depends on it.
#include "engine/names.h"
#include "models/families.h"
#include "models/family.h"
#include "models/recipes/gpt_like.h"
#include "text/tokenizer_classes.h"

namespace engine::models {
namespace {

using heads::Dense;
using heads::HeadPtr;
using layers::Linear;

HeadPtr words(const HeadContext &c)
{
    const bool isTied = c.config.boolean("tie_word_embeddings", true);
    const Shape shape{c.backbone.vocabularySize(), c.backbone.hiddenSize()};
    const Tensor matrix = isTied ? c.backbone.wordEmbeddings() : (c.weights / "lm_head").tensor("weight", shape);
    return heads::wordScores({.decoder = Linear(matrix, Tensor())});
}

// SequenceSummary of the reference: pick a token, project it, activate it.
HeadPtr choiceScores(const HeadContext &c)
{
    const auto hidden = c.backbone.hiddenSize();
    const bool toLabels = c.config.boolean("summary_proj_to_labels", true);
    const auto labels = c.config.has("id2label") || c.config.has("num_labels")
                            ? static_cast<std::int64_t>(c.config.labels().size())
                            : std::int64_t{1}; // the class sets one label itself
    heads::RowScores row{.pooling = heads::poolSummary(c.config.text("summary_type", "cls_index"), names::kMcTokenIds),
                         .chain = {},
                         .output = names::kMcLogits,
                         .scoresChoices = true};
    if (c.config.boolean("summary_use_proj", true)) {
        const auto activation = c.config.text("summary_activation", "");
        row.chain.push_back({Linear(c.weights / "multiple_choice_head" / "summary",
                                    {.inputs = hidden, .outputs = toLabels ? labels : hidden}),
                             activation.empty() ? ops::Activation::None : ops::activationFromName(activation)});
    }
    return heads::rowScores(std::move(row));
}

HeadPtr doubleHeads(const HeadContext &c)
{
    return heads::together({words(c), choiceScores(c)});
}

} // namespace

Family gpt2()
{
    return {
        .info = {.id = "gpt2",
                 .title = "GPT-2",
                 .category = Category::Autoregressive,
                 .tasks = {TaskKind::TextGeneration, TaskKind::MultipleChoice},
                 .description = "Reads from left to right and predicts the next token; byte-level BPE, pre-norm blocks."},
        .tokenizer = text::tokenizerClass("GPT2Tokenizer"),
        .names = {.prefixes = {"transformer."},
                  .aliases = {{"transformer.wte.weight", "lm_head.weight"}},
                  .ignored = {"attn.bias", "attn.masked_bias", "lm_head.weight"}},
        .heads = {{.id = "text-generation", .className = "GPT2LMHeadModel", .tasks = {TaskKind::TextGeneration},
                   .bind = words},
                  {.id = "multiple-choice", .className = "GPT2DoubleHeadsModel", .tasks = {TaskKind::MultipleChoice},
                   .evidence = "multiple_choice_head.summary.weight", .bind = doubleHeads}},
        .dimensions =
            [](const files::Config &config) {
                const auto o = gptLikeOptions(config);
                return Dimensions{o.layers, o.heads, o.hidden, o.vocabulary, o.maxPositions};
            },
        .backbone = [](const files::Config &config, const checkpoint::Weights &weights) {
            return gptLike(weights / "transformer", gptLikeOptions(config));
        },
    };
}

} // namespace engine::models
