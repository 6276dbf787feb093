// SPDX-License-Identifier: GPL-3.0-or-later
#include "heads/adaptive.h"

#include "engine/names.h"
#include "ops/ops.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace engine::heads {
namespace {

using layers::Linear;

class AdaptiveScoresHead final : public Head {
public:
    explicit AdaptiveScoresHead(const AdaptiveScores &parts) : m_shape(parts.shape)
    {
        for (std::size_t i = 0; i < parts.clusters.size(); ++i) {
            const auto &cluster = parts.clusters[i];
            const bool hasMore = i == 0 && !parts.clusterWeight.isNull();
            const Tensor weight = hasMore ? ops::concat(cluster.weight, parts.clusterWeight, 0) : cluster.weight;
            const Tensor bias = hasMore ? ops::concat(cluster.bias, parts.clusterBias, 0) : cluster.bias;
            m_clusters.push_back({.projection = std::nullopt, .scores = Linear(weight, bias)});
            if (!cluster.projection.isNull())
                m_clusters.back().projection.emplace(cluster.projection, Tensor(), ops::WeightLayout::InOut);
        }
    }

    void apply(const HeadInput &in, NamedTensors &outputs) const override
    {
        const Tensor hidden =
            in.onlyLastPosition ? poolPosition(-1)(in).reshaped({in.hidden.size(0), 1, in.hidden.size(2)}) : in.hidden;
        const auto rows = hidden.size(0) * hidden.size(1);
        Tensor out = Tensor::uninitialised({rows, m_shape.vocabulary});
        const Tensor head = logProbabilities(hidden, 0);
        const auto width = head.size(1);
        float *to = out.mutableFloats().data();
        for (std::int64_t row = 0; row < rows; ++row)
            std::copy_n(head.floats().data() + row * width, m_shape.end(0), to + row * m_shape.vocabulary);
        for (std::size_t i = 1; i < m_clusters.size(); ++i) {
            const Tensor within = logProbabilities(hidden, i);
            const auto words = within.size(1);
            for (std::int64_t row = 0; row < rows; ++row) {
                const auto column = row * width + m_shape.end(0) + static_cast<std::int64_t>(i) - 1;
                const float cluster = head.floats()[static_cast<std::size_t>(column)];
                const float *from = within.floats().data() + row * words;
                std::transform(from, from + words, to + row * m_shape.vocabulary + m_shape.begin(i),
                               [cluster](float word) { return cluster + word; });
            }
        }
        auto sizes = in.leading.sizes();
        sizes.insert(sizes.end(), {hidden.size(1), m_shape.vocabulary});
        outputs[names::kPredictionScores] = out.reshaped(Shape(std::move(sizes)));
    }

private:
    struct Cluster {
        std::optional<Linear> projection;
        Linear scores;
    };

    // (rows, words of the cluster, and the further clusters behind those of the first)
    [[nodiscard]] Tensor logProbabilities(const Tensor &hidden, std::size_t cluster) const
    {
        const auto &own = m_clusters[cluster];
        const Tensor scores = own.scores(own.projection ? (*own.projection)(hidden) : hidden);
        return ops::logSoftmax(scores.reshaped({scores.elements() / scores.size(-1), scores.size(-1)}));
    }

    layers::AdaptiveShape m_shape;
    std::vector<Cluster> m_clusters;
};

} // namespace

HeadPtr adaptiveScores(const AdaptiveScores &parts)
{
    return std::make_shared<AdaptiveScoresHead>(parts);
}

} // namespace engine::heads
