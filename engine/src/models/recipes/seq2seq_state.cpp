// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/recipes/seq2seq_state.h"

#include "engine/error.h"

#include <string>

namespace engine::models {

NamedTensors Seq2SeqState::tensors() const
{
    NamedTensors out = cache.tensors();
    for (std::size_t i = 0; i < source.layers.size(); ++i) {
        const std::string name = "past_key_values." + std::to_string(i);
        out[name + ".2"] = source.layers[i].key;
        out[name + ".3"] = source.layers[i].value;
    }
    return out;
}

Seq2SeqState *seq2SeqStateOf(RunState *state)
{
    if (state == nullptr)
        return nullptr;
    auto *own = dynamic_cast<Seq2SeqState *>(state);
    if (own == nullptr)
        failInternal("the run state belongs to another kind of model");
    return own;
}

} // namespace engine::models
