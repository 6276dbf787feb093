// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/normalizers.h"

#include "text/library_classes.h"
#include "text/unicode.h"

#include <algorithm>

namespace engine::text {

void NormalizerSequence::apply(NormalizedText &text) const
{
    for (const auto &part : m_parts)
        part->apply(text);
}

void ReplaceNormalizer::apply(NormalizedText &text) const
{
    const std::vector<Span> spans = m_pattern->spans(text);
    if (std::ranges::none_of(spans, &Span::isMatch))
        return;
    NormalizedText out;
    out.reserve(text.size());
    for (const Span &span : spans) {
        if (!span.isMatch) {
            out.insert(out.end(), text.begin() + static_cast<std::ptrdiff_t>(span.begin),
                       text.begin() + static_cast<std::ptrdiff_t>(span.end));
            continue;
        }
        Character to = {.begin = text.front().begin, .end = text.front().begin};
        if (span.end > 0)
            to = text[span.end - 1];
        for (const char32_t c : m_content) {
            to.value = c;
            out.push_back(to);
        }
    }
    text = std::move(out);
}

void AccentStripper::apply(NormalizedText &text) const
{
    std::erase_if(text, [](const Character &c) { return isLibraryMark(c.value); });
}

void StripNormalizer::apply(NormalizedText &text) const
{
    const auto isSpace = [](const Character &c) { return isWhiteSpace(c.value); };
    if (m_options.stripsRight)
        while (!text.empty() && isSpace(text.back()))
            text.pop_back();
    if (m_options.stripsLeft)
        text.erase(text.begin(), std::ranges::find_if_not(text, isSpace));
}

void PrependNormalizer::apply(NormalizedText &text) const
{
    if (text.empty())
        return;
    NormalizedText front(m_content.size(), text.front());
    for (std::size_t at = 0; at < front.size(); ++at)
        front[at].value = m_content[at];
    text.insert(text.begin(), front.begin(), front.end());
}

} // namespace engine::text
