// SPDX-License-Identifier: GPL-3.0-or-later
// Transformer-XL's backbone (Dai et al. 2019): relative positions, and a memory of every layer's former inputs that
// is attended to like the text itself. A text of any length is read segment by segment, in time linear in its length.
#pragma once

#include "checkpoint/weights.h"
#include "layers/adaptive_words.h"
#include "models/backbone.h"

#include <cstdint>
#include <memory>

namespace engine::models {

struct SegmentRecurrentOptions {
    layers::AdaptiveShape words = {
        .vocabulary = 267735, .cutoffs = {20000, 40000, 200000}, .features = 1024, .width = 1024, .divisor = 4};
    int layers = 18;
    std::int64_t heads = 16;
    std::int64_t headSize = 64;
    std::int64_t intermediate = 4096;
    std::int64_t memory = 1600;      // positions remembered; before the text they are zeros, which are attended to
    std::int64_t clampLength = 1000; // distances beyond count as this one; ≤ 0: all count as they are
    bool seesEquallyMuch = true;     // every query of a segment sees the same number of keys
    bool isPreNorm = false;
    bool sharesBiases = false; // one pair of position biases for all layers
    double epsilon = 1e-5;
};

// A backbone whose word vectors the head shares.
class AdaptiveBackbone : public Backbone {
public:
    [[nodiscard]] virtual const layers::AdaptiveEmbedding &words() const = 0;
};

// Binds word_emb.*, layers.* and, where they are shared, r_w_bias and r_r_bias under `w`.
[[nodiscard]] std::shared_ptr<const AdaptiveBackbone> segmentRecurrent(const checkpoint::Weights &w,
                                                                       const SegmentRecurrentOptions &options);

} // namespace engine::models
