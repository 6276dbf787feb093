// SPDX-License-Identifier: GPL-3.0-or-later
// XLM (Lample and Conneau 2019) and its relatives: words + positions + languages (+ token types out of the table of
// words), states of padding held at zero, an output that may be read at an appended mask token.
#pragma once

#include "files/config.h"
#include "models/family.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace engine::models {

struct XlmLikeOptions {
    std::int64_t vocabulary = 30145;
    std::int64_t hidden = 2048;
    int layers = 12;
    int heads = 16;
    std::int64_t maxPositions = 512;
    double epsilon = 1e-12;
    ops::Activation activation = ops::Activation::Gelu;
    bool isCausal = false;         // each position sees what is not after it, padding included
    bool normalisesBefore = false; // norms before attention and feed-forward, none at the end
    std::int64_t languages = 0;    // rows of the table of languages; 0: none
    std::int64_t padding = 2;      // whose ids end a row when nothing else says where it ends
    std::int64_t maskToken = 0;    // generation: appended, read there
    std::int64_t language = 0;     // generation: of every token
    std::vector<Language> languageNames = {};
};

// The keys of XLMConfig with their defaults; File error for values that cannot be.
[[nodiscard]] XlmLikeOptions xlmLikeOptions(const files::Config &config);

struct XlmLike {
    FamilyInfo info;
    text::TokenizerSpec tokenizer;
    std::string classPrefix; // "XLM": XLMWithLMHeadModel, XLMForSequenceClassification, …
};
[[nodiscard]] Family xlmLike(XlmLike family);

} // namespace engine::models
