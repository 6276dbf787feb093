// SPDX-License-Identifier: GPL-3.0-or-later
// What a person calls a token, as ids.
#pragma once

#include "engine/tokenizer.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace engine {

// Sequences of tokens that a word is written with, as the first one of a text and behind another word; one where both
// are alike. No special tokens. Argument error for a word that gives no tokens.
[[nodiscard]] std::vector<std::vector<std::int64_t>> spellings(const Tokenizer &tokenizer, std::string_view word);

// The token of that name: its own spelling ("Ġbread", "</s>", ">>fra<<"), its number ("#42"), or a word that is a
// single token. Argument error for another name.
[[nodiscard]] std::int64_t namedToken(const Tokenizer &tokenizer, std::string_view name);

// Languages that tokens of their own stand for: "fra" of ">>fra<<", "en_XX"; in the order of the ids.
[[nodiscard]] std::vector<std::string> languageTokens(const Tokenizer &tokenizer);

} // namespace engine
