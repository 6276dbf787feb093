// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/vocabulary.h"

#include "engine/error.h"

#include <algorithm>

namespace engine::text {

Vocabulary::Vocabulary(std::vector<std::string> tokens) : m_tokens(std::move(tokens))
{
    m_ids.reserve(m_tokens.size());
    for (std::size_t at = 0; at < m_tokens.size(); ++at) {
        if (m_tokens[at].empty())
            continue;
        if (!m_ids.emplace(m_tokens[at], static_cast<std::int64_t>(at)).second)
            failInternal("a vocabulary with the token \"" + m_tokens[at] + "\" twice");
        m_longest = std::max(m_longest, m_tokens[at].size());
    }
}

std::optional<std::int64_t> Vocabulary::id(std::string_view token) const
{
    const auto found = m_ids.find(token);
    if (found == m_ids.end())
        return std::nullopt;
    return found->second;
}

std::string_view Vocabulary::token(std::int64_t id) const noexcept
{
    if (id < 0 || id >= idEnd())
        return {};
    return m_tokens[static_cast<std::size_t>(id)];
}

} // namespace engine::text
