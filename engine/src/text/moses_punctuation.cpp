// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/moses_punctuation.h"

#include "text/substitution.h"
#include "text/unicode.h"

#include <algorithm>
#include <array>
#include <utility>

namespace engine::text {

namespace {

constexpr char32_t kNoBreak = 0xA0;

using Rule = std::pair<std::u32string_view, std::u32string_view>;

void replaceEach(NormalizedText &text, std::span<const Rule> rules)
{
    for (const auto &[from, to] : rules)
        replaceAll(text, from, to);
}

void collapseSpaces(NormalizedText &text)
{
    collapse(text, [](char32_t c) { return c == U' '; });
}

// Takes out the spaces for which `isSuperfluous(before, after)` holds; 0 stands beyond the ends.
template <typename Test> void eraseSpaces(NormalizedText &text, Test isSuperfluous)
{
    NormalizedText out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char32_t before = at > 0 ? text[at - 1].value : U'\0';
        const char32_t after = at + 1 < text.size() ? text[at + 1].value : U'\0';
        if (text[at].value != U' ' || !isSuperfluous(before, after))
            out.push_back(text[at]);
    }
    text = std::move(out);
}

void spaceBrackets(NormalizedText &text)
{
    static constexpr std::u32string_view kAfterBracket = U".!:?;,";
    std::erase_if(text, [](const Character &c) { return c.value == U'\r'; });
    replaceAll(text, U"(", U" (");
    replaceAll(text, U")", U") ");
    collapseSpaces(text);
    eraseSpaces(text, [](char32_t before, char32_t after) {
        return before == U')' && after != 0 && kAfterBracket.find(after) != std::u32string_view::npos;
    });
    eraseSpaces(text, [](char32_t before, char32_t) { return before == U'('; });
    eraseSpaces(text, [](char32_t, char32_t after) { return after == U')'; });
    eraseSpaces(text, [](char32_t before, char32_t after) { return after == U'%' && isDecimalDigit(before); });
    eraseSpaces(text, [](char32_t, char32_t after) { return after == U':'; });
    eraseSpaces(text, [](char32_t, char32_t after) { return after == U';'; });
}

void unifyQuotes(NormalizedText &text)
{
    static constexpr Rule kRules[] = {{U"`", U"'"},  {U"''", U" \" "}, {U"„", U"\""}, {U"“", U"\""},
                                      {U"”", U"\""}, {U"–", U"-"},     {U"—", U" - "}};
    static constexpr Rule kMore[] = {{U"´", U"'"}, {U"‘", U"'"},   {U"‚", U"'"},
                                     {U"’", U"'"}, {U"''", U"\""}, {U"…", U"..."}};
    static constexpr Rule kFrench[] = {{U"\u00A0«\u00A0", U"\""}, {U"«\u00A0", U"\""}, {U"«", U"\""},
                                       {U"\u00A0»\u00A0", U"\""}, {U"\u00A0»", U"\""}, {U"»", U"\""}};
    replaceEach(text, kRules);
    collapseSpaces(text);
    replaceEach(text, kMore);
    replaceEach(text, kFrench);
}

void unifySpaces(NormalizedText &text)
{
    static constexpr Rule kRules[] = {{U"\u00A0%", U"%"},    {U"nº\u00A0", U"nº "}, {U"\u00A0:", U":"},
                                      {U"\u00A0ºC", U" ºC"}, {U"\u00A0cm", U" cm"}, {U"\u00A0?", U"?"},
                                      {U"\u00A0!", U"!"},    {U"\u00A0;", U";"},    {U",\u00A0", U", "}};
    replaceEach(text, kRules);
    collapseSpaces(text);
}

// A quote goes behind the commas and dots that follow it.
void quotesAfter(NormalizedText &text)
{
    const auto isMark = [](const Character &c) { return c.value == U',' || c.value == U'.'; };
    for (auto at = text.begin(); at != text.end(); ++at) {
        if (at->value != U'"')
            continue;
        const auto end = std::find_if_not(at + 1, text.end(), isMark);
        at = std::rotate(at, at + 1, end);
    }
}

// A quote goes before the comma or the dots in front of it; not where "<" or nothing follows the quote. What the
// pattern (\.+)"(\s*[^<]) reads beyond the quote cannot begin the next occurrence.
void quotesBefore(NormalizedText &text)
{
    replaceAll(text, U",\"", U"\",");
    const auto isDot = [](const Character &c) { return c.value == U'.'; };
    const auto isSpace = [](const Character &c) { return isPythonSpace(c.value); };
    for (auto at = std::ranges::find_if(text, isDot); at != text.end(); at = std::find_if(at, text.end(), isDot)) {
        const auto quote = std::find_if_not(at, text.end(), isDot);
        if (quote == text.end() || quote->value != U'"') {
            at = quote;
            continue;
        }
        const auto next = std::find_if_not(quote + 1, text.end(), isSpace);
        const bool hasSpaces = next != quote + 1;
        const bool takesNext = next != text.end() && next->value != U'<';
        if (!hasSpaces && !takesNext) {
            at = quote;
            continue;
        }
        std::rotate(at, quote, quote + 1);
        at = takesNext ? next + 1 : next;
    }
}

// No-break spaces between digits; a digit takes part once.
void joinNumbers(NormalizedText &text, char32_t mark)
{
    for (std::size_t at = 0; at + 2 < text.size(); ++at)
        if (text[at + 1].value == kNoBreak && isDecimalDigit(text[at].value) && isDecimalDigit(text[at + 2].value)) {
            text[at + 1].value = mark;
            at += 2;
        }
}

// A full stop of East Asia takes the white space behind it with it.
void replaceStop(NormalizedText &text, char32_t stop)
{
    NormalizedText out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at].value != stop) {
            out.push_back(text[at]);
            continue;
        }
        Character whole = text[at];
        while (at + 1 < text.size() && isPythonSpace(text[at + 1].value))
            whole.end = text[++at].end;
        appendLike(out, U'.', whole);
        appendLike(out, U' ', whole);
    }
    text = std::move(out);
}

} // namespace

MosesPunctuation::MosesPunctuation(std::string_view language)
{
    const bool isComma = language == "de" || language == "es" || language == "fr";
    m_quotes = language == "en" ? Quotes::AfterCommaAndDot : isComma ? Quotes::BeforeCommaAndDot : Quotes::AsTheyAre;
    if (isComma || language == "cz" || language == "cs")
        m_numberMark = U',';
}

void MosesPunctuation::apply(NormalizedText &text) const
{
    spaceBrackets(text);
    unifyQuotes(text);
    unifySpaces(text);
    if (m_quotes == Quotes::AfterCommaAndDot)
        quotesAfter(text);
    else if (m_quotes == Quotes::BeforeCommaAndDot)
        quotesBefore(text);
    joinNumbers(text, m_numberMark);
    strip(text);
}

void replaceUnicodePunctuation(NormalizedText &text)
{
    static constexpr std::pair<char32_t, char32_t> kAlike[] = {
        {U'，', U','}, {U'、', U','}, {U'”', U'"'},  {U'“', U'"'},  {U'∶', U':'},  {U'：', U':'},
        {U'？', U'?'}, {U'《', U'"'}, {U'》', U'"'}, {U'）', U')'}, {U'！', U'!'}, {U'（', U'('},
        {U'；', U';'}, {U'」', U'"'}, {U'「', U'"'}, {U'～', U'~'}, {U'’', U'\''}, {U'━', U'-'},
        {U'〈', U'<'}, {U'〉', U'>'}, {U'【', U'['}, {U'】', U']'}, {U'％', U'%'}};
    for (Character &c : text) {
        if (c.value < 0x2000)
            continue;
        if (c.value >= U'０' && c.value <= U'９')
            c.value = c.value - U'０' + U'0';
        const auto found = std::ranges::find(kAlike, c.value, &std::pair<char32_t, char32_t>::first);
        if (found != std::end(kAlike))
            c.value = found->second;
    }
    replaceStop(text, U'。');
    replaceStop(text, U'．');
    replaceAll(text, U"…", U"...");
}

} // namespace engine::text
