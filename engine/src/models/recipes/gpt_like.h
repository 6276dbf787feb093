// SPDX-License-Identifier: GPL-3.0-or-later
// Decoders with the shape of GPT-2 (Radford et al. 2019): learned positions, pre-norm blocks, a final norm.
#pragma once

#include "checkpoint/weights.h"
#include "files/config.h"
#include "models/backbone.h"
#include "ops/ops.h"

#include <memory>

namespace engine::models {

struct GptLikeOptions {
    std::int64_t vocabulary = 50257;
    std::int64_t hidden = 768;
    int layers = 12;
    int heads = 12;
    std::int64_t intermediate = 0; // 0: 4 · hidden
    std::int64_t maxPositions = 1024;
    double epsilon = 1e-5;
    ops::Activation activation = ops::Activation::GeluTanh;
    bool dividesByRootOfHeadSize = true;
    bool dividesByLayer = false; // scores of block i ÷ (i + 1)
};

// The keys of GPT2Config with their defaults; File error for values that cannot be.
[[nodiscard]] GptLikeOptions gptLikeOptions(const files::Config &config);

// Binds wte, wpe, h.*, ln_f under `w`.
[[nodiscard]] std::shared_ptr<const Backbone> gptLike(const checkpoint::Weights &w, const GptLikeOptions &options);

} // namespace engine::models
