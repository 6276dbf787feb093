// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/substitution.h"

#include "text/unicode.h"

#include <algorithm>

namespace engine::text {

namespace {

bool startsWith(std::span<const Character> text, std::u32string_view what)
{
    if (text.size() < what.size())
        return false;
    for (std::size_t at = 0; at < what.size(); ++at)
        if (text[at].value != what[at])
            return false;
    return true;
}

} // namespace

void replaceAll(NormalizedText &text, std::u32string_view from, std::u32string_view to)
{
    const auto begins = [&](const Character &c) { return c.value == from.front(); };
    const auto first = std::ranges::find_if(text, begins);
    if (first == text.end())
        return;
    NormalizedText out(text.begin(), first);
    for (auto at = static_cast<std::size_t>(first - text.begin()); at < text.size();) {
        if (!startsWith(std::span(text).subspan(at), from)) {
            out.push_back(text[at++]);
            continue;
        }
        const Character whole = {.begin = text[at].begin, .end = text[at + from.size() - 1].end};
        for (const char32_t c : to)
            appendLike(out, c, whole);
        at += from.size();
    }
    text = std::move(out);
}

void collapse(NormalizedText &text, bool (*isSpace)(char32_t))
{
    std::size_t size = 0;
    bool isInRun = false;
    for (const Character &c : text) {
        const bool isOne = isSpace(c.value);
        if (isOne && isInRun)
            continue;
        isInRun = isOne;
        text[size] = c;
        if (isOne)
            text[size].value = U' ';
        ++size;
    }
    text.resize(size);
}

void strip(NormalizedText &text)
{
    const auto isLetter = [](const Character &c) { return !isPythonSpace(c.value); };
    text.erase(std::find_if(text.rbegin(), text.rend(), isLetter).base(), text.end());
    text.erase(text.begin(), std::ranges::find_if(text, isLetter));
}

} // namespace engine::text
