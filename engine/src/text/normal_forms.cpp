// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/normal_forms.h"

#include "text/rewrite.h"
#include "text/unicode.h"

#include <algorithm>
#include <optional>

namespace engine::text {

namespace {

bool isCompatible(NormalForm form)
{
    return form == NormalForm::Nfkc || form == NormalForm::Nfkd;
}

bool isComposed(NormalForm form)
{
    return form == NormalForm::Nfc || form == NormalForm::Nfkc;
}

// Below this code point no character changes, whatever stands beside it.
char32_t firstAffected(NormalForm form)
{
    if (isCompatible(form))
        return 0xA0;
    return form == NormalForm::Nfc ? 0x300 : 0xC0;
}

// Canonical ordering: runs of combining marks by their class (Unicode standard, D108).
void orderMarks(std::vector<Rewritten> &out)
{
    for (std::size_t at = 0; at < out.size();) {
        std::size_t end = at;
        while (end < out.size() && combiningClass(out[end].value) != 0)
            ++end;
        if (end - at > 1)
            std::stable_sort(out.begin() + static_cast<std::ptrdiff_t>(at),
                             out.begin() + static_cast<std::ptrdiff_t>(end),
                             [](const Rewritten &a, const Rewritten &b) {
                                 return combiningClass(a.value) < combiningClass(b.value);
                             });
        at = std::max(end, at + 1);
    }
}

std::vector<Rewritten> decomposed(const NormalizedText &text, NormalForm form)
{
    const Decomposition kind = isCompatible(form) ? Decomposition::Compatibility : Decomposition::Canonical;
    const char32_t first = firstAffected(isCompatible(form) ? NormalForm::Nfkd : NormalForm::Nfd);
    std::vector<Rewritten> out;
    out.reserve(text.size() + text.size() / 4);
    std::u32string parts;
    for (const Character &c : text) {
        if (c.value < first) {
            out.push_back({.value = c.value});
            continue;
        }
        parts.clear();
        appendDecomposition(parts, c.value, kind);
        appendReplacement(out, parts, 1);
    }
    orderMarks(out);
    return out;
}

// Canonical composition (Unicode standard, D117): each mark that nothing blocks joins the starter before it.
std::vector<Rewritten> composed(const std::vector<Rewritten> &parts)
{
    std::vector<Rewritten> out;
    out.reserve(parts.size());
    std::optional<std::size_t> starter; // in `out`
    std::uint8_t lastClass = 0;         // of what stands between it and the next part
    for (const Rewritten &part : parts) {
        const std::uint8_t partClass = combiningClass(part.value);
        const bool isAdjacent = starter && *starter + 1 == out.size();
        if (starter && (isAdjacent || lastClass < partClass)) {
            if (const char32_t whole = composedPair(out[*starter].value, part.value); whole != 0) {
                out[*starter].value = whole;
                out[*starter].change += part.change - 1;
                continue;
            }
        }
        if (partClass == 0)
            starter = out.size();
        lastClass = partClass;
        out.push_back(part);
    }
    return out;
}

} // namespace

void toNormalForm(NormalizedText &text, NormalForm form)
{
    const char32_t first = firstAffected(form);
    if (std::ranges::all_of(text, [first](const Character &c) { return c.value < first; }))
        return;
    const std::vector<Rewritten> parts = decomposed(text, form);
    text = rewritten(text, isComposed(form) ? composed(parts) : parts);
}

void decompose(NormalizedText &text)
{
    toNormalForm(text, NormalForm::Nfd);
}

} // namespace engine::text
