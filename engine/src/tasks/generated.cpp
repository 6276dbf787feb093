// SPDX-License-Identifier: GPL-3.0-or-later
#include "tasks/generated.h"

#include "engine/error.h"
#include "tasks/code_points.h"
#include "tasks/text_stream.h"

#include <algorithm>
#include <string>
#include <utility>

namespace engine::tasks {

std::vector<std::int64_t> foundRow(const generation::SearchResult &found, std::int64_t index)
{
    const auto row = found.sequences.rows(index, index + 1).ints();
    const auto length = static_cast<std::ptrdiff_t>(found.lengths.at(static_cast<std::size_t>(index)));
    return {row.begin(), row.begin() + length};
}

void requireKnown(std::span<const std::int64_t> ids, const Model &model)
{
    const std::int64_t size = model.vocabularySize();
    const auto isUnknown = [size](std::int64_t id) { return id < 0 || id >= size; };
    if (const auto found = std::ranges::find_if(ids, isUnknown); found != ids.end())
        failArgument("the row that was given holds the token " + std::to_string(*found) + ", the model knows 0 to " +
                     std::to_string(size - 1));
}

std::shared_ptr<const BeamHistory> readable(const std::shared_ptr<const BeamHistory> &history,
                                            const Tokenizer &tokenizer)
{
    if (!history)
        return nullptr;
    auto out = std::make_shared<BeamHistory>(*history);
    for (BeamNode &node : out->nodes)
        node.text = tokenizer.display(node.token);
    return out;
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
