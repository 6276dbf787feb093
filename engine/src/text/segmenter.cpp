// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/segmenter.h"

#include "text/unicode.h"

#include <algorithm>

namespace engine::text {

namespace {

NormalizedText slice(const NormalizedText &text, std::size_t begin, std::size_t end)
{
    return {text.begin() + static_cast<std::ptrdiff_t>(begin), text.begin() + static_cast<std::ptrdiff_t>(end)};
}

void stripLeft(NormalizedText &text)
{
    const auto first = std::ranges::find_if_not(text, [](const Character &c) { return isPythonSpace(c.value); });
    text.erase(text.begin(), first);
}

void stripRight(NormalizedText &text)
{
    while (!text.empty() && isPythonSpace(text.back().value))
        text.pop_back();
}

} // namespace

LegacySegmenter::LegacySegmenter(Options options) : m_options(std::move(options))
{
    for (const Token &token : m_options.tokens)
        m_trie.add(token.content);
}

NormalizedText LegacySegmenter::lowered(const NormalizedText &text) const
{
    NormalizedText out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        if (const auto match = m_trie.shortest(text, at)) {
            out.insert(out.end(), text.begin() + static_cast<std::ptrdiff_t>(at),
                       text.begin() + static_cast<std::ptrdiff_t>(at + match->length));
            at += match->length;
            continue;
        }
        const Character &c = text[at++];
        const Lowercase lower = lowercase(c.value);
        out.push_back({.value = lower.first, .begin = c.begin, .end = c.end});
        if (lower.second != 0)
            out.push_back({.value = lower.second, .begin = c.begin, .end = c.end});
    }
    return out;
}

std::vector<Segment> LegacySegmenter::cut(NormalizedText text) const
{
    const bool beginsWithWord = !text.empty() && !isPythonSpace(text.front().value);
    if (m_options.prefix == PrefixSpace::Always || (m_options.prefix == PrefixSpace::BeforeWords && beginsWithWord))
        text.insert(text.begin(), {.value = U' ', .begin = 0, .end = 0});
    if (m_options.lowersCase)
        text = lowered(text);
    std::vector<Segment> segments;
    bool stripsNext = false;
    const auto addText = [&](std::size_t begin, std::size_t end, bool stripsEnd) {
        NormalizedText part = slice(text, begin, end);
        if (stripsNext)
            stripLeft(part);
        if (stripsEnd)
            stripRight(part);
        if (!part.empty())
            segments.push_back({.text = std::move(part)});
    };
    std::size_t begin = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto match = m_trie.longest(text, at);
        if (!match) {
            ++at;
            continue;
        }
        const Token &token = m_options.tokens[match->index];
        addText(begin, at, token.stripsLeft);
        segments.push_back({.text = slice(text, at, at + match->length), .id = token.id});
        at += match->length;
        begin = at;
        stripsNext = token.stripsRight;
    }
    addText(begin, text.size(), false);
    return segments;
}

JsonSegmenter::JsonSegmenter(const std::vector<Token> &tokens, std::shared_ptr<const Normalizer> normalizer)
    : m_normalizer(std::move(normalizer))
{
    for (const Token &token : tokens) {
        NormalizedText content = alignedText(decodeUtf8(token.token.content));
        if (token.token.isNormalized && m_normalizer)
            m_normalizer->apply(content);
        Matcher &matcher = token.token.isNormalized ? m_normalized : m_raw;
        matcher.tokens.push_back(token);
        matcher.trie.add(plain(content));
    }
}

void JsonSegmenter::Matcher::cut(const NormalizedText &text, std::vector<Segment> &segments) const
{
    std::size_t done = 0;
    const auto addText = [&](std::size_t end) {
        if (end > done)
            segments.push_back({.text = slice(text, done, end)});
    };
    for (std::size_t at = 0; at < text.size();) {
        const auto match = trie.longest(text, at);
        if (!match) {
            ++at;
            continue;
        }
        std::size_t begin = at;
        std::size_t end = at + match->length;
        at = end;
        const Token &found = tokens[match->index];
        if (found.token.isSingleWord && ((begin > 0 && isWordCharacter(text[begin - 1].value)) ||
                                         (end < text.size() && isWordCharacter(text[end].value))))
            continue;
        while (found.token.stripsLeft && begin > done && isWhiteSpace(text[begin - 1].value))
            --begin;
        while (found.token.stripsRight && end < text.size() && isWhiteSpace(text[end].value))
            ++end;
        // White space that the token before has taken is not taken twice.
        begin = std::max(begin, done);
        if (end <= done)
            continue;
        addText(begin);
        segments.push_back({.text = slice(text, begin, end), .id = found.id});
        done = end;
        at = std::max(at, done);
    }
    addText(text.size());
}

std::vector<Segment> JsonSegmenter::cut(NormalizedText text) const
{
    std::vector<Segment> raw;
    m_raw.cut(text, raw);
    std::vector<Segment> segments;
    for (Segment &segment : raw) {
        if (segment.id) {
            segments.push_back(std::move(segment));
            continue;
        }
        if (m_normalizer)
            m_normalizer->apply(segment.text);
        m_normalized.cut(segment.text, segments);
    }
    return segments;
}

} // namespace engine::text
