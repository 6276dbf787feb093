// SPDX-License-Identifier: GPL-3.0-or-later
// The reference library's tokenizer classes as data: a family names its class, tokenizer_config.json may name another.
#pragma once

#include "text/load.h"

#include <string_view>

namespace engine::text {

// By the name of the Python class ("BertTokenizer"); a trailing "Fast" does not matter. Null for an unknown class.
[[nodiscard]] const TokenizerSpec *findTokenizerClass(std::string_view className);

// The same for names in the program itself: Internal error for an unknown one.
[[nodiscard]] const TokenizerSpec &tokenizerClass(std::string_view className);

} // namespace engine::text
