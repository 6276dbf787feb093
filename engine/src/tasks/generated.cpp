// SPDX-License-Identifier: GPL-3.0-or-later
#include "tasks/generated.h"

#include "tasks/code_points.h"
#include "tasks/text_stream.h"

#include <algorithm>
#include <utility>

namespace engine::tasks {

std::vector<std::int64_t> withoutFilling(std::span<const std::int64_t> row, std::size_t promptLength,
                                         const GenerationOptions &options)
{
    const auto &ends = options.eosTokenIds;
    const auto isEnd = [&](std::int64_t id) { return std::ranges::find(ends, id) != ends.end(); };
    auto end = std::find_if(row.begin() + static_cast<std::ptrdiff_t>(promptLength), row.end(), isEnd);
    if (end != row.end())
        ++end;
    return {row.begin(), end};
}

Encoding grown(const Tokenizer &tokenizer, Encoding start, const WrittenRow &row)
{
    Encoding out = std::move(start);
    const std::size_t known = out.size();
    TextStream stream(tokenizer, row.ids.first(known));
    std::int64_t at = row.at;
    const auto &specials = tokenizer.specialTokens();
    for (const auto id : row.ids.subspan(known)) {
        const std::int64_t length = codePointCount(stream.push(id));
        const bool isSpecial = std::ranges::any_of(specials, [id](const auto &s) { return s.second == id; });
        out.ids.push_back(id);
        out.tokens.push_back(tokenizer.token(id));
        out.typeIds.push_back(0);
        out.attentionMask.push_back(1);
        out.specialTokensMask.push_back(isSpecial ? 1 : 0);
        out.offsets.push_back(isSpecial ? Offset{} : Offset{at, at + length});
        out.sequence.push_back(isSpecial ? -1 : 0);
        at += length;
    }
    return out;
}

} // namespace engine::tasks
