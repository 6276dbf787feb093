// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/task.h"

namespace engine {

AttentionAxes attentionAxes(const TaskResult &result, Stack stack, std::size_t row)
{
    const Encoding *source = &result.encoding;
    if (const auto *choices = std::get_if<ChoiceResult>(&result.payload);
        choices != nullptr && row < choices->encodings.size())
        source = &choices->encodings[row];
    const Encoding *decoder = result.decoder ? &*result.decoder : source; // a decoder alone reads the text itself
    switch (stack) {
    case Stack::Encoder:
        return {.queries = source, .keys = source};
    case Stack::Decoder:
    case Stack::Query:
        return {.queries = decoder, .keys = decoder};
    case Stack::Cross:
        return {.queries = decoder, .keys = source};
    }
    return {.queries = source, .keys = source};
}

} // namespace engine
