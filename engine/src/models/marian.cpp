// SPDX-License-Identifier: GPL-3.0-or-later
// Marian: Junczys-Dowmunt et al. 2018, "Marian: Fast Neural Machine Translation in C++"; the checkpoints are those of
// OPUS-MT (Tiedemann and Thottingal 2020).
#include "models/families.h"
#include "models/family.h"
#include "models/recipes/bart_like.h"
#include "text/tokenizer_classes.h"

namespace engine::models {
namespace {

constexpr std::int64_t kVocabulary = 58101;
constexpr std::int64_t kPad = kVocabulary - 1; // the last token, and what a decoder starts from
constexpr std::int64_t kEnd = 0;

BartLikeOptions optionsOf(const files::Config &config)
{
    auto options = bartLikeOptions(config, {.vocabulary = kVocabulary,
                                            .pad = kPad,
                                            .start = kPad,
                                            .normsEmbeddings = false,
                                            .positions = TablePositions::Sinusoid,
                                            .positionOffset = 0});
    const auto target = config.integer("decoder_vocab_size", options.vocabulary);
    if (target != options.vocabulary)
        config.fail("decoder_vocab_size", "vocab_size " + std::to_string(options.vocabulary), std::to_string(target));
    return options;
}

} // namespace

Family marian()
{
    return {
        .info = {.id = "marian",
                 .title = "MarianMT",
                 .category = Category::SequenceToSequence,
                 .tasks = {TaskKind::Translation},
                 .description = "Translates between two languages; what the decoder looks at in the source is an "
                                "alignment of words."},
        .tokenizer = text::tokenizerClass("MarianTokenizer"),
        .names = bartLikeNames(),
        .heads = bartLikeHeads({.prefix = "Marian",
                                .generationClass = "MarianMTModel",
                                .generationTasks = {TaskKind::Translation},
                                .hasClassifiers = false,
                                .hasDecoderAlone = false}),
        .generation =
            [](const files::Config &config) {
                GenerationOptions options;
                options.eosTokenIds = {kEnd};
                options.padTokenId = kPad;
                options.forcedLastToken = kEnd;
                options.decoderStartToken = kPad;
                // The training code knew no padding in a translation: beams never consider it.
                options.beamExcludedTokens = {config.integer("pad_token_id", kPad)};
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
