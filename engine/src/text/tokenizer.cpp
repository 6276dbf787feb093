// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tokenizer.h"

#include "engine/error.h"

#include <algorithm>
#include <iterator>

namespace engine {

namespace {

template <typename T> void fill(std::vector<T> &values, std::size_t count, const T &value, Side side)
{
    values.insert(side == Side::Right ? values.end() : values.begin(), count, value);
}

} // namespace

std::vector<std::string> Tokenizer::pieces(std::string_view text, const EncodeOptions &options) const
{
    EncodeOptions plain = options;
    plain.addSpecialTokens = false;
    plain.truncation = Truncation::None;
    return encode(text, std::nullopt, plain).tokens;
}

const Tokenizer *Tokenizer::part(std::string_view /*name*/) const
{
    return nullptr;
}

std::optional<std::int64_t> Tokenizer::special(std::string_view name) const
{
    const auto &tokens = specialTokens();
    const auto found = tokens.find(name);
    if (found == tokens.end())
        return std::nullopt;
    return found->second;
}

TokenizerExplanation Tokenizer::explain(std::string_view text) const
{
    TokenizerExplanation out{.kind = kind(), .segments = {}, .encoding = encode(text, std::nullopt, {})};
    ExplainedWord word{.text = std::string(text), .offset = {}};
    for (std::size_t i = 0; i < out.encoding.size(); ++i) {
        if (out.encoding.specialTokensMask[i] != 0)
            continue;
        const Offset offset = out.encoding.offsets[i];
        word.pieces.push_back({.id = out.encoding.ids[i], .token = out.encoding.tokens[i], .offset = offset});
        word.offset.end = std::max(word.offset.end, offset.end);
    }
    out.segments.push_back({.source = word.text, .offset = word.offset, .normalized = word.text, .words = {word}});
    return out;
}

Encoding pad(Encoding encoding, const Tokenizer &tokenizer, const PaddingOptions &options)
{
    constexpr std::int64_t kLongest = std::int64_t{1} << 24;
    if (options.length < 0 || options.length > kLongest)
        failArgument("padding to " + std::to_string(options.length) + " tokens, expected 0 to " +
                     std::to_string(kLongest));
    if (options.multipleOf < 1 || options.multipleOf > kLongest)
        failArgument("padding to a multiple of " + std::to_string(options.multipleOf) + ", expected 1 to " +
                     std::to_string(kLongest));
    const auto size = static_cast<std::int64_t>(encoding.size());
    std::int64_t length = std::max(size, options.length);
    length = (length + options.multipleOf - 1) / options.multipleOf * options.multipleOf;
    if (length > size) {
        const std::optional<std::int64_t> id = tokenizer.special("pad_token");
        if (!id)
            failArgument("padding needs a pad token, and this tokenizer has none");
        const Side side = options.side.value_or(tokenizer.paddingSide());
        const auto count = static_cast<std::size_t>(length - size);
        fill(encoding.ids, count, *id, side);
        fill(encoding.tokens, count, tokenizer.token(*id), side);
        fill(encoding.typeIds, count, tokenizer.padTypeId(), side);
        fill(encoding.attentionMask, count, std::int64_t{0}, side);
        fill(encoding.specialTokensMask, count, std::int64_t{1}, side);
        fill(encoding.offsets, count, Offset{}, side);
        fill(encoding.sequence, count, -1, side);
    }
    return encoding;
}

} // namespace engine
