// SPDX-License-Identifier: GPL-3.0-or-later
// RoBERTa: Liu et al. 2019, "RoBERTa: A Robustly Optimized BERT Pretraining Approach".
#include "models/recipes/roberta_like.h"

#include "models/families.h"
#include "text/tokenizer_classes.h"

namespace engine::models {

Family roberta()
{
    return robertaLike({.info = {.id = "roberta",
                                 .title = "RoBERTa",
                                 .category = Category::Autoencoding,
                                 .tasks = robertaTasks(),
                                 .description = "BERT trained longer, with new masks in every epoch and without "
                                                "sentence pairs; reads bytes, so no character is unknown."},
                        .tokenizer = text::tokenizerClass("RobertaTokenizer"),
                        .classPrefix = "Roberta",
                        .vocabulary = 50265});
}

} // namespace engine::models
