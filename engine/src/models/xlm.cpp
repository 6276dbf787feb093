// SPDX-License-Identifier: GPL-3.0-or-later
// XLM: Lample and Conneau 2019, "Cross-lingual Language Model Pretraining".
#include "models/families.h"
#include "models/recipes/xlm_like.h"
#include "text/tokenizer_classes.h"

namespace engine::models {

Family xlm()
{
    return xlmLike({.info = {.id = "xlm",
                             .title = "XLM",
                             .category = Category::Autoencoding,
                             .tasks = {TaskKind::TextGeneration, TaskKind::FillMask, TaskKind::TextClassification,
                                       TaskKind::TokenClassification, TaskKind::QuestionAnswering,
                                       TaskKind::MultipleChoice, TaskKind::FeatureExtraction},
                             .description = "One model for several languages: each token carries its language, and a "
                                            "hidden word may be found in its translation."},
                    .tokenizer = text::tokenizerClass("XLMTokenizer"),
                    .classPrefix = "XLM"});
}

} // namespace engine::models
