// SPDX-License-Identifier: GPL-3.0-or-later
// Byte-pair encoding over the characters of words, where the last symbol of a word is marked (Sennrich et al. 2016).
#pragma once

#include "text/bpe.h"
#include "text/stages.h"
#include "text/vocabulary.h"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace engine::text {

class WordBpe final : public SubwordModel {
public:
    // How the vocabulary writes the pieces of a word; merges always mark the end of a word by "</w>".
    enum class Spelling {
        EndOfWord,    // "lo", "w</w>"
        Continuation, // "lo@@", "w"
    };
    struct Options {
        Spelling spelling = Spelling::EndOfWord;
        std::int64_t unknown = 0;
    };
    WordBpe(std::shared_ptr<const Vocabulary> vocabulary, Options options);

    // The next merge by rank. What it joins and makes need not be in the vocabulary.
    void add(std::string_view left, std::string_view right);

    void tokenize(std::span<const Character> word, std::vector<Piece> &pieces) const override;
    void weigh(std::span<const Character> word, Weighed &out) const override;
    [[nodiscard]] std::string spelling(std::span<const Character> word, const Piece &piece) const override;
    [[nodiscard]] std::string kind() const override { return "BPE"; }
    [[nodiscard]] std::string display(std::string_view token) const override;

private:
    [[nodiscard]] std::int64_t symbol(std::string_view text) const; // −1: in no merge
    std::int64_t internedSymbol(std::string text);
    [[nodiscard]] std::vector<BpeSymbol> merged(std::span<const Character> word, std::vector<BpeStep> *steps) const;

    std::shared_ptr<const Vocabulary> m_vocabulary;
    Options m_options;
    BpeMerges m_merges;
    std::unordered_map<std::string, std::int64_t> m_symbols; // of the merges, whatever the vocabulary has
};

// \S+\n? : words between white space; a line break right behind a word belongs to it.
class LineWordPreTokenizer final : public PreTokenizer {
public:
    [[nodiscard]] std::vector<Word> split(NormalizedText &text) const override;
};

// "word</w>" ends in a space, all else is joined.
class EndOfWordDecoder final : public Decoder {
public:
    [[nodiscard]] std::string decode(const std::vector<std::string_view> &tokens) const override;
};

// "wo@@ rd" is one word.
class ContinuationDecoder final : public Decoder {
public:
    [[nodiscard]] std::string decode(const std::vector<std::string_view> &tokens) const override;
};

} // namespace engine::text
