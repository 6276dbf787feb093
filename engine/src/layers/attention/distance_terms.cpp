// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/attention/distance_terms.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

namespace engine::layers {
namespace {

constexpr std::int64_t kClassType = 2; // belongs to every segment

// (1, …) → (count, …), the same for every row of a batch
Tensor repeated(const Tensor &x, std::int64_t count)
{
    Tensor all;
    for (std::int64_t i = 0; i < count; ++i)
        all = ops::concat(all, x, 0);
    return all;
}

bool isSameSegment(std::int64_t a, std::int64_t b)
{
    return a == b || a == kClassType || b == kClassType;
}

} // namespace

const Tensor &DistanceSinusoids::of(const Distances &distances)
{
    Tensor &known = m_known[distances];
    if (!known.isNull())
        return known;
    constexpr float kLongest = 10000.0F;
    const auto half = m_features / 2;
    std::vector<float> frequencies;
    for (std::int64_t k = 0; k < half; ++k)
        frequencies.push_back(1.0F / std::pow(kLongest, static_cast<float>(k) / static_cast<float>(half)));
    known = Tensor::uninitialised({1, distances.count, m_features});
    float *to = known.mutableFloats().data();
    for (std::int64_t c = 0; c < distances.count; ++c, to += m_features)
        for (std::int64_t k = 0; k < half; ++k) {
            const float angle =
                static_cast<float>(distances.first - c * distances.stride) * frequencies[static_cast<std::size_t>(k)];
            to[k] = std::sin(angle);
            to[half + k] = std::cos(angle);
        }
    return known;
}

DistanceTerms::DistanceTerms(const checkpoint::Weights &w, const DistanceShape &shape)
    : m_shape(shape), m_contentBias(w.tensor("r_w_bias", {shape.heads, shape.headSize})),
      m_distanceBias(w.tensor("r_r_bias", {shape.heads, shape.headSize})),
      m_segmentBias(w.tensor("r_s_bias", {shape.heads, shape.headSize})),
      m_kernel(ops::pack(w.tensor("r_kernel", {shape.features, shape.heads, shape.headSize})
                             .reshaped({shape.features, shape.heads * shape.headSize}),
                         ops::WeightLayout::InOut)),
      m_segments(w.tensor("seg_embed", {2, shape.heads, shape.headSize}))
{
    for (Tensor *bias : {&m_contentBias, &m_distanceBias, &m_segmentBias})
        *bias = bias->reshaped({shape.heads * shape.headSize});
}

Tensor DistanceTerms::heads(const Tensor &projected, const Tensor &bias) const
{
    return ops::splitHeads(ops::add(projected, bias), m_shape.heads, 0, m_shape.heads * m_shape.headSize);
}

Tensor DistanceTerms::contentQuery(const Tensor &projected) const
{
    return heads(projected, m_contentBias);
}

Tensor DistanceTerms::scores(const Tensor &projected, const DistancePlaces &places) const
{
    Tensor scores = distanceScores(heads(projected, m_distanceBias), places);
    addSegments(heads(projected, m_segmentBias), places, scores);
    return scores;
}

Tensor DistanceTerms::distanceScores(const Tensor &query, const DistancePlaces &places) const
{
    const auto queries = query.size(2);
    const auto keys = places.keyTypes.size(1);
    // Every distance that occurs, from the last query and the first key on.
    const auto most = places.queryFirst - places.keyFirst + (queries - 1) * places.step * places.keyStride;
    const auto count = (queries - 1) * places.step + keys;
    const Tensor table =
        ops::linear(places.sinusoids.of({.first = most, .stride = places.keyStride, .count = count}), m_kernel);
    const Tensor distances = ops::splitHeads(table, m_shape.heads, 0, table.size(2)); // (1, heads, count, d)
    const Tensor products = ops::matmulTransposed(query, repeated(distances, query.size(0)), 1.0F);
    return ops::relativeShift(products, {.first = (queries - 1) * places.step, .step = places.step, .keys = keys});
}

void DistanceTerms::addSegments(const Tensor &query, const DistancePlaces &places, Tensor &scores) const
{
    const auto heads = query.size(1);
    const auto queries = query.size(2);
    const auto d = query.size(3);
    const auto keys = scores.size(3);
    const float *q = query.floats().data();
    float *to = scores.mutableFloats().data();
    for (std::int64_t row = 0; row < query.size(0) * heads * queries; ++row, q += d, to += keys) {
        const auto i = row % queries;
        const auto b = row / queries / heads;
        if (places.hasClass && i == 0) {
            std::fill_n(to, keys, 0.0F);
            continue;
        }
        const float *different = m_segments.floats().data() + row / queries % heads * d;
        const float *same = different + heads * d;
        const float ifDifferent = std::inner_product(q, q + d, different, 0.0F);
        const float ifSame = std::inner_product(q, q + d, same, 0.0F);
        const auto own = places.queryTypes.ints()[static_cast<std::size_t>(b * queries + i)];
        const auto *types = places.keyTypes.ints().data() + b * keys;
        for (std::int64_t j = 0; j < keys; ++j)
            to[j] += isSameSegment(own, types[j]) ? ifSame : ifDifferent;
        if (places.hasClass)
            to[0] = 0.0F;
    }
}

} // namespace engine::layers
