// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/stages.h"

#include "engine/error.h"
#include "text/unicode.h"

#include <algorithm>
#include <limits>

namespace engine::text {

NormalizedText alignedText(std::u32string_view source)
{
    if (source.size() >= std::numeric_limits<std::uint32_t>::max())
        failArgument("the text has " + std::to_string(source.size()) + " characters, more than a tokenizer takes");
    NormalizedText text;
    text.reserve(source.size());
    for (std::uint32_t at = 0; at < source.size(); ++at)
        text.push_back({.value = source[at], .begin = at, .end = at + 1});
    return text;
}

std::u32string plain(std::span<const Character> characters)
{
    std::u32string out;
    out.reserve(characters.size());
    for (const Character &c : characters)
        out.push_back(c.value);
    return out;
}

std::string utf8(std::span<const Character> characters)
{
    std::string out;
    out.reserve(characters.size());
    for (const Character &c : characters)
        appendUtf8(out, c.value);
    return out;
}

void lowercase(NormalizedText &text)
{
    NormalizedText out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const Lowercase lower = lowercase(text[at].value);
        if (lower.second != 0 && out.empty()) {
            out.reserve(text.size() + 1);
            out.assign(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at));
        }
        text[at].value = lower.first;
        if (lower.second != 0 || !out.empty()) {
            out.push_back(text[at]);
            if (lower.second != 0)
                out.push_back({.value = lower.second, .begin = text[at].begin, .end = text[at].end});
        }
    }
    if (!out.empty())
        text = std::move(out);
}

} // namespace engine::text
