// SPDX-License-Identifier: GPL-3.0-or-later
// WordPiece: greedy longest match from the left (Wu et al. 2016; Devlin et al. 2019).
#pragma once

#include "text/stages.h"
#include "text/vocabulary.h"

#include <memory>

namespace engine::text {

struct WordPieceOptions {
    std::int64_t unknown = 0;      // id of a word that cannot be put together
    std::string prefix = "##";     // of pieces inside a word
    std::size_t longestWord = 100; // characters; longer words are unknown
};

class WordPiece final : public SubwordModel {
public:
    WordPiece(std::shared_ptr<const Vocabulary> vocabulary, WordPieceOptions options);

    void tokenize(std::span<const Character> word, std::vector<Piece> &pieces) const override;
    [[nodiscard]] std::string kind() const override { return "WordPiece"; }
    [[nodiscard]] std::string display(std::string_view token) const override;

private:
    std::shared_ptr<const Vocabulary> m_vocabulary;
    WordPieceOptions m_options;
};

// " ".join, then the prefix is glued; white space around the text goes (the Python class).
class WordPieceJoiner final : public Decoder {
public:
    explicit WordPieceJoiner(std::string prefix) : m_prefix(std::move(prefix)) {}
    [[nodiscard]] std::string decode(const std::vector<std::string_view> &tokens) const override;

private:
    std::string m_prefix;
};

} // namespace engine::text
