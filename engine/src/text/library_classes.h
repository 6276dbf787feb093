// SPDX-License-Identifier: GPL-3.0-or-later
// Character classes as the Rust library (tokenizers 0.13.3) knows them: its tables are of Unicode 8 and 9, and what was
// assigned or moved to another category later is told apart here.
#pragma once

namespace engine::text {

[[nodiscard]] bool isLibraryMark(char32_t c);           // category M*: StripAccents
[[nodiscard]] bool isLibraryNonspacingMark(char32_t c); // category Mn: BertNormalizer
[[nodiscard]] bool isLibraryPunctuation(char32_t c);    // ASCII symbols and P*: BertPreTokenizer, Punctuation
[[nodiscard]] bool isLibraryControl(char32_t c);        // control, format and private-use characters: BertNormalizer

} // namespace engine::text
