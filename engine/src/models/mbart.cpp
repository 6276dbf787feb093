// SPDX-License-Identifier: GPL-3.0-or-later
// mBART: Liu et al. 2020, "Multilingual Denoising Pre-training for Neural Machine Translation"; Tang et al. 2020 (50
// languages), which starts from the end token and forces the language code behind it.
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
    return bartLikeOptions(config, {.pad = kPad,
                                    .start = kEnd,
                                    .norms = NormPlace::Before,
                                    .normsEnd = true,
                                    .decoderStart = DecoderStart::LastToken});
}

} // namespace

Family mbart()
{
    return {
        .info = {.id = "mbart",
                 .title = "mBART",
                 .category = Category::SequenceToSequence,
                 .tasks = {TaskKind::Translation, TaskKind::TextClassification, TaskKind::QuestionAnswering,
                           TaskKind::TextGeneration},
                 .description =
                     "BART's denoising in many languages; a language code tells the encoder what it reads and "
                     "the decoder what to write."},
        .tokenizer = text::tokenizerClass("MBartTokenizer"),
        .names = bartLikeNames(),
        .heads = bartLikeHeads({.prefix = "MBart", .generationTasks = {TaskKind::Translation}}),
        .generation =
            [](const files::Config &) {
                GenerationOptions options;
                options.eosTokenIds = {kEnd};
                options.padTokenId = kPad;
                options.forcedLastToken = kEnd;
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
