// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/python_cleaner.h"

#include "text/normal_forms.h"
#include "text/unicode.h"

namespace engine::text {

namespace {

NormalizedText withoutExtraSpaces(const NormalizedText &text)
{
    NormalizedText out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        if (!isPythonSpace(text[at].value)) {
            out.push_back(text[at++]);
            continue;
        }
        const std::size_t begin = at;
        while (at < text.size() && isPythonSpace(text[at].value))
            ++at;
        if (!out.empty() && at < text.size())
            out.push_back({.value = U' ', .begin = text[begin].begin, .end = text[at - 1].end});
    }
    return out;
}

// Two marks side by side become one ".
void joinQuotes(NormalizedText &text, char32_t mark)
{
    std::size_t kept = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        Character c = text[at];
        if (c.value == mark && at + 1 < text.size() && text[at + 1].value == mark)
            c = {.value = U'"', .begin = c.begin, .end = text[++at].end};
        text[kept++] = c;
    }
    text.resize(kept);
}

} // namespace

void PythonCleaner::apply(NormalizedText &text) const
{
    if (m_options.removesSpaces)
        text = withoutExtraSpaces(text);
    joinQuotes(text, U'`');
    joinQuotes(text, U'\'');
    if (!m_options.keepsAccents) {
        toNormalForm(text, NormalForm::Nfkd);
        std::erase_if(text, [](const Character &c) { return combiningClass(c.value) != 0; });
    }
    if (m_options.lowersCase)
        lowercaseWords(text);
}

} // namespace engine::text
