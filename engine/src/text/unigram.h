// SPDX-License-Identifier: GPL-3.0-or-later
// The unigram language model's best segmentation (Kudo 2018): Viterbi over all pieces that occur in a word.
#pragma once

#include "text/byte_trie.h"
#include "text/stages.h"
#include "text/vocabulary.h"

#include <memory>
#include <optional>
#include <vector>

namespace engine::text {

class Unigram final : public SubwordModel {
public:
    // SentencePiece keeps the sums of scores in single precision, the Rust library in double precision: it decides
    // between near ties.
    enum class Sums { Single, Double };
    struct Options {
        std::int64_t unknown = 0;                // id of a character that no piece covers; neighbours become one token
        std::optional<double> unknownScore = {}; // of such a character; empty: 10 less than the least score
        Sums sums = Sums::Double;
    };
    // scores[i] is the log probability of token i.
    // Argument error unless there is one finite score a token.
    Unigram(std::shared_ptr<const Vocabulary> vocabulary, std::vector<double> scores, Options options);

    // The best path, from the left the first where two are equal, as the Rust library chooses. Linear in the word's
    // length; a place costs as much as the longest piece.
    void tokenize(std::span<const Character> word, std::vector<Piece> &pieces) const override;
    [[nodiscard]] std::string kind() const override { return "unigram"; }
    [[nodiscard]] std::string display(std::string_view token) const override;

    // Every piece that occurs in the word, and an unknown one where no piece covers a character alone; in the order of
    // their places. tokenize() chooses the path of the largest sum among them.
    void weigh(std::span<const Character> word, Weighed &out) const override;

private:
    template <typename Visit> void visitEdges(std::span<const Character> word, Visit visit) const;

    std::shared_ptr<const Vocabulary> m_vocabulary;
    std::vector<double> m_scores;
    Options m_options;
    double m_unknownScore = 0.0;
    std::unique_ptr<const ByteTrie> m_trie;
};

} // namespace engine::text
