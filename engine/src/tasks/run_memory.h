// SPDX-License-Identifier: GPL-3.0-or-later
// What a run leaves for the next one of the same model: keys and values of a prompt, or the states of a source.
#pragma once

#include "engine/tensor.h"
#include "models/model.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace engine::tasks {

struct RunMemory {
    // Decoders: the tokens whose keys and values the state holds.
    std::vector<std::int64_t> ids = {};
    std::unique_ptr<RunState> state = {};
    std::string head = {};   // that it was computed for, and …
    NamedTensors extra = {}; // … with which further inputs
    // Encoder–decoders: a source, and the state from which its decoder starts.
    std::vector<std::int64_t> source = {};
    std::unique_ptr<RunState> encoded = {};
};

// What a search of a decoder works with.
struct PromptState {
    std::unique_ptr<RunState> state = {}; // null: the model keeps none that could be passed on
    std::int64_t reused = 0;              // positions of the prompt that it holds already
};
struct PromptUse {
    const Model &model;
    std::string_view head;
    const NamedTensors &extra;
    std::span<const std::int64_t> prompt;
};
// Takes the state out of the memory as far as the prompt begins like the former one; a new state where it does not.
// Without a memory, or for a model whose states cannot be passed on: none.
[[nodiscard]] PromptState takeState(RunMemory *memory, const PromptUse &use);
// Puts it back after the search: the state's first row began with `ids`.
void keepState(RunMemory *memory, const PromptUse &use, std::unique_ptr<RunState> state);

} // namespace engine::tasks
