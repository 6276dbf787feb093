// SPDX-License-Identifier: GPL-3.0-or-later
// XLM-ProphetNet: ProphetNet trained on a hundred languages (Liang et al. 2020, "XGLUE").
#include "models/families.h"
#include "models/family.h"
#include "models/recipes/prophet_like.h"
#include "text/tokenizer_classes.h"

namespace engine::models {

Family xlmProphetNet()
{
    Family family = prophetLikeFamily("XLMProphetNet", {TaskKind::Text2TextGeneration, TaskKind::Summarization});
    family.info = {.id = "xlm-prophetnet",
                   .title = "XLM-ProphetNet",
                   .category = Category::SequenceToSequence,
                   .tasks = {TaskKind::Text2TextGeneration, TaskKind::Summarization, TaskKind::TextGeneration},
                   .description = "ProphetNet in a hundred languages with one vocabulary."};
    family.tokenizer = text::tokenizerClass("XLMProphetNetTokenizer");
    return family;
}

} // namespace engine::models
