// SPDX-License-Identifier: GPL-3.0-or-later
// XLM-RoBERTa: Conneau et al. 2019, "Unsupervised Cross-lingual Representation Learning at Scale".
#include "models/families.h"
#include "models/recipes/roberta_like.h"
#include "text/tokenizer_classes.h"

namespace engine::models {

Family xlmRoberta()
{
    return robertaLike({.info = {.id = "xlm-roberta",
                                 .title = "XLM-RoBERTa",
                                 .category = Category::Autoencoding,
                                 .tasks = robertaTasks(),
                                 .description = "RoBERTa over a hundred languages; no input says which one, the "
                                                "model finds it by itself."},
                        .tokenizer = text::tokenizerClass("XLMRobertaTokenizer"),
                        .classPrefix = "XLMRoberta",
                        .vocabulary = 30522});
}

} // namespace engine::models
