// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/model.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace engine::models {

// What a run remembers of former segments: the last inputs of every layer, and what follows from them.
class SegmentState final : public RunState {
public:
    struct Memory {
        Tensor hidden; // (batch, positions, features); null: nothing yet
        Tensor key;    // (batch, heads, positions, d); null: to be computed from `hidden`
        Tensor value;  // likewise
    };

    explicit SegmentState(std::size_t layers) : memories(layers) {}

    [[nodiscard]] std::int64_t length() const override { return consumed; }
    // What a memory has lost by going on cannot be brought back: a shorter state is an empty one.
    void truncate(std::int64_t length) override;
    void reorder(std::span<const std::int64_t> rows) override;
    [[nodiscard]] std::unique_ptr<RunState> clone() const override { return std::make_unique<SegmentState>(*this); }
    [[nodiscard]] NamedTensors tensors() const override; // "mems.<layer>", (positions, batch, features)
    void assign(const NamedTensors &tensors) override;   // Argument error when a layer is missing

    std::vector<Memory> memories; // one a layer
    std::int64_t consumed = 0;    // positions of the text
};

} // namespace engine::models
