// SPDX-License-Identifier: GPL-3.0-or-later
// SentencePiece's precompiled charsmap as the Rust library applies it.
#pragma once

#include "text/stages.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::text {

// A double array trie (darts-clone's layout) from byte strings to replacements, which lie in one text with a zero byte
// after each. Any bytes are safe to search in.
class CharactersMap {
public:
    // The bytes of `precompiled_charsmap`: the trie's size in bytes (32 bits), the trie, the replacements; all numbers
    // little endian. Argument error when they do not fit together.
    explicit CharactersMap(std::string_view bytes);

    struct Match {
        std::size_t length = 0; // of the key, in bytes
        std::string_view replacement;
    };
    // The longest key that `text` begins with.
    [[nodiscard]] std::optional<Match> longestMatch(std::string_view text) const;

    // Replacement of the shortest key that `text` begins with.
    [[nodiscard]] std::optional<std::string_view> shortestMatch(std::string_view text) const;

private:
    // The keys that `text` begins with, the shortest first, until `visit` returns false.
    template <typename Visit> void visitMatches(std::string_view text, Visit visit) const;

    std::vector<std::uint32_t> m_units;
    std::string m_replacements;
};

// A grapheme cluster of less than six bytes is replaced as a whole where a key begins it; the others character by
// character.
class PrecompiledNormalizer final : public Normalizer {
public:
    explicit PrecompiledNormalizer(CharactersMap map);
    void apply(NormalizedText &text) const override;

private:
    [[nodiscard]] bool isUntouched(const NormalizedText &text) const;

    CharactersMap m_map;
    std::array<bool, 128> m_changesAscii = {};
};

} // namespace engine::text
