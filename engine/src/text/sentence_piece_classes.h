// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "text/load.h"

#include <map>
#include <string>

namespace engine::text {

// The reference library's classes over SentencePiece models, by their names.
[[nodiscard]] std::map<std::string, TokenizerSpec, std::less<>> sentencePieceClasses();

} // namespace engine::text
