// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/stages.h"

#include "engine/error.h"
#include "text/unicode.h"

#include <algorithm>
#include <iterator>
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

// The Final_Sigma condition of the Unicode standard (table 3-17): a cased letter before it and none behind it.
void lowercaseWords(NormalizedText &text)
{
    constexpr char32_t kCapitalSigma = 0x3A3;
    constexpr char32_t kFinalSigma = 0x3C2;
    const auto isCasedAt = [&](auto at, auto end) {
        const auto found = std::find_if_not(at, end, [](const Character &c) { return isCaseIgnorable(c.value); });
        return found != end && isCased(found->value);
    };
    std::vector<std::size_t> finals;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at].value != kCapitalSigma)
            continue;
        const auto here = text.begin() + static_cast<std::ptrdiff_t>(at);
        if (isCasedAt(std::make_reverse_iterator(here), text.rend()) && !isCasedAt(here + 1, text.end()))
            finals.push_back(at);
    }
    for (const std::size_t at : finals)
        text[at].value = kFinalSigma;
    lowercase(text);
}

std::vector<Word> wordsBetween(const NormalizedText &text, bool (*isSpace)(char32_t))
{
    std::vector<Word> words;
    std::size_t begin = 0;
    for (std::size_t at = 0; at <= text.size(); ++at) {
        if (at < text.size() && !isSpace(text[at].value))
            continue;
        if (at > begin)
            words.push_back({.begin = begin, .end = at});
        begin = at + 1;
    }
    return words;
}

} // namespace engine::text
