// SPDX-License-Identifier: GPL-3.0-or-later
// Pegasus: Zhang et al. 2019, "PEGASUS: Pre-training with Extracted Gap-sentences for Abstractive Summarization".
#include "models/families.h"
#include "models/family.h"
#include "models/recipes/bart_like.h"
#include "text/tokenizer_classes.h"

namespace engine::models {
namespace {

constexpr std::int64_t kPad = 0;
constexpr std::int64_t kEnd = 1;

BartLikeOptions optionsOf(const files::Config &config)
{
    return bartLikeOptions(config, {.pad = kPad,
                                    .start = kPad,
                                    .norms = NormPlace::Before,
                                    .normsEmbeddings = false,
                                    .normsEnd = true,
                                    .positions = TablePositions::Sinusoid,
                                    .positionOffset = 0});
}

} // namespace

Family pegasus()
{
    return {
        .info = {.id = "pegasus",
                 .title = "Pegasus",
                 .category = Category::SequenceToSequence,
                 .tasks = {TaskKind::Summarization},
                 .description = "Learned by writing the important sentences that were taken out of a text: close to "
                                "what a summary is."},
        .tokenizer = text::tokenizerClass("PegasusTokenizer"),
        .names = bartLikeNames(),
        .heads = bartLikeHeads({.prefix = "Pegasus",
                                .generationTasks = {TaskKind::Summarization},
                                .hasClassifiers = false,
                                .hasDecoderAlone = false}),
        .generation =
            [](const files::Config &) {
                GenerationOptions options;
                options.eosTokenIds = {kEnd};
                options.padTokenId = kPad;
                options.forcedLastToken = kEnd;
                options.decoderStartToken = kPad;
                return options;
            },
        .dimensions = [](const files::Config &config) { return bartLikeDimensions(optionsOf(config)); },
        .backbone =
            [](const files::Config &config, const checkpoint::Weights &weights) {
                return bartLike(weights / "model", weights / "lm_head", optionsOf(config));
            },
    };
}

} // namespace engine::models
