// SPDX-License-Identifier: GPL-3.0-or-later
#include "tasks/text_stream.h"

#include <algorithm>
#include <string_view>

namespace engine::tasks {
namespace {

constexpr std::size_t kContext = 6;                       // tokens before the new ones that may change how these read
constexpr std::string_view kReplacement = "\xEF\xBF\xBD"; // U+FFFD, what an incomplete character decodes to

// The length that both have in common, at the border of a character.
std::size_t commonLength(std::string_view a, std::string_view b)
{
    auto length = static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
    const auto isInside = [&](std::size_t i) {
        constexpr unsigned char kMask = 0xC0;
        return i < b.size() && (static_cast<unsigned char>(b[i]) & kMask) == 0x80U;
    };
    while (length > 0 && isInside(length))
        --length;
    return length;
}

} // namespace

TextStream::TextStream(const Tokenizer &tokenizer, std::span<const std::int64_t> prompt) : m_tokenizer(tokenizer)
{
    const auto context = prompt.last(std::min(prompt.size(), kContext));
    m_ids.assign(context.begin(), context.end());
    m_shown = m_ids.size();
}

std::string TextStream::decoded(std::size_t end) const
{
    return m_tokenizer.decode(std::span(m_ids).first(end), {.skipSpecialTokens = true});
}

std::string TextStream::added()
{
    const std::string before = decoded(m_shown);
    const std::string now = decoded(m_ids.size());
    if (m_ids.size() > kContext)
        m_ids.erase(m_ids.begin(), m_ids.end() - static_cast<std::ptrdiff_t>(kContext));
    m_shown = m_ids.size();
    return now.substr(commonLength(before, now));
}

std::string TextStream::push(std::int64_t id)
{
    constexpr std::size_t kLongestCharacter = 4; // bytes, hence byte tokens; more than that is no character to come
    m_ids.push_back(id);
    const bool isWaiting = m_ids.size() - m_shown < kLongestCharacter;
    if (isWaiting && decoded(m_ids.size()).ends_with(kReplacement))
        return {};
    return added();
}

std::string TextStream::rest()
{
    return m_shown == m_ids.size() ? std::string() : added();
}

} // namespace engine::tasks
