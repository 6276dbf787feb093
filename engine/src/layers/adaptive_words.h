// SPDX-License-Identifier: GPL-3.0-or-later
// Word vectors whose width depends on how frequent the word is. The vocabulary is sorted by frequency and cut into
// clusters; cluster i has vectors of its own width, brought to the model's width by a projection.
// Source: Baevski and Auli 2018, "Adaptive Input Representations for Neural Language Modeling".
#pragma once

#include "checkpoint/weights.h"
#include "engine/tensor.h"
#include "layers/linear.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace engine::layers {

struct AdaptiveShape {
    std::int64_t vocabulary = 0;
    std::vector<std::int64_t> cutoffs = {}; // first word of each further cluster
    std::int64_t features = 0;              // of the model
    std::int64_t width = 0;                 // of the first cluster
    std::int64_t divisor = 1;               // width of cluster i = width / divisorⁱ; 1: one table for all

    [[nodiscard]] std::size_t clusters() const { return cutoffs.size() + 1; }
    [[nodiscard]] std::int64_t begin(std::size_t cluster) const { return cluster == 0 ? 0 : cutoffs[cluster - 1]; }
    [[nodiscard]] std::int64_t end(std::size_t cluster) const
    {
        return cluster < cutoffs.size() ? cutoffs[cluster] : vocabulary;
    }
    [[nodiscard]] std::int64_t widthOf(std::size_t cluster) const;
    [[nodiscard]] bool isProjected() const { return divisor != 1 || features != width; }
};

class AdaptiveEmbedding {
public:
    // Binds emb_layers.<i>.weight (words, width) and emb_projs.<i> (features, width).
    AdaptiveEmbedding(const checkpoint::Weights &w, const AdaptiveShape &shape);

    [[nodiscard]] Tensor operator()(const Tensor &ids) const; // (…) → (…, features), times √features
    [[nodiscard]] const AdaptiveShape &shape() const { return m_shape; }
    [[nodiscard]] Tensor table(std::size_t cluster) const;             // (words, width)
    [[nodiscard]] const Tensor &projection(std::size_t cluster) const; // (features, width); null without one

private:
    AdaptiveShape m_shape;
    std::vector<Tensor> m_tables;      // one when the divisor is 1
    std::vector<Tensor> m_projections; // likewise
    std::vector<Linear> m_maps;
};

} // namespace engine::layers
