// SPDX-License-Identifier: GPL-3.0-or-later
// Encoder–decoders with the shape of T5 (Raffel et al. 2019; Shazeer 2020 for gates): RMS norms before each sublayer,
// no biases, relative position buckets in the scores instead of position embeddings.
#pragma once

#include "checkpoint/weights.h"
#include "files/config.h"
#include "models/backbone.h"
#include "models/family.h"
#include "ops/ops.h"

#include <memory>
#include <string>
#include <vector>

namespace engine::models {

struct T5LikeOptions {
    std::int64_t vocabulary = 32128;
    std::int64_t hidden = 512;
    std::int64_t headSize = 64; // heads · headSize need not be `hidden`
    std::int64_t intermediate = 2048;
    int encoderLayers = 6;
    int decoderLayers = 6;
    int heads = 8;
    std::int64_t buckets = 32;
    std::int64_t maxDistance = 128;
    double epsilon = 1e-6;
    ops::Activation activation = ops::Activation::Relu;
    bool isGated = false;  // activation(wi_0 x) · wi_1 x in place of activation(wi x)
    bool tiesWords = true; // scores with the word table, states × hidden^−½
    std::int64_t pad = 0;
    std::int64_t start = 0;
};

// Reads the keys of T5Config over what `defaults` say; File error for values that cannot be.
[[nodiscard]] T5LikeOptions t5LikeOptions(const files::Config &config, T5LikeOptions defaults);
[[nodiscard]] Dimensions t5LikeDimensions(const T5LikeOptions &options);

// Binds shared, encoder.block.*, decoder.block.* under `w`.
[[nodiscard]] std::shared_ptr<const Backbone> t5Like(const checkpoint::Weights &w, const T5LikeOptions &options);

[[nodiscard]] HeadSpec t5LikeHead(std::string className, T5LikeOptions defaults);
[[nodiscard]] checkpoint::NameRules t5LikeNames();
[[nodiscard]] GenerationOptions t5LikeGeneration(const files::Config &config);

} // namespace engine::models
