// SPDX-License-Identifier: GPL-3.0-or-later
// BART: Lewis et al. 2019, "BART: Denoising Sequence-to-Sequence Pre-training for Natural Language Generation".
#include "models/families.h"
#include "models/family.h"
#include "models/recipes/bart_like.h"
#include "models/recipes/seq2seq.h"
#include "text/tokenizer_classes.h"

namespace engine::models {
namespace {

constexpr std::int64_t kPad = 1;
constexpr std::int64_t kEnd = 2;

BartLikeOptions optionsOf(const files::Config &config)
{
    return bartLikeOptions(config, {.pad = kPad, .start = kEnd});
}

} // namespace

Family bart()
{
    return {
        .info = {.id = "bart",
                 .title = "BART",
                 .category = Category::SequenceToSequence,
                 .tasks = {TaskKind::Text2TextGeneration, TaskKind::Summarization, TaskKind::TextClassification,
                           TaskKind::QuestionAnswering, TaskKind::TextGeneration},
                 .description =
                     "Reads a corrupted text with an encoder and writes the original with a decoder; one norm "
                     "behind each sublayer."},
        .tokenizer = text::tokenizerClass("BartTokenizer"),
        .names = bartLikeNames(),
        .heads = bartLikeHeads(
            {.prefix = "Bart", .generationTasks = {TaskKind::Text2TextGeneration, TaskKind::Summarization}}),
        .generation =
            [](const files::Config &) {
                GenerationOptions options;
                options.eosTokenIds = {kEnd};
                options.padTokenId = kPad;
                options.forcedLastToken = kEnd;
                options.decoderStartToken = kEnd;
                return options;
            },
        .dimensions = [](const files::Config &config) { return bartLikeDimensions(optionsOf(config)); },
        .backbone =
            [](const files::Config &config, const checkpoint::Weights &weights) {
                const auto options = optionsOf(config);
                return isDecoderAlone(config) ? bartLikeDecoder(weights / "model", weights / "lm_head", options)
                                              : bartLike(weights / "model", weights / "lm_head", options);
            },
    };
}

} // namespace engine::models
