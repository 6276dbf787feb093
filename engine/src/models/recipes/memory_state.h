// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor.h"
#include "models/model.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace engine::models {

// Hidden states of former segments, one tensor a layer: what "mems" are. Source: Dai et al. 2019, section 3.2.
class MemoryState final : public RunState {
public:
    struct Options {
        int layers = 0;
        std::int64_t kept = 0;   // positions that are remembered; 0: all
        std::int64_t reused = 0; // of a segment only the first so many enter; 0: all
    };
    explicit MemoryState(const Options &options);

    // (batch, positions, hidden), or null before the first segment.
    [[nodiscard]] const Tensor &layer(int index) const { return m_layers[static_cast<std::size_t>(index)]; }
    [[nodiscard]] bool isEmpty() const { return m_layers.empty() || m_layers.front().isNull(); }
    // The states with which a segment enters the layer, (batch, length, hidden), behind what is remembered.
    void append(int layer, const Tensor &states);
    // Forgets the last `positions`, or all there are.
    void dropLast(std::int64_t positions);

    // Positions that have passed and were not forgotten, those that are too old to be kept included.
    [[nodiscard]] std::int64_t length() const override { return m_passed; }
    void truncate(std::int64_t length) override;
    void reorder(std::span<const std::int64_t> rows) override;
    [[nodiscard]] std::unique_ptr<RunState> clone() const override { return std::make_unique<MemoryState>(*this); }
    // "mems.<layer>", (positions, batch, hidden).
    [[nodiscard]] NamedTensors tensors() const override;
    void assign(const NamedTensors &tensors) override;

private:
    Options m_options;
    std::vector<Tensor> m_layers;
    std::int64_t m_passed = 0;
};

} // namespace engine::models
