// SPDX-License-Identifier: GPL-3.0-or-later
// What a tokenizer makes of a text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace engine {

// [begin, end) in Unicode code points of the text that the token came from; {0, 0} for special tokens.
struct Offset {
    std::int64_t begin = 0;
    std::int64_t end = 0;
    bool operator==(const Offset &) const = default;
};

// All vectors have one entry per token.
struct Encoding {
    std::vector<std::int64_t> ids;               // −1: of a picture, no token of the vocabulary
    std::vector<std::string> tokens;             // as they stand in the vocabulary
    std::vector<std::int64_t> typeIds;           // segment of the token
    std::vector<std::int64_t> attentionMask;     // 0 = padding
    std::vector<std::int64_t> specialTokensMask; // 1 = added by the tokenizer
    std::vector<Offset> offsets;
    std::vector<int> sequence;            // 0 = text, 1 = text pair, −1 = special
    std::int64_t removedByTruncation = 0; // tokens that did not fit
    // With EncodeOptions::returnsOverflow, what did not fit, as the reference class gives it: further whole windows
    // (classes that read tokenizer.json), or one entry with the removed tokens alone (classes over legacy files;
    // none where both texts of a pair were cut).
    std::vector<Encoding> overflow = {};

    [[nodiscard]] std::size_t size() const noexcept { return ids.size(); }
};

enum class Truncation { None, LongestFirst, OnlyFirst, OnlySecond };
enum class Side { Left, Right };

struct EncodeOptions {
    bool addSpecialTokens = true;
    std::optional<std::int64_t> maxLength = {};
    Truncation truncation = Truncation::None;
    Side truncationSide = Side::Right;
    // The text is one that the decoder reads or writes (the reference's text_target): some tokenizers have other pieces
    // for it, and it takes the target language.
    bool isTarget = false;
    std::optional<std::string> sourceLanguage = {}; // empty: the tokenizer's own
    std::optional<std::string> targetLanguage = {};
    bool wordsAreGiven = false; // the words are apart by white space already: they are only cut into pieces
    bool returnsOverflow = false;
    std::int64_t stride = 0; // tokens that neighbouring windows of the overflow share
};

// Padding of one encoding; the pad token is the tokenizer's.
struct PaddingOptions {
    std::int64_t length = 0;       // pad to this many tokens; 0 = no further than `multipleOf` asks
    std::int64_t multipleOf = 1;   // the length is rounded up to a multiple of this
    std::optional<Side> side = {}; // empty: the tokenizer's own side
};

struct DecodeOptions {
    bool skipSpecialTokens = false;
    std::optional<bool> cleanUpSpaces = {}; // empty: as the tokenizer's own setting says
};

} // namespace engine
