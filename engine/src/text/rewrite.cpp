// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/rewrite.h"

#include <algorithm>

namespace engine::text {

NormalizedText rewritten(const NormalizedText &text, std::span<const Rewritten> characters)
{
    NormalizedText out;
    out.reserve(characters.size());
    std::size_t next = 0; // old character
    for (const Rewritten &c : characters) {
        Character to = {.value = c.value};
        if (c.change > 0 && next == 0) {
            to.begin = to.end = text.empty() ? 0 : text.front().begin;
        } else if (!text.empty()) {
            const Character &from = text[std::min(c.change > 0 ? next - 1 : next, text.size() - 1)];
            to.begin = from.begin;
            to.end = from.end;
        }
        out.push_back(to);
        if (c.change <= 0)
            next = std::min(next + 1 + static_cast<std::size_t>(-c.change), text.size());
    }
    return out;
}

void appendReplacement(std::vector<Rewritten> &out, std::u32string_view characters, std::size_t oldCount)
{
    for (std::size_t at = 0; at < characters.size(); ++at)
        out.push_back({.value = characters[at], .change = at < oldCount ? 0 : 1});
    if (characters.size() < oldCount && !out.empty())
        out.back().change -= static_cast<std::int32_t>(oldCount - characters.size());
}

} // namespace engine::text
