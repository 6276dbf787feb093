// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/post_processor.h"

#include "text/unicode.h"

#include <algorithm>

namespace engine::text {

namespace {

struct Appended {
    std::int64_t id = 0;
    std::int64_t typeId = 0;
    Offset offset;
    int sequence = -1;
    bool isSpecial = false;
};

void append(Encoding &encoding, const Appended &token, std::string_view text)
{
    encoding.ids.push_back(token.id);
    encoding.tokens.emplace_back(text);
    encoding.typeIds.push_back(token.typeId);
    encoding.attentionMask.push_back(1);
    encoding.specialTokensMask.push_back(token.isSpecial ? 1 : 0);
    encoding.offsets.push_back(token.offset);
    encoding.sequence.push_back(token.sequence);
}

bool isSpaceSymbol(char32_t c)
{
    constexpr char32_t kByteLevelSpace = 0x120;
    return c == kByteLevelSpace || isWhiteSpace(c);
}

TextToken::Spaces spacesOf(std::string_view token)
{
    const std::u32string characters = decodeUtf8(repairedUtf8(token));
    const auto size = static_cast<std::int64_t>(characters.size());
    TextToken::Spaces spaces;
    while (spaces.before < size && isSpaceSymbol(characters[static_cast<std::size_t>(spaces.before)]))
        ++spaces.before;
    while (spaces.after < size && isSpaceSymbol(characters[static_cast<std::size_t>(size - 1 - spaces.after)]))
        ++spaces.after;
    return spaces;
}

// The Rust library's rule; `isFirst`: first token of its text.
Offset trimmed(Offset offset, TextToken::Spaces spaces, const OffsetTrimming &trimming, bool isFirst)
{
    if ((isFirst || offset.begin == 0) && trimming.addsPrefixSpace && spaces.before == 1)
        spaces.before = 0;
    if (spaces.before > 0)
        offset.begin = std::min(offset.begin + spaces.before, offset.end);
    if (spaces.after > 0 && offset.end >= spaces.after)
        offset.end = std::max(offset.end - spaces.after, offset.begin);
    return offset;
}

} // namespace

std::int64_t PostProcessor::specialTokens(const Sequences &sequences) const
{
    std::int64_t count = 0;
    for (const TemplatePiece &piece : sequences.second ? pair : single)
        count += piece.kind == TemplatePiece::Kind::Language ? 1 : static_cast<std::int64_t>(piece.ids.size());
    return count;
}

Encoding PostProcessor::assemble(Sequences sequences, const Options &options) const
{
    Encoding encoding;
    const TextTokens none;
    const TextTokens *last = &none; // the text before a special token
    for (const TemplatePiece &piece : sequences.second ? pair : single) {
        const auto addSpecial = [&](std::int64_t id) {
            const bool isThere = piece.isOnlyOnce && !last->empty() && last->back().id == id;
            if (options.addsSpecialTokens && !isThere)
                append(encoding, {.id = id, .typeId = piece.typeId, .offset = {}, .isSpecial = true},
                       options.token(id));
        };
        if (piece.kind == TemplatePiece::Kind::Language && options.language)
            addSpecial(*options.language);
        if (piece.kind == TemplatePiece::Kind::Special)
            std::ranges::for_each(piece.ids, addSpecial);
        if (piece.kind == TemplatePiece::Kind::Special || piece.kind == TemplatePiece::Kind::Language)
            continue;
        const bool isSecond = piece.kind == TemplatePiece::Kind::SecondText;
        const std::int64_t typeId = options.addsSpecialTokens || !typesNeedSpecialTokens ? piece.typeId : 0;
        const TextTokens &tokens = isSecond ? *sequences.second : sequences.first;
        last = &tokens;
        for (std::size_t at = 0; at < tokens.size(); ++at) {
            const std::string_view text = options.token(tokens[at].id);
            Offset offset = tokens[at].offset;
            if (trimming)
                offset = trimmed(offset, tokens[at].spaces ? *tokens[at].spaces : spacesOf(text), *trimming, at == 0);
            append(encoding,
                   {.id = tokens[at].id,
                    .typeId = typeId,
                    .offset = offset,
                    .sequence = isSecond ? 1 : 0,
                    .isSpecial = options.addsSpecialTokens && specialInText.contains(tokens[at].id)},
                   text);
        }
    }
    return encoding;
}

} // namespace engine::text
