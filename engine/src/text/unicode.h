// SPDX-License-Identifier: GPL-3.0-or-later
// UTF-8 and the character classes that tokenizers ask for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace engine::text {

// Position of the first byte that is not part of well-formed UTF-8; empty when there is none.
[[nodiscard]] std::optional<std::size_t> firstInvalidByte(std::string_view utf8);

// Code points of well-formed UTF-8. Argument error that says at which byte it is not.
[[nodiscard]] std::u32string decodeUtf8(std::string_view utf8);

void appendUtf8(std::string &out, char32_t character);
[[nodiscard]] std::string encodeUtf8(std::u32string_view characters);

// Each maximal invalid part becomes one U+FFFD, as Unicode recommends (and Rust and Python do).
[[nodiscard]] std::string repairedUtf8(std::string_view bytes);

// What Python's str.isspace, str.split and str.strip call white space: White_Space and U+001C to U+001F.
[[nodiscard]] bool isPythonSpace(char32_t c);
[[nodiscard]] bool isWhiteSpace(char32_t c); // the Unicode property
[[nodiscard]] bool isLetter(char32_t c);     // category L*
[[nodiscard]] bool isNumber(char32_t c);     // category N*
[[nodiscard]] bool isNonspacingMark(char32_t c);
[[nodiscard]] bool isWordCharacter(char32_t c); // \w of Unicode regular expressions

// ASCII symbols and category P*: where BERT's tokenizers split.
[[nodiscard]] bool isBertPunctuation(char32_t c);

enum class Unassigned { Kept, Dropped };
// Control, format and private-use characters, and the unassigned ones where those are dropped. The Python class
// knows Unicode 14: what came later is unassigned to it.
[[nodiscard]] bool isBertControl(char32_t c, Unassigned unassigned);

[[nodiscard]] bool isSpaceSeparator(char32_t c); // category Zs

// Lowercase of one code point: one or two code points (U+0130 alone has two), no context.
struct Lowercase {
    char32_t first = 0;
    char32_t second = 0; // 0: none
};
[[nodiscard]] Lowercase lowercase(char32_t c);

[[nodiscard]] std::uint8_t combiningClass(char32_t c);

// Full canonical decomposition of one code point, appended to `out` in order.
void appendDecomposition(std::u32string &out, char32_t c);

} // namespace engine::text
