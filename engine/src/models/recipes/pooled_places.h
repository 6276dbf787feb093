// SPDX-License-Identifier: GPL-3.0-or-later
// Sequences that get shorter by pooling neighbours: which positions a state stands for, and how it is made.
// Source: Dai et al. 2020, "Funnel-Transformer", section 2.
#pragma once

#include "engine/mask_rule.h"
#include "engine/tensor.h"

#include <cstdint>
#include <vector>

namespace engine::models {

enum class PoolKind { Mean, Max };

struct PoolOptions {
    PoolKind kind = PoolKind::Mean;
    bool separatesClass = true; // the first token is pooled with nothing
    bool truncates = true;      // with a separate class: the last position is dropped first, so that 2^n stays 2^n
};

// Of evenly spaced states; those of the class token are the first's when it is separate.
struct PooledPlaces {
    std::vector<PositionSpan> spans; // of tokens, one a state
    std::int64_t first = 0;          // where state i stands: first + i · stride
    std::int64_t stride = 1;
    Tensor types; // (rows, length), I64
    Tensor keep;  // (rows, length), I64: 0 where any part is padding; null without padding
};

// Every token by itself. Argument error for a mask or types that do not fit the ids.
[[nodiscard]] PooledPlaces wholePlaces(const NamedTensors &inputs, const Tensor &ids);

// False for sequences that are too short.
[[nodiscard]] bool canPool(std::int64_t length, const PoolOptions &options);
[[nodiscard]] PooledPlaces pooled(const PooledPlaces &places, const PoolOptions &options);
// (rows, length, features) → (rows, shorter, features): pairs become one, an odd last one stays alone.
[[nodiscard]] Tensor poolStates(const Tensor &states, const PoolOptions &options);

[[nodiscard]] MaskRule pooledRule(const PooledPlaces &queries, const PooledPlaces &keys);

// (rows, shorter, features) → (rows, length, features): each state `stride` times, the class once; zeros where states
// were dropped.
struct Upsampling {
    std::int64_t stride = 1;
    std::int64_t length = 0;
    bool separatesClass = true;
};
[[nodiscard]] Tensor upsample(const Tensor &states, const Upsampling &how);

} // namespace engine::models
