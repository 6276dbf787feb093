// SPDX-License-Identifier: GPL-3.0-or-later
// Substitutions in an aligned text, as regular expressions of the reference do them: from the left, without overlap.
// All are linear in the text.
#pragma once

#include "text/stages.h"

#include <cstddef>
#include <string_view>

namespace engine::text {

// Every occurrence of `from` (not empty) becomes `to`, whose characters stand for all of the occurrence.
void replaceAll(NormalizedText &text, std::u32string_view from, std::u32string_view to);

// Each run of characters for which `isSpace` holds becomes one space.
void collapse(NormalizedText &text, bool (*isSpace)(char32_t));

// The white space (in Python's sense) at both ends goes.
void strip(NormalizedText &text);

// Adds a character that stands for what `like` stands for.
inline void appendLike(NormalizedText &out, char32_t value, const Character &like)
{
    out.push_back({.value = value, .begin = like.begin, .end = like.end});
}

} // namespace engine::text
