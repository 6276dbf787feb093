// SPDX-License-Identifier: GPL-3.0-or-later
// UTF-8 and the character classes that tokenizers ask for.
#pragma once

#include <array>
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
// The UTF-8 of one code point without a string around it.
struct Utf8Bytes {
    std::array<char, 4> bytes = {};
    std::uint8_t size = 0;
    [[nodiscard]] std::string_view view() const { return {bytes.data(), size}; }
};
[[nodiscard]] inline Utf8Bytes utf8Bytes(char32_t c)
{
    const auto lead = [c](char32_t mark, unsigned shift) { return static_cast<char>(mark | (c >> shift)); };
    const auto next = [c](unsigned shift) { return static_cast<char>(0x80U | ((c >> shift) & 0x3FU)); };
    if (c < 0x80)
        return {.bytes = {static_cast<char>(c)}, .size = 1};
    if (c < 0x800)
        return {.bytes = {lead(0xC0, 6), next(0)}, .size = 2};
    if (c < 0x10000)
        return {.bytes = {lead(0xE0, 12), next(6), next(0)}, .size = 3};
    return {.bytes = {lead(0xF0, 18), next(12), next(6), next(0)}, .size = 4};
}
[[nodiscard]] std::string encodeUtf8(std::u32string_view characters);

// Each maximal invalid part becomes one U+FFFD, as Unicode recommends (and Rust and Python do).
[[nodiscard]] std::string repairedUtf8(std::string_view bytes);

// Whether a character has been assigned since that version of Unicode at the latest.
[[nodiscard]] bool isAssignedBy(char32_t c, int version);

// What Python's str.isspace, str.split and str.strip call white space: White_Space and U+001C to U+001F.
[[nodiscard]] bool isPythonSpace(char32_t c);
[[nodiscard]] bool isWhiteSpace(char32_t c);  // the Unicode property
[[nodiscard]] bool isPythonDigit(char32_t c); // str.isdigit: decimal digits, superscripts, circled ones …
[[nodiscard]] bool isLetter(char32_t c);      // category L*
[[nodiscard]] bool isNumber(char32_t c);      // category N*
[[nodiscard]] bool isNonspacingMark(char32_t c);
[[nodiscard]] bool isMark(char32_t c);          // category M*
[[nodiscard]] bool isDecimalDigit(char32_t c);  // category Nd in Unicode 14, as Python's \d
[[nodiscard]] bool isCased(char32_t c);         // the Unicode property
[[nodiscard]] bool isCaseIgnorable(char32_t c); // the Unicode property
[[nodiscard]] bool isWordCharacter(char32_t c); // \w of Unicode regular expressions

// ASCII symbols and category P*: where BERT's tokenizers split.
[[nodiscard]] bool isBertPunctuation(char32_t c);

enum class Unassigned { Kept, Dropped };
// Control, format and private-use characters, and the unassigned ones where those are dropped. The Python class
// knows Unicode 14: what came later is unassigned to it.
[[nodiscard]] bool isBertControl(char32_t c, Unassigned unassigned);

// Category C* in Unicode 14: control and format characters, private use, unassigned.
[[nodiscard]] bool isOther(char32_t c);

[[nodiscard]] bool isSpaceSeparator(char32_t c); // category Zs

// Lowercase of one code point: one or two code points (U+0130 alone has two), no context.
struct Lowercase {
    char32_t first = 0;
    char32_t second = 0; // 0: none
};
[[nodiscard]] Lowercase lowercase(char32_t c);

[[nodiscard]] char32_t foldCase(char32_t c); // simple case folding

[[nodiscard]] std::uint8_t combiningClass(char32_t c);

// Full decomposition of one code point, appended to `out` in order.
enum class Decomposition { Canonical, Compatibility };
void appendDecomposition(std::u32string &out, char32_t c, Decomposition kind = Decomposition::Canonical);

// What two code points compose to canonically; 0: nothing.
[[nodiscard]] char32_t composedPair(char32_t first, char32_t second);

// Unicode's Grapheme_Cluster_Break, with Extended_Pictographic beside it.
enum class ClusterBreak {
    Other,
    CarriageReturn,
    LineFeed,
    Control,
    Extend,
    Joiner,
    RegionalIndicator,
    Prepend,
    SpacingMark,
    HangulL,
    HangulV,
    HangulT,
    HangulLv,
    HangulLvt,
    Pictograph
};
[[nodiscard]] ClusterBreak clusterBreak(char32_t c);

} // namespace engine::text
