// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/moses_steps.h"

#include "text/normal_forms.h"
#include "text/substitution.h"
#include "text/unicode.h"

#include <algorithm>

namespace engine::text {

namespace {

void foldRomanian(NormalizedText &text)
{
    static constexpr std::u32string_view kLetters = U"ŞşŢţȘșȚțĂăÂâÎî";
    static constexpr std::u32string_view kPlain = U"SsTtSsTtAaAaIi";
    for (Character &c : text)
        if (const std::size_t at = kLetters.find(c.value); at != std::u32string_view::npos)
            c.value = kPlain[at];
}

void splitNumbers(NormalizedText &text)
{
    NormalizedText out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char32_t mark = text[at].value;
        const bool isInside = (mark == U',' || mark == U'.') && at > 0 && at + 1 < text.size() &&
                              isDecimalDigit(text[at - 1].value) && isDecimalDigit(text[at + 1].value);
        if (!isInside) {
            out.push_back(text[at]);
            continue;
        }
        for (const char32_t c : {U' ', U'@', mark, U'@', U' '})
            appendLike(out, c, text[at]);
    }
    text = std::move(out);
}

} // namespace

MosesSteps::MosesSteps(Options options)
    : m_options(std::move(options)), m_punctuation(m_options.tokenizer.language), m_tokenizer(m_options.tokenizer)
{
}

std::vector<Word> MosesSteps::split(NormalizedText &text) const
{
    if (m_options.composes) {
        replaceAll(text, U"``", U"\"");
        replaceAll(text, U"''", U"\"");
        toNormalForm(text, NormalForm::Nfc);
    }
    if (m_options.lowersText)
        lowercaseWords(text);
    if (m_options.replacesPunctuation)
        replaceUnicodePunctuation(text);
    m_punctuation.apply(text);
    if (m_options.replacesPunctuation)
        std::erase_if(text, [](const Character &c) { return isOther(c.value); });
    if (m_options.foldsRomanian)
        foldRomanian(text);
    std::vector<Word> words = m_tokenizer.split(text);
    if (m_options.lowersWords) {
        collapse(text, isPythonSpace);
        lowercaseWords(text);
        decompose(text);
        std::erase_if(text, [](const Character &c) { return isNonspacingMark(c.value); });
        words = wordsBetween(text, isPythonSpace);
    }
    if (m_options.splitsNumbers) {
        splitNumbers(text);
        words = wordsBetween(text, isPythonSpace);
    }
    for (Word &word : words)
        word.isWhole = m_options.looksUpWords;
    return words;
}

} // namespace engine::text
