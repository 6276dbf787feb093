// SPDX-License-Identifier: GPL-3.0-or-later
// T5: Raffel et al. 2019, "Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer".
#include "models/families.h"
#include "models/family.h"
#include "models/recipes/t5_like.h"
#include "text/tokenizer_classes.h"

namespace engine::models {

Family t5()
{
    return {
        .info = {.id = "t5",
                 .title = "T5",
                 .category = Category::SequenceToSequence,
                 .tasks = {TaskKind::Text2TextGeneration, TaskKind::Summarization, TaskKind::Translation},
                 .description =
                     "Every task is text to text, told by a prefix; learned by writing the runs of words that "
                     "were dropped from a text."},
        .tokenizer = text::tokenizerClass("T5Tokenizer"),
        .names = t5LikeNames(),
        .heads = {t5LikeHead("T5ForConditionalGeneration", {})},
        .generation = t5LikeGeneration,
        // Those of the paper's appendix D that need one text.
        .prefixes = {{"summarization", "summarize: "},
                     {"translation_en_to_de", "translate English to German: "},
                     {"translation_en_to_fr", "translate English to French: "},
                     {"translation_en_to_ro", "translate English to Romanian: "},
                     {"question answering", "question: "},
                     {"acceptability", "cola sentence: "},
                     {"sentiment", "sst2 sentence: "}},
        .dimensions = [](const files::Config &config) { return t5LikeDimensions(t5LikeOptions(config, {})); },
        .backbone = [](const files::Config &config,
                       const checkpoint::Weights &weights) { return t5Like(weights, t5LikeOptions(config, {})); },
    };
}

} // namespace engine::models
