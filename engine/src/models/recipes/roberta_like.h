// SPDX-License-Identifier: GPL-3.0-or-later
// Families that are RoBERTa (Liu et al. 2019) in all but vocabulary: BERT's blocks, positions that pass over padding,
// a head for masked words and one for classes of their own.
#pragma once

#include "models/family.h"
#include "models/recipes/bert_like.h"
#include "models/recipes/encoder_heads.h"

#include <string>
#include <vector>

namespace engine::models {

struct RobertaLike {
    FamilyInfo info;
    text::TokenizerSpec tokenizer;
    std::string classPrefix;     // "XLMRoberta"
    std::int64_t vocabulary = 0; // default of the configuration class
};
[[nodiscard]] Family robertaLike(RobertaLike family);
[[nodiscard]] std::vector<TaskKind> robertaTasks();

// For relatives with blocks of their own: masked words (`lm_head`), text classes (first token → dense → tanh →
// out_proj), choices (pooler), spans.
[[nodiscard]] std::vector<HeadSpec> robertaHeads(const std::string &classPrefix);
// Their spellings of names: the prefix "roberta.", aliases of the output matrix.
[[nodiscard]] checkpoint::NameRules robertaNames(const std::string &model);

} // namespace engine::models
