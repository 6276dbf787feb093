// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/token_trie.h"

namespace engine::text {

namespace {

std::uint64_t edge(std::uint32_t node, char32_t c)
{
    return (std::uint64_t{node} << 32U) | c;
}

} // namespace

void TokenTrie::add(std::u32string_view token)
{
    const std::size_t index = m_added++;
    if (token.empty())
        return;
    std::uint32_t node = 0;
    for (const char32_t c : token) {
        const auto [found, isNew] = m_edges.emplace(edge(node, c), static_cast<std::uint32_t>(m_ends.size()));
        if (isNew)
            m_ends.emplace_back();
        node = found->second;
    }
    if (!m_ends[node])
        m_ends[node] = index;
}

std::uint32_t TokenTrie::child(std::uint32_t node, char32_t c) const
{
    const auto found = m_edges.find(edge(node, c));
    return found == m_edges.end() ? 0 : found->second;
}

std::optional<TokenTrie::Match> TokenTrie::longest(const NormalizedText &text, std::size_t at) const
{
    std::optional<Match> best;
    std::uint32_t node = 0;
    for (std::size_t k = at; k < text.size(); ++k) {
        node = child(node, text[k].value);
        if (node == 0)
            break;
        if (m_ends[node])
            best = Match{.length = k + 1 - at, .index = *m_ends[node]};
    }
    return best;
}

std::optional<TokenTrie::Match> TokenTrie::shortest(const NormalizedText &text, std::size_t at) const
{
    std::uint32_t node = 0;
    for (std::size_t k = at; k < text.size(); ++k) {
        node = child(node, text[k].value);
        if (node == 0)
            break;
        if (m_ends[node])
            return Match{.length = k + 1 - at, .index = *m_ends[node]};
    }
    return std::nullopt;
}

} // namespace engine::text
