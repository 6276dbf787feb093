// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/pre_tokenizers.h"

#include "text/unicode.h"

#include <algorithm>

namespace engine::text {

namespace {

std::vector<Word> mergedWithPrevious(const std::vector<Span> &spans)
{
    std::vector<Word> words;
    bool wasMatch = false;
    for (const Span &span : spans) {
        if (span.isMatch && !wasMatch && !words.empty())
            words.back().end = span.end;
        else
            words.push_back({.begin = span.begin, .end = span.end});
        wasMatch = span.isMatch;
    }
    return words;
}

std::vector<Word> mergedWithNext(const std::vector<Span> &spans)
{
    std::vector<Word> words;
    bool wasMatch = false;
    for (auto span = spans.rbegin(); span != spans.rend(); ++span) {
        if (span->isMatch && !wasMatch && !words.empty())
            words.back().begin = span->begin;
        else
            words.push_back({.begin = span->begin, .end = span->end});
        wasMatch = span->isMatch;
    }
    std::ranges::reverse(words);
    return words;
}

std::vector<Word> contiguous(const std::vector<Span> &spans)
{
    std::vector<Word> words;
    bool wasMatch = false;
    for (const Span &span : spans) {
        if (span.isMatch == wasMatch && !words.empty())
            words.back().end = span.end;
        else
            words.push_back({.begin = span.begin, .end = span.end});
        wasMatch = span.isMatch;
    }
    return words;
}

} // namespace

std::vector<Word> wordsOf(const std::vector<Span> &spans, Delimiters delimiters)
{
    std::vector<Word> words;
    switch (delimiters) {
    case Delimiters::Contiguous:
        words = contiguous(spans);
        break;
    case Delimiters::MergedWithPrevious:
        words = mergedWithPrevious(spans);
        break;
    case Delimiters::MergedWithNext:
        words = mergedWithNext(spans);
        break;
    case Delimiters::Removed:
    case Delimiters::Isolated:
        words.reserve(spans.size());
        for (const Span &span : spans)
            if (!span.isMatch || delimiters == Delimiters::Isolated)
                words.push_back({.begin = span.begin, .end = span.end});
        break;
    }
    std::erase_if(words, [](const Word &word) { return word.begin == word.end; });
    return words;
}

std::vector<Word> PreTokenizerSequence::split(NormalizedText &text) const
{
    std::vector<Word> words = WholeText().split(text);
    NormalizedText part;
    for (const auto &preTokenizer : m_parts) {
        NormalizedText out;
        out.reserve(text.size() + text.size() / 4);
        std::vector<Word> next;
        next.reserve(words.size());
        for (const Word &word : words) {
            part.assign(text.begin() + static_cast<std::ptrdiff_t>(word.begin),
                        text.begin() + static_cast<std::ptrdiff_t>(word.end));
            for (const Word &inner : preTokenizer->split(part))
                next.push_back({.begin = out.size() + inner.begin, .end = out.size() + inner.end});
            out.insert(out.end(), part.begin(), part.end());
        }
        text = std::move(out);
        words = std::move(next);
    }
    return words;
}

std::vector<Word> WholeText::split(NormalizedText &text) const
{
    if (text.empty())
        return {};
    return {{.begin = 0, .end = text.size()}};
}

std::vector<Word> CharacterSplitter::split(NormalizedText &text) const
{
    return wordsOf(spansOf(text, m_condition), m_delimiters);
}

std::vector<Word> PatternSplitter::split(NormalizedText &text) const
{
    std::vector<Span> spans = m_pattern->spans(text);
    if (m_options.isInverted)
        for (Span &span : spans)
            span.isMatch = !span.isMatch;
    return wordsOf(spans, m_options.delimiters);
}

std::vector<Word> WordSplitter::split(NormalizedText &text) const
{
    enum class Kind { Space, Word, Other };
    const auto kindOf = [](const Character &c) {
        if (isWordCharacter(c.value))
            return Kind::Word;
        return isWhiteSpace(c.value) ? Kind::Space : Kind::Other;
    };
    std::vector<Word> words;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = at;
        const Kind kind = kindOf(text[at]);
        while (at < text.size() && kindOf(text[at]) == kind)
            ++at;
        if (kind != Kind::Space)
            words.push_back({.begin = begin, .end = at});
    }
    return words;
}

std::vector<Word> MetaspacePreTokenizer::split(NormalizedText &text) const
{
    if (text.empty())
        return {};
    for (Character &c : text)
        if (c.value == U' ')
            c.value = m_options.replacement;
    if (m_options.addsPrefix && text.front().value != m_options.replacement) {
        const Character &first = text.front();
        text.insert(text.begin(), {.value = m_options.replacement, .begin = first.begin, .end = first.end});
    }
    std::vector<Word> words;
    words.reserve(text.size() / 5);
    std::size_t begin = 0;
    for (std::size_t at = 1; at <= text.size(); ++at) {
        if (at < text.size() && text[at].value != m_options.replacement)
            continue;
        words.push_back({.begin = begin, .end = at});
        begin = at;
    }
    return words;
}

} // namespace engine::text
