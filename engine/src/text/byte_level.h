// SPDX-License-Identifier: GPL-3.0-or-later
// GPT-2's tokenizer: a text is split by a pattern, each part is byte-pair encoded over its UTF-8 bytes
// (Radford et al. 2019). Bytes stand in the vocabulary as printable characters.
#pragma once

#include "text/bpe.h"
#include "text/stages.h"
#include "text/vocabulary.h"

#include <array>
#include <memory>
#include <optional>

namespace engine::text {

// The printable character of each byte: ASCII and Latin-1 symbols are themselves, the others follow from U+0100 on.
[[nodiscard]] const std::array<char32_t, 256> &byteCharacters();

// The bytes that a token of such a vocabulary stands for; a token with any other character stands for its own UTF-8.
[[nodiscard]] std::string tokenBytes(std::string_view token);

class ByteLevelPreTokenizer final : public PreTokenizer {
public:
    struct Options {
        bool addsPrefixSpace = false; // in front of a part that does not begin with " "
        bool usesPattern = true;      // false: the text is one word
    };
    explicit ByteLevelPreTokenizer(Options options) : m_options(options) {}
    [[nodiscard]] std::vector<Word> split(NormalizedText &text) const override;

private:
    Options m_options;
};

class ByteLevelBpe final : public SubwordModel {
public:
    struct Options {
        // Id of what is not in the vocabulary; empty: it is left out.
        std::optional<std::int64_t> unknown = {};
    };
    ByteLevelBpe(std::shared_ptr<const Vocabulary> vocabulary, BpeMerges merges, Options options);

    void tokenize(std::span<const Character> word, std::vector<Piece> &pieces) const override;
    void weigh(std::span<const Character> word, Weighed &out) const override;
    [[nodiscard]] std::string kind() const override { return "byte-level BPE"; }
    [[nodiscard]] std::string display(std::string_view token) const override;

private:
    void merge(std::span<const Character> word, std::vector<Piece> &pieces, std::vector<BpeStep> *steps) const;

    std::shared_ptr<const Vocabulary> m_vocabulary;
    BpeMerges m_merges;
    std::array<std::int64_t, 256> m_byteIds = {}; // −1: the byte is not in the vocabulary
    Options m_options;
};

class ByteLevelDecoder final : public Decoder {
public:
    [[nodiscard]] std::string decode(const std::vector<std::string_view> &tokens) const override;
};

} // namespace engine::text
