// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/language_code.h"

#include <algorithm>
#include <optional>

namespace engine::text {

namespace {

struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
};

bool isPair(std::span<const Character> text, std::size_t at, char32_t mark)
{
    return at + 1 < text.size() && text[at].value == mark && text[at + 1].value == mark;
}

// The regular expression >>.+<< in text without line breaks.
std::optional<Range> codeIn(std::span<const Character> line)
{
    constexpr std::size_t kMark = 2;
    std::size_t begin = 0;
    while (begin < line.size() && !isPair(line, begin, U'>'))
        ++begin;
    for (std::size_t end = line.size(); end > begin + 2 * kMark; --end)
        if (isPair(line, end - kMark, U'<'))
            return Range{.begin = begin, .end = end};
    return std::nullopt;
}

} // namespace

std::vector<Word> LanguageCodeSplitter::split(NormalizedText &text) const
{
    NormalizedText code;
    NormalizedText rest;
    rest.reserve(text.size());
    const auto append = [](NormalizedText &to, std::span<const Character> from) {
        to.insert(to.end(), from.begin(), from.end());
    };
    for (std::size_t at = 0; at < text.size();) {
        const auto lineBreak =
            std::ranges::find(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), U'\n', &Character::value);
        const auto end = static_cast<std::size_t>(lineBreak - text.begin());
        const std::span<const Character> line = std::span<const Character>(text).subspan(at, end - at);
        if (const auto found = codeIn(line)) {
            if (at + found->begin == 0)
                append(code, line.first(found->end));
            append(rest, line.first(found->begin));
            append(rest, line.subspan(found->end));
        } else {
            append(rest, line);
        }
        if (end < text.size())
            rest.push_back(text[end]);
        at = end + 1;
    }
    std::vector<Word> words;
    if (!code.empty())
        words.push_back({.begin = 0, .end = code.size(), .isWhole = true});
    for (Word word : m_rest->split(rest)) {
        word.begin += code.size();
        word.end += code.size();
        words.push_back(word);
    }
    text = std::move(code);
    append(text, rest);
    return words;
}

} // namespace engine::text
