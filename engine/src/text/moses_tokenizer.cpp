// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/moses_tokenizer.h"

#include "text/moses_characters.h"
#include "text/substitution.h"
#include "text/unicode.h"

#include <algorithm>

namespace engine::text {

namespace {

// A dot of "..": the port writes a word of capital letters for these, so that no rule for single dots sees them.
constexpr char32_t kOneOfManyDots = 0x110000;

// A character of a protected token; the last one counts as a digit, the others as capital letters (the port puts
// "THISISPROTECTED000" in their place).
constexpr char32_t kProtected = 0x200000;
constexpr char32_t kProtectedEnd = 0x400000;
constexpr char32_t kCharacterBits = 0x1FFFFF;

bool isMarker(char32_t c)
{
    return c >= kOneOfManyDots;
}

bool isProtectedEnd(char32_t c)
{
    return (c & kProtectedEnd) != 0;
}

bool isAlpha(char32_t c)
{
    return isMarker(c) ? !isProtectedEnd(c) : moses::isAlpha(c);
}

bool isNumeral(char32_t c)
{
    return isMarker(c) ? isProtectedEnd(c) : moses::isNumber(c);
}

bool isAlnum(char32_t c)
{
    return isMarker(c) || moses::isAlnum(c);
}

bool isLower(char32_t c)
{
    return !isMarker(c) && moses::isLower(c);
}

bool isSpace(char32_t c)
{
    return !isMarker(c) && isPythonSpace(c);
}

void addSpaced(NormalizedText &out, const Character &c)
{
    appendLike(out, U' ', c);
    out.push_back(c);
    appendLike(out, U' ', c);
}

// Spaces around everything that is neither a letter nor a digit, but a few marks that have rules of their own.
void spaceSymbols(NormalizedText &text)
{
    static constexpr std::u32string_view kOwnRules = U".'`,-";
    NormalizedText out;
    out.reserve(text.size() + text.size() / 4);
    for (const Character &c : text) {
        if (isAlnum(c.value) || isSpace(c.value) || kOwnRules.find(c.value) != std::u32string_view::npos)
            out.push_back(c);
        else
            addSpaced(out, c);
    }
    text = std::move(out);
}

void splitHyphens(NormalizedText &text)
{
    NormalizedText out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool isInside =
            at > 0 && at + 1 < text.size() && isAlnum(text[at - 1].value) && isAlnum(text[at + 1].value);
        if (text[at].value != U'-' || !isInside) {
            out.push_back(text[at]);
            continue;
        }
        for (const char32_t c : std::u32string_view(U" @-@ "))
            appendLike(out, c, text[at]);
    }
    text = std::move(out);
}

void keepRunsOfDots(NormalizedText &text)
{
    NormalizedText out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at;
        while (end < text.size() && text[end].value == U'.')
            ++end;
        if (end - at < 2) {
            out.push_back(text[at++]);
            continue;
        }
        appendLike(out, U' ', text[at]);
        for (; at < end; ++at)
            appendLike(out, kOneOfManyDots, text[at]);
        if (end < text.size())
            appendLike(out, U' ', text[end - 1]);
    }
    text = std::move(out);
}

// Commas apart from words, but not inside numbers. What a pattern has read cannot begin its next occurrence.
void splitCommas(NormalizedText &text)
{
    NormalizedText out;
    for (std::size_t at = 0; at < text.size(); ++at) { // ([^N]),
        out.push_back(text[at]);
        if (at + 1 < text.size() && text[at + 1].value == U',' && !isNumeral(text[at].value))
            addSpaced(out, text[++at]);
    }
    text.swap(out);
    out.clear();
    for (std::size_t at = 0; at < text.size(); ++at) { // ,([^N])
        if (text[at].value != U',' || at + 1 == text.size() || isNumeral(text[at + 1].value)) {
            out.push_back(text[at]);
            continue;
        }
        addSpaced(out, text[at]);
        out.push_back(text[++at]);
    }
    text.swap(out);
    if (text.size() >= 2 && text.back().value == U',' && isNumeral(text[text.size() - 2].value)) {
        const Character comma = text.back();
        text.pop_back();
        addSpaced(text, comma);
    }
}

enum class Side { None, Before, After, Both };

// A rule: an apostrophe between two characters gets spaces. The three characters are read together.
template <typename Before, typename After>
void spaceApostrophes(NormalizedText &text, Side spaces, Before before, After after)
{
    NormalizedText out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const bool matches =
            at + 2 < text.size() && text[at + 1].value == U'\'' && before(text[at].value) && after(text[at + 2].value);
        if (!matches) {
            out.push_back(text[at++]);
            continue;
        }
        out.push_back(text[at]);
        if (spaces != Side::After)
            appendLike(out, U' ', text[at + 1]);
        out.push_back(text[at + 1]);
        if (spaces != Side::Before)
            appendLike(out, U' ', text[at + 1]);
        out.push_back(text[at + 2]);
        at += 3;
    }
    text = std::move(out);
}

// ".'" at the very end: two words.
void splitFinalApostrophe(NormalizedText &text)
{
    const std::size_t size = text.size();
    if (size < 2 || text[size - 2].value != U'.' || text[size - 1].value != U'\'')
        return;
    const Character dot = text[size - 2];
    const Character apostrophe = text[size - 1];
    text.resize(size - 2);
    addSpaced(text, dot);
    addSpaced(text, apostrophe);
}

// The port's own name for a run of dots: where a text has it, dots come out.
void replaceNameOfDots(NormalizedText &text)
{
    static constexpr std::u32string_view kDot = U"DOT";
    static constexpr std::u32string_view kEnd = U"MULTI";
    const auto standsAt = [&](std::size_t at, std::u32string_view what) {
        return at + what.size() <= text.size() &&
               std::ranges::equal(std::span(text).subspan(at, what.size()), what, {}, &Character::value);
    };
    NormalizedText out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at;
        while (standsAt(end, kDot))
            end += kDot.size();
        if (end == at) {
            out.push_back(text[at++]);
            continue;
        }
        const bool isName = standsAt(end, kEnd);
        for (; at < end; at += kDot.size()) {
            const Character dot = {.value = U'.', .begin = text[at].begin, .end = text[at + kDot.size() - 1].end};
            if (isName)
                out.push_back(dot);
            else
                out.insert(out.end(), text.begin() + static_cast<std::ptrdiff_t>(at),
                           text.begin() + static_cast<std::ptrdiff_t>(at + kDot.size()));
        }
        if (isName)
            at += kEnd.size();
    }
    text = std::move(out);
}

void restoreMarkers(NormalizedText &text)
{
    for (Character &c : text) {
        if (c.value == kOneOfManyDots)
            c.value = U'.';
        else if (isMarker(c.value))
            c.value &= kCharacterBits;
    }
}

} // namespace

MosesTokenizer::MosesTokenizer(const Options &options)
    : m_prefixes(&mosesPrefixes(options.language)), m_splitsHyphens(options.splitsHyphens)
{
    if (options.language == "en")
        m_apostrophes = Apostrophes::English;
    else if (options.language == "fr" || options.language == "it")
        m_apostrophes = Apostrophes::French;
    for (std::u32string token : options.protectedTokens) {
        for (char32_t &c : token)
            c = foldCase(c);
        m_protectedTokens.push_back(std::move(token));
    }
    std::ranges::stable_sort(m_protectedTokens, std::greater<>(), &std::u32string::size);
}

std::size_t MosesTokenizer::protectedLength(const NormalizedText &text, std::size_t at) const
{
    for (const std::u32string &token : m_protectedTokens) {
        std::size_t length = 0;
        while (length < token.size() && at + length < text.size() && foldCase(text[at + length].value) == token[length])
            ++length;
        if (length == token.size())
            return length;
    }
    return 0;
}

void MosesTokenizer::protect(NormalizedText &text) const
{
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = protectedLength(text, at);
        for (std::size_t k = 0; k < length; ++k)
            text[at + k].value |= k + 1 < length ? kProtected : kProtectedEnd;
        at += std::max(length, std::size_t{1});
    }
}

void MosesTokenizer::splitApostrophes(NormalizedText &text) const
{
    const auto isOther = [](char32_t c) { return !isAlpha(c); };
    if (m_apostrophes == Apostrophes::Other)
        return replaceAll(text, U"'", U" ' ");
    const bool isEnglish = m_apostrophes == Apostrophes::English;
    const auto isBeforeWord = [isEnglish](char32_t c) { return !isAlpha(c) && !(isEnglish && isNumeral(c)); };
    spaceApostrophes(text, Side::Both, isOther, isOther);
    spaceApostrophes(text, Side::Both, isBeforeWord, isAlpha);
    spaceApostrophes(text, Side::Both, isAlpha, isOther);
    spaceApostrophes(text, isEnglish ? Side::Before : Side::After, isAlpha, isAlpha);
    if (isEnglish)
        spaceApostrophes(text, Side::Before, isNumeral, [](char32_t c) { return c == U's'; });
}

bool MosesTokenizer::keepsDot(std::span<const Character> prefix, std::span<const Character> next) const
{
    const bool hasDot = std::ranges::find(prefix, U'.', &Character::value) != prefix.end();
    if (hasDot && std::ranges::any_of(prefix, isAlpha, &Character::value))
        return true;
    if (!next.empty() && isLower(next.front().value))
        return true;
    switch (m_prefixes->kind(plain(prefix))) {
    case MosesPrefixes::Kind::Always:
        return true;
    case MosesPrefixes::Kind::BeforeNumber:
        return !next.empty() && next.front().value >= U'0' && next.front().value <= U'9';
    case MosesPrefixes::Kind::Never:
        break;
    }
    return false;
}

void MosesTokenizer::splitFinalDots(NormalizedText &text) const
{
    const std::vector<Word> words = wordsBetween(text, isSpace);
    NormalizedText out;
    out.reserve(text.size() + words.size());
    for (std::size_t number = 0; number < words.size(); ++number) {
        const auto charactersOf = [&](const Word &word) {
            return std::span<const Character>(text).subspan(word.begin, word.end - word.begin);
        };
        const std::span<const Character> word = charactersOf(words[number]);
        if (number > 0)
            appendLike(out, U' ', word.front());
        const bool hasNext = number + 1 < words.size();
        const std::span<const Character> prefix = word.first(word.size() - 1);
        if (word.back().value != U'.' || prefix.empty() ||
            keepsDot(prefix, hasNext ? charactersOf(words[number + 1]) : std::span<const Character>())) {
            out.insert(out.end(), word.begin(), word.end());
            continue;
        }
        out.insert(out.end(), prefix.begin(), prefix.end());
        appendLike(out, U' ', word.back());
        out.push_back(word.back());
    }
    text = std::move(out);
}

std::vector<Word> MosesTokenizer::split(NormalizedText &text) const
{
    collapse(text, isPythonSpace);
    std::erase_if(text, [](const Character &c) { return c.value < 0x20; });
    if (!m_protectedTokens.empty())
        protect(text);
    strip(text);
    spaceSymbols(text);
    if (m_splitsHyphens)
        splitHyphens(text);
    keepRunsOfDots(text);
    splitCommas(text);
    splitApostrophes(text);
    splitFinalDots(text);
    splitFinalApostrophe(text);
    replaceNameOfDots(text);
    restoreMarkers(text);
    return wordsBetween(text, isPythonSpace);
}

} // namespace engine::text
