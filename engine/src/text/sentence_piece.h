// SPDX-License-Identifier: GPL-3.0-or-later
// A SentencePiece model as a stage: pieces of the file, then ids of the tokenizer.
#pragma once

#include "text/sentence_piece_file.h"
#include "text/stages.h"
#include "text/vocabulary.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace engine::text {

class SentencePiece final : public SubwordModel {
public:
    struct Options {
        std::shared_ptr<const Vocabulary> vocabulary; // the tokenizer's: a piece has the id of its text there
        std::int64_t unknown = 0;                     // id of a piece that is not in it
        // A piece that ends in a digit and a comma is cut before the comma, and its front is normalised by this and cut
        // anew; null: it stays.
        std::shared_ptr<const Normalizer> cutsNumbers = {};
    };
    SentencePiece(std::shared_ptr<const SentencePieceFile> file, Options options);

    // `word` is a whole normalised text. Neighbours that are unknown become one token.
    void tokenize(std::span<const Character> word, std::vector<Piece> &pieces) const override;
    // What the model's own pieces weigh, under the tokenizer's ids.
    void weigh(std::span<const Character> word, Weighed &out) const override;
    [[nodiscard]] std::string kind() const override;
    [[nodiscard]] std::string display(std::string_view token) const override;

private:
    void addUnknown(std::span<const Character> word, Piece piece, std::vector<Piece> &pieces) const;
    void addNumber(std::span<const Character> word, const Piece &piece, std::vector<Piece> &pieces) const;
    [[nodiscard]] std::int64_t idOf(std::span<const Character> text) const;

    std::shared_ptr<const SentencePieceFile> m_file;
    Options m_options;
    std::unique_ptr<const SubwordModel> m_algorithm; // its ids are places in the file
    std::vector<std::int64_t> m_ids;                 // by piece
};

// ids by the text of each piece; `unknown` where the vocabulary lacks it.
[[nodiscard]] std::vector<std::int64_t> idsOfPieces(const SentencePieceFile &file, const Vocabulary &vocabulary,
                                                    std::int64_t unknown);

} // namespace engine::text
