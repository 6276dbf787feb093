// SPDX-License-Identifier: GPL-3.0-or-later
// SentencePiece's form of byte-pair encoding: two neighbours merge when their joined text is a piece, the best score
// first, then the one furthest left.
#pragma once

#include "text/byte_trie.h"
#include "text/stages.h"
#include "text/vocabulary.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace engine::text {

class SentencePieceBpe final : public SubwordModel {
public:
    enum class Use {
        Result,
        Whole,    // never cut, never merged: taken wherever it stands, the longest first
        OnTheWay, // merges, but a result is cut again into the two that made it
    };
    struct Rule {
        float score = 0.0F;
        Use use = Use::Result;
    };
    // rules[i] belongs to token i. `unknown`: id of a character that is no token. Argument error unless there is one
    // rule a token.
    SentencePieceBpe(std::shared_ptr<const Vocabulary> vocabulary, std::vector<Rule> rules, std::int64_t unknown);

    // O(n log n) for n characters. Neighbours that are unknown become one piece.
    void tokenize(std::span<const Character> word, std::vector<Piece> &pieces) const override;
    void weigh(std::span<const Character> word, Weighed &out) const override;
    [[nodiscard]] std::string kind() const override { return "BPE"; }
    [[nodiscard]] std::string display(std::string_view token) const override;

private:
    class Work;

    [[nodiscard]] const Rule &rule(std::int64_t id) const { return m_rules[static_cast<std::size_t>(id)]; }

    std::shared_ptr<const Vocabulary> m_vocabulary;
    std::vector<Rule> m_rules;
    std::int64_t m_unknown = 0;
    std::unique_ptr<const ByteTrie> m_whole;
};

} // namespace engine::text
