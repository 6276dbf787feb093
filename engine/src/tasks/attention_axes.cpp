// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/attention_axes.h"

#include "engine/task.h"

#include <algorithm>

namespace engine {
namespace {

// Tasks over several texts run them as rows of one batch.
const Encoding *encodingOfRow(const TaskPayload &payload, std::size_t row)
{
    if (const auto *choices = std::get_if<ChoiceResult>(&payload))
        return row < choices->encodings.size() ? &choices->encodings[row] : nullptr;
    if (const auto *reading = std::get_if<ReadingResult>(&payload))
        return row < reading->passages.size() ? &reading->passages[row].encoding : nullptr;
    if (const auto *rag = std::get_if<RagResult>(&payload))
        return row < rag->documents.size() ? &rag->documents[row].encoding : nullptr;
    return nullptr;
}

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
    const Encoding *ofRow = encodingOfRow(result.payload, row);
    const Encoding *source = ofRow != nullptr ? ofRow : &result.encoding;
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
