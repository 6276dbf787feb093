// SPDX-License-Identifier: GPL-3.0-or-later
// The character classes of the Moses scripts' Python port. They are Perl's of an old Unicode: what later versions added
// is in none of them, nor are ideographs, Hangul syllables and most of the supplementary planes.
#pragma once

namespace engine::text::moses {

[[nodiscard]] bool isAlpha(char32_t c);  // letters, vowel signs, and the viramas and nuktas of Indic scripts
[[nodiscard]] bool isDigit(char32_t c);  // decimal digits
[[nodiscard]] bool isAlnum(char32_t c);  // one of these two
[[nodiscard]] bool isNumber(char32_t c); // category N
[[nodiscard]] bool isLower(char32_t c);
[[nodiscard]] bool isCurrency(char32_t c);
[[nodiscard]] bool isLetterOfDetokenizer(char32_t c); // isAlpha without the viramas and nuktas
[[nodiscard]] bool isCjk(char32_t c);                 // East Asian scripts with their punctuation

} // namespace engine::text::moses
