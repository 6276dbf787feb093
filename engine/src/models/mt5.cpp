// SPDX-License-Identifier: GPL-3.0-or-later
// mT5: Xue et al. 2020, "mT5: A massively multilingual pre-trained text-to-text transformer".
#include "models/families.h"
#include "models/family.h"
#include "models/recipes/t5_like.h"
#include "text/tokenizer_classes.h"

namespace engine::models {
namespace {

constexpr T5LikeOptions kDefaults{.vocabulary = 250112,
                                  .intermediate = 1024,
                                  .encoderLayers = 8,
                                  .heads = 6,
                                  .activation = ops::Activation::GeluTanh,
                                  .isGated = true,
                                  .tiesWords = false};

} // namespace

Family mt5()
{
    return {
        .info = {.id = "mt5",
                 .title = "mT5",
                 .category = Category::SequenceToSequence,
                 .tasks = {TaskKind::Text2TextGeneration},
                 .description = "T5 in a hundred languages, trained on its self-supervised objective only: gated "
                                "feed-forward layers, scores of their own."},
        .tokenizer = text::tokenizerClass("T5Tokenizer"),
        .names = t5LikeNames(),
        .heads = {t5LikeHead("MT5ForConditionalGeneration", kDefaults)},
        .generation = t5LikeGeneration,
        .dimensions = [](const files::Config &config) { return t5LikeDimensions(t5LikeOptions(config, kDefaults)); },
        .backbone =
            [](const files::Config &config, const checkpoint::Weights &weights) {
                return t5Like(weights, t5LikeOptions(config, kDefaults));
            },
    };
}

} // namespace engine::models
