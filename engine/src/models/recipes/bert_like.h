// SPDX-License-Identifier: GPL-3.0-or-later
// Encoders with the shape of BERT (Devlin et al. 2018): summed embeddings, post-norm blocks, an optional
// pooler. Options describe behaviour.
#pragma once

#include "checkpoint/weights.h"
#include "files/config.h"
#include "heads/head.h"
#include "models/backbone.h"
#include "ops/ops.h"

#include <memory>

namespace engine::models {

enum class PositionType { Absolute, RelativeKey, RelativeKeyQuery };

struct BertLikeOptions {
    std::int64_t vocabulary = 30522;
    std::int64_t hidden = 768;
    int layers = 12;
    int heads = 12;
    std::int64_t intermediate = 3072;
    std::int64_t maxPositions = 512;
    std::int64_t tokenTypes = 2;
    double epsilon = 1e-12;
    ops::Activation activation = ops::Activation::Gelu;
    PositionType positions = PositionType::Absolute;
    bool isCausal = false; // a decoder: each position sees what is not after it
};

// The keys of BertConfig with their defaults; File error for values that cannot be.
[[nodiscard]] BertLikeOptions bertLikeOptions(const files::Config &config);

// Binds embeddings.*, encoder.layer.*, and pooler.dense where it is there, under `w`.
[[nodiscard]] std::shared_ptr<const Backbone> bertLike(const checkpoint::Weights &w, const BertLikeOptions &options);

} // namespace engine::models
