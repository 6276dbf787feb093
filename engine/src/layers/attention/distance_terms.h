// SPDX-License-Identifier: GPL-3.0-or-later
// What distance and segments add to the scores of evenly spaced queries and keys.
// Source: Dai et al. 2020, "Funnel-Transformer", appendix A.2.
#pragma once

#include "checkpoint/weights.h"
#include "engine/tensor.h"
#include "ops/ops.h"

#include <compare>
#include <cstdint>
#include <map>

namespace engine::layers {

struct DistanceShape {
    std::int64_t features = 0; // of the sinusoids of a distance
    std::int64_t heads = 0;
    std::int64_t headSize = 0;
};

// [sin(t · f_k) | cos(t · f_k)] with f_k = 10000^(−2k / features) of evenly spaced distances t; the layers of a run ask
// for the same few again and again.
class DistanceSinusoids {
public:
    explicit DistanceSinusoids(std::int64_t features) : m_features(features) {}

    struct Distances {
        std::int64_t first = 0; // then first − stride, …
        std::int64_t stride = 1;
        std::int64_t count = 0;
        auto operator<=>(const Distances &) const = default;
    };
    [[nodiscard]] const Tensor &of(const Distances &distances); // (1, count, features)

private:
    std::int64_t m_features;
    std::map<Distances, Tensor> m_known;
};

// Query i stands at queryFirst + i · step · keyStride, key j at keyFirst + j · keyStride.
struct DistancePlaces {
    std::int64_t queryFirst = 0;
    std::int64_t keyFirst = 0;
    std::int64_t keyStride = 1;
    std::int64_t step = 1;
    Tensor queryTypes;            // (batch, queries), I64
    Tensor keyTypes;              // (batch, keys), I64
    bool hasClass = false;        // the first query and the first key have no place and no segment
    DistanceSinusoids &sinusoids; // of this run
};

// Binds r_w_bias, r_r_bias, r_s_bias (heads, d), r_kernel (features, heads, d) and seg_embed (2, heads, d).
class DistanceTerms {
public:
    DistanceTerms(const checkpoint::Weights &w, const DistanceShape &shape);

    // (batch, queries, heads · d) → (batch, heads, queries, d): the query that meets the content of keys.
    [[nodiscard]] Tensor contentQuery(const Tensor &projected) const;

    // (batch, queries, heads · d) → (batch, heads, queries, keys):
    // (q + r_r) · (r_kernelᵀ [sin | cos](distance)) + (q + r_s) · seg_embed[same segment], before any scale.
    // The token type 2 of a class token matches every segment.
    [[nodiscard]] Tensor scores(const Tensor &projected, const DistancePlaces &places) const;

private:
    [[nodiscard]] Tensor heads(const Tensor &projected, const Tensor &bias) const;
    [[nodiscard]] Tensor distanceScores(const Tensor &query, const DistancePlaces &places) const;
    void addSegments(const Tensor &query, const DistancePlaces &places, Tensor &scores) const;

    DistanceShape m_shape;
    Tensor m_contentBias;  // (heads · d)
    Tensor m_distanceBias; // (heads · d)
    Tensor m_segmentBias;  // (heads · d)
    ops::PackedMatrix m_kernel;
    Tensor m_segments; // (2, heads, d)
};

} // namespace engine::layers
