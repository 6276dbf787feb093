// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/bert.h"

#include "text/library_classes.h"
#include "text/unicode.h"

namespace engine::text {

namespace {

// The blocks of CJK ideographs. The two references disagree where extension E begins.
bool isIdeograph(char32_t c, char32_t extensionE)
{
    return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
           (c >= 0x2A700 && c <= 0x2B73F) || (c >= 0x2B740 && c <= 0x2B81F) || (c >= extensionE && c <= 0x2CEAF) ||
           (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

constexpr char32_t kExtensionEPython = 0x2B820;
constexpr char32_t kExtensionERust = 0x2B920;

using Condition = bool (*)(char32_t);

bool isNoText(char32_t c)
{
    return c == 0 || c == 0xFFFD;
}

void addSpaced(NormalizedText &out, const Character &c)
{
    const Character space = {.value = U' ', .begin = c.begin, .end = c.end};
    out.push_back(space);
    out.push_back(c);
    out.push_back(space);
}

void stripAccents(NormalizedText &text, Condition isAccent)
{
    decompose(text);
    std::erase_if(text, [isAccent](const Character &c) { return isAccent(c.value); });
}

// Parts of a word: each punctuation mark, and what lies between.
template <typename Add> void splitAtPunctuation(std::span<const Character> text, Condition isPunctuation, Add add)
{
    std::size_t begin = 0;
    for (std::size_t at = 0; at <= text.size(); ++at) {
        if (at < text.size() && !isPunctuation(text[at].value))
            continue;
        if (at > begin)
            add(Word{.begin = begin, .end = at});
        if (at < text.size())
            add(Word{.begin = at, .end = at + 1});
        begin = at + 1;
    }
}

} // namespace

void BertNormalizer::apply(NormalizedText &text) const
{
    if (m_options.cleansText) {
        std::erase_if(text, [](const Character &c) { return isNoText(c.value) || isLibraryControl(c.value); });
        for (Character &c : text)
            if (isWhiteSpace(c.value))
                c.value = U' ';
    }
    if (m_options.splitsChinese) {
        NormalizedText spaced;
        spaced.reserve(text.size());
        for (const Character &c : text) {
            if (isIdeograph(c.value, kExtensionERust))
                addSpaced(spaced, c);
            else
                spaced.push_back(c);
        }
        text = std::move(spaced);
    }
    if (m_options.strips())
        stripAccents(text, isLibraryNonspacingMark);
    if (m_options.lowersCase)
        lowercase(text);
}

std::vector<Word> BertPreTokenizer::split(NormalizedText &text) const
{
    std::vector<Word> words;
    for (const Word &word : wordsBetween(text, isWhiteSpace))
        splitAtPunctuation(std::span(text).subspan(word.begin, word.end - word.begin), isLibraryPunctuation,
                           [&](const Word &part) {
                               words.push_back({.begin = word.begin + part.begin, .end = word.begin + part.end});
                           });
    return words;
}

std::vector<Word> BasicTokenizer::split(NormalizedText &text) const
{
    NormalizedText clean;
    cleanInto(clean, text);
    NormalizedText out;
    out.reserve(clean.size());
    std::vector<Word> words;
    for (const Word &word : wordsBetween(clean, isPythonSpace))
        addToken(NormalizedText(clean.begin() + static_cast<std::ptrdiff_t>(word.begin),
                                clean.begin() + static_cast<std::ptrdiff_t>(word.end)),
                 out, words);
    text = std::move(out);
    return words;
}

void BasicTokenizer::cleanInto(NormalizedText &out, const NormalizedText &text) const
{
    out.reserve(text.size());
    for (Character c : text) {
        if (m_options.bert.cleansText) {
            if (isNoText(c.value) || isBertControl(c.value, Unassigned::Dropped))
                continue;
            if (isSpaceSeparator(c.value) || c.value == U'\t' || c.value == U'\n' || c.value == U'\r')
                c.value = U' ';
        }
        if (m_options.bert.splitsChinese && isIdeograph(c.value, kExtensionEPython))
            addSpaced(out, c);
        else
            out.push_back(c);
    }
}

void BasicTokenizer::addToken(NormalizedText token, NormalizedText &out, std::vector<Word> &words) const
{
    if (!m_options.keptWords.contains(plain(token))) {
        if (m_options.bert.lowersCase)
            lowercaseWords(token);
        if (m_options.bert.strips())
            stripAccents(token, isNonspacingMark);
    }
    if (m_options.keptWords.contains(plain(token)))
        return addWord(token, out, words);
    splitAtPunctuation(token, isBertPunctuation, [&](const Word &part) {
        addWord(std::span(token).subspan(part.begin, part.end - part.begin), out, words);
    });
}

void BasicTokenizer::addWord(std::span<const Character> word, NormalizedText &out, std::vector<Word> &words) const
{
    const std::size_t begin = out.size();
    out.insert(out.end(), word.begin(), word.end());
    words.push_back({.begin = begin, .end = out.size(), .isWhole = m_options.wholeWords.contains(plain(word))});
}

std::vector<Word> SpacePreTokenizer::split(NormalizedText &text) const
{
    return wordsBetween(text, isPythonSpace);
}

} // namespace engine::text
