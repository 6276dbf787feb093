// SPDX-License-Identifier: GPL-3.0-or-later
#include "tasks/stop_strings.h"

#include <algorithm>

namespace engine::tasks {

StopStrings::StopStrings(const Source &source) : m_source(source)
{
    for (const auto &string : source.strings)
        m_longest = std::max(m_longest, string.size());
}

bool StopStrings::endsRow(std::span<const std::int64_t> ids) const
{
    constexpr std::size_t kContext = 6; // tokens before the new ones that may change how these read
    if (ids.size() <= m_source.promptLength)
        return false;
    // A token may stand for no text at all, but hardly for several in a row: twice as many tokens as bytes will do.
    const std::size_t fresh = std::min(ids.size() - m_source.promptLength, 2 * m_longest + kContext);
    const std::size_t before = std::min(ids.size() - fresh, kContext);
    const DecodeOptions options{.skipSpecialTokens = true};
    const auto tail = ids.last(before + fresh);
    const std::string known = m_source.tokenizer.decode(tail.first(before), options);
    const std::string all = m_source.tokenizer.decode(tail, options);
    const auto same = static_cast<std::size_t>(std::ranges::mismatch(known, all).in2 - all.begin());
    const std::string_view added = std::string_view(all).substr(same);
    return cut(added).size() < added.size() ||
           std::ranges::any_of(m_source.strings, [&](const auto &string) { return added.ends_with(string); });
}

std::function<bool(std::span<const std::int64_t>)> StopStrings::check() const
{
    if (m_source.strings.empty())
        return {};
    return [this](std::span<const std::int64_t> ids) { return endsRow(ids); };
}

std::string_view StopStrings::cut(std::string_view newText) const
{
    std::size_t end = newText.size();
    for (const auto &string : m_source.strings)
        if (const auto at = newText.find(string); at != std::string_view::npos)
            end = std::min(end, at + string.size());
    return newText.substr(0, end);
}

} // namespace engine::tasks
