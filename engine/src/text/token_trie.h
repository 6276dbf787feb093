// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "text/stages.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace engine::text {

// Finds which of a few strings stands at a place of a text.
class TokenTrie {
public:
    struct Match {
        std::size_t length = 0;
        std::size_t index = 0; // of the string, in the order of add()
    };

    // An empty string is ignored; of equal strings the first one counts.
    void add(std::u32string_view token);
    [[nodiscard]] std::optional<Match> longest(const NormalizedText &text, std::size_t at) const;
    [[nodiscard]] std::optional<Match> shortest(const NormalizedText &text, std::size_t at) const;

private:
    [[nodiscard]] std::uint32_t child(std::uint32_t node, char32_t c) const; // 0: none
    std::unordered_map<std::uint64_t, std::uint32_t> m_edges;                // key: node, code point
    std::vector<std::optional<std::size_t>> m_ends = {std::nullopt};         // by node
    std::size_t m_added = 0;
};

} // namespace engine::text
