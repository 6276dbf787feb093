// SPDX-License-Identifier: GPL-3.0-or-later
// ProphetNet: Qi et al. 2020, "ProphetNet: Predicting Future N-gram for Sequence-to-Sequence Pre-training".
#include "models/families.h"
#include "models/family.h"
#include "models/recipes/prophet_like.h"
#include "text/tokenizer_classes.h"

namespace engine::models {

Family prophetNet()
{
    Family family = prophetLikeFamily("ProphetNet", {TaskKind::Text2TextGeneration, TaskKind::Summarization});
    family.info = {.id = "prophetnet",
                   .title = "ProphetNet",
                   .category = Category::SequenceToSequence,
                   .tasks = {TaskKind::Text2TextGeneration, TaskKind::Summarization, TaskKind::TextGeneration},
                   .description = "Learned to predict the next n tokens at once: a main stream, and n streams that see "
                                  "less and less of it."};
    family.tokenizer = text::tokenizerClass("ProphetNetTokenizer");
    return family;
}

} // namespace engine::models
