// SPDX-License-Identifier: GPL-3.0-or-later
// FlauBERT: Le et al. 2019, "FlauBERT: Unsupervised Language Model Pre-training for French".
#include "models/families.h"
#include "models/recipes/xlm_like.h"
#include "text/tokenizer_classes.h"

namespace engine::models {

Family flaubert()
{
    return xlmLike({.info = {.id = "flaubert",
                             .title = "FlauBERT",
                             .category = Category::Autoencoding,
                             .tasks = {TaskKind::FillMask, TaskKind::TextClassification, TaskKind::TokenClassification,
                                       TaskKind::QuestionAnswering, TaskKind::MultipleChoice, TaskKind::TextGeneration,
                                       TaskKind::FeatureExtraction},
                             .description = "XLM's architecture for French alone, learned by restoring masked words."},
                    .tokenizer = text::tokenizerClass("FlaubertTokenizer"),
                    .classPrefix = "Flaubert"});
}

} // namespace engine::models
