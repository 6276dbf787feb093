// SPDX-License-Identifier: GPL-3.0-or-later
// What a normaliser replaces and a pre-tokeniser splits at: a literal text or a regular expression.
#pragma once

#include "text/stages.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace engine::text {

// [begin, end) of a text: a match, or what lies between two matches.
struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
    bool isMatch = false;
};

class Pattern {
public:
    virtual ~Pattern() = default;
    // The text cut at all matches from the left, without overlap; nothing for an empty text.
    [[nodiscard]] virtual std::vector<Span> spans(const NormalizedText &text) const = 0;
};

// Argument error for an empty text.
[[nodiscard]] std::unique_ptr<const Pattern> literalPattern(std::u32string_view literal);

// Argument error when it is not a regular expression. Matching raises an Argument error where the expression
// backtracks without end. `expression` is UTF-8.
[[nodiscard]] std::unique_ptr<const Pattern> regularPattern(const std::string &expression);

// The spans between which nothing is split, by a condition on single characters.
template <typename Condition> std::vector<Span> spansOf(const NormalizedText &text, Condition isMatch)
{
    std::vector<Span> spans;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (!isMatch(text[at].value))
            continue;
        if (at > begin)
            spans.push_back({.begin = begin, .end = at});
        spans.push_back({.begin = at, .end = at + 1, .isMatch = true});
        begin = at + 1;
    }
    if (begin < text.size())
        spans.push_back({.begin = begin, .end = text.size()});
    return spans;
}

} // namespace engine::text
