// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "layers/attention/multi_head.h"
#include "layers/key_value_cache.h"
#include "models/model.h"

#include <memory>

namespace engine::models {

// The run state of encoder–decoders: the source, projected once, and the decoder's own keys and values.
class Seq2SeqState final : public RunState {
public:
    explicit Seq2SeqState(int layers) : cache(layers) {}

    [[nodiscard]] std::int64_t length() const override { return cache.length(); }
    void truncate(std::int64_t length) override { cache.truncate(length); }
    void reorder(std::span<const std::int64_t> rows) override
    {
        cache.reorder(rows);
        if (!source.isEmpty())
            source.reorder(rows);
    }
    [[nodiscard]] std::unique_ptr<RunState> clone() const override { return std::make_unique<Seq2SeqState>(*this); }
    [[nodiscard]] NamedTensors tensors() const override;
    void assign(const NamedTensors &tensors) override { cache.assign(tensors); }

    layers::KeyValueCache cache;
    layers::SourceMemory source;
};

// Null, or the state that newState() or encode() of an encoder–decoder made.
[[nodiscard]] Seq2SeqState *seq2SeqStateOf(RunState *state);

} // namespace engine::models
