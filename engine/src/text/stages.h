// SPDX-License-Identifier: GPL-3.0-or-later
// The stages that a tokenizer is composed of: normaliser → pre-tokeniser → model → post-processor → decoder.
// Every stage keeps the alignment to the text that came in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace engine::text {

// A code point with the range of source code points that it stands for.
struct Character {
    char32_t value = 0;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
};
using NormalizedText = std::vector<Character>;

[[nodiscard]] NormalizedText alignedText(std::u32string_view source);
[[nodiscard]] std::u32string plain(std::span<const Character> characters);
[[nodiscard]] std::string utf8(std::span<const Character> characters);

// [begin, end) in the characters of a NormalizedText.
struct Word {
    std::size_t begin = 0;
    std::size_t end = 0;
    bool isWhole = false; // looked up as it stands, never cut
};

// A token of a word; [begin, end) in the characters of that word.
struct Piece {
    std::int64_t id = 0;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
};

// What a model weighs on the way to the pieces of a word.
struct Weighed {
    struct Merge { // as it happens
        std::string left;
        std::string right;
        double rank = 0.0; // the least goes first
    };
    struct Edge { // a piece at a place of the word, [begin, end) in its characters
        std::int64_t id = 0;
        std::uint32_t begin = 0;
        std::uint32_t end = 0;
        double score = 0.0; // log probability
    };
    std::vector<Merge> merges;
    std::vector<Edge> edges;
};

class Normalizer {
public:
    virtual ~Normalizer() = default;
    virtual void apply(NormalizedText &text) const = 0;
};

class PreTokenizer {
public:
    virtual ~PreTokenizer() = default;
    // The words of `text`, in order; the characters themselves may be rewritten, then the words lie in the new ones.
    [[nodiscard]] virtual std::vector<Word> split(NormalizedText &text) const = 0;
};

class SubwordModel {
public:
    virtual ~SubwordModel() = default;
    virtual void tokenize(std::span<const Character> word, std::vector<Piece> &pieces) const = 0;
    // Adds what tokenize() weighs for this word. Models that only look up have nothing to add.
    virtual void weigh(std::span<const Character> /*word*/, Weighed & /*out*/) const {}
    [[nodiscard]] virtual std::string kind() const = 0;
    // How the vocabulary would write a piece of `word`: what an unknown one was.
    [[nodiscard]] virtual std::string spelling(std::span<const Character> word, const Piece &piece) const
    {
        return utf8(word.subspan(piece.begin, piece.end - piece.begin));
    }
    // The token as a person reads it.
    [[nodiscard]] virtual std::string display(std::string_view token) const = 0;
};

class Decoder {
public:
    virtual ~Decoder() = default;
    [[nodiscard]] virtual std::string decode(const std::vector<std::string_view> &tokens) const = 0;
};

// Canonical decomposition (NFD) in place.
void decompose(NormalizedText &text);

// Unicode lowercase, one code point at a time.
void lowercase(NormalizedText &text);

// The same, but a capital sigma at the end of a word becomes a final one (as Python's str.lower does it).
void lowercaseWords(NormalizedText &text);

// Words between the characters for which `isSpace` holds.
[[nodiscard]] std::vector<Word> wordsBetween(const NormalizedText &text, bool (*isSpace)(char32_t));

} // namespace engine::text
