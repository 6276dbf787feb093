// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "layers/key_value_cache.h"
#include "models/model.h"

#include <memory>

namespace engine::models {

// The run state of decoders that remember keys and values of every layer.
class CacheState final : public RunState {
public:
    explicit CacheState(int layers, layers::CacheForm form = layers::CacheForm::Pairs) : cache(layers, form) {}

    [[nodiscard]] std::int64_t length() const override { return cache.length(); }
    void truncate(std::int64_t length) override { cache.truncate(length); }
    [[nodiscard]] bool forgetsExactly() const override { return true; }
    void reorder(std::span<const std::int64_t> rows) override { cache.reorder(rows); }
    [[nodiscard]] std::unique_ptr<RunState> clone() const override { return std::make_unique<CacheState>(*this); }
    [[nodiscard]] NamedTensors tensors() const override { return cache.tensors(); }
    void assign(const NamedTensors &tensors) override { cache.assign(tensors); }

    layers::KeyValueCache cache;
};

// Null, or the cache of a state that newState() of a decoder made.
[[nodiscard]] inline layers::KeyValueCache *cacheOf(RunState *state)
{
    if (state == nullptr)
        return nullptr;
    auto *own = dynamic_cast<CacheState *>(state);
    if (own == nullptr)
        failInternal("the run state belongs to another kind of model");
    return &own->cache;
}

} // namespace engine::models
