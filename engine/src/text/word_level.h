// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "text/stages.h"
#include "text/vocabulary.h"

#include <memory>

namespace engine::text {

// Each word is one token or the unknown one.
class WordLevel final : public SubwordModel {
public:
    WordLevel(std::shared_ptr<const Vocabulary> vocabulary, std::int64_t unknown)
        : m_vocabulary(std::move(vocabulary)), m_unknown(unknown)
    {
    }

    void tokenize(std::span<const Character> word, std::vector<Piece> &pieces) const override
    {
        pieces.push_back({.id = m_vocabulary->id(utf8(word)).value_or(m_unknown),
                          .begin = 0,
                          .end = static_cast<std::uint32_t>(word.size())});
    }
    [[nodiscard]] std::string kind() const override { return "word level"; }
    [[nodiscard]] std::string display(std::string_view token) const override { return std::string(token); }

private:
    std::shared_ptr<const Vocabulary> m_vocabulary;
    std::int64_t m_unknown;
};

} // namespace engine::text
