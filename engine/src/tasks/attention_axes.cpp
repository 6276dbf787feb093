// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/attention_axes.h"

#include "engine/task.h"

#include <algorithm>

namespace engine {
namespace {

// Rows of a memory in front of the text, the same in every layer.
std::int64_t memoryOf(const TaskResult &result, Stack stack)
{
    if (!result.trace)
        return 0;
    const auto &records = result.trace->attentions;
    const auto found = std::ranges::find(records, stack, &AttentionRecord::stack);
    const auto *segments = found == records.end() ? nullptr : std::get_if<SegmentAttention>(&found->data);
    return segments == nullptr ? 0 : segments->layout.memory();
}

AttentionAxes tokensOf(const TaskResult &result, Stack stack, std::size_t row)
{
    const Encoding *source = &result.encoding;
    if (const auto *choices = std::get_if<ChoiceResult>(&result.payload);
        choices != nullptr && row < choices->encodings.size())
        source = &choices->encodings[row];
    const Encoding *decoder = result.decoder ? &*result.decoder : source; // a decoder alone reads the text itself
    switch (stack) {
    case Stack::Encoder:
        break;
    case Stack::Decoder:
    case Stack::Query:
        return {.queries = decoder, .keys = decoder};
    case Stack::Cross:
        return {.queries = decoder, .keys = source};
    }
    return {.queries = source, .keys = source};
}

std::string nameIn(const Encoding &encoding, std::int64_t place)
{
    const auto &tokens = encoding.tokens;
    return place < static_cast<std::int64_t>(tokens.size()) ? tokens[static_cast<std::size_t>(place)] : "padding";
}

} // namespace

std::optional<std::size_t> AttentionAxes::keyToken(std::int64_t key) const
{
    const std::int64_t place = key - memory;
    if (place < 0 || place >= static_cast<std::int64_t>(keys->size()))
        return std::nullopt;
    return static_cast<std::size_t>(place);
}

std::string AttentionAxes::queryName(std::int64_t query) const
{
    return nameIn(*queries, query);
}

std::string AttentionAxes::keyName(std::int64_t key) const
{
    return key < memory ? "memory \u2212" + std::to_string(memory - key) : nameIn(*keys, key - memory);
}

AttentionAxes attentionAxes(const TaskResult &result, Stack stack, std::size_t row)
{
    AttentionAxes axes = tokensOf(result, stack, row);
    axes.memory = memoryOf(result, stack);
    return axes;
}

} // namespace engine
