// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/adaptive_words.h"

#include "engine/error.h"
#include "ops/ops.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace engine::layers {

std::int64_t AdaptiveShape::widthOf(std::size_t cluster) const
{
    std::int64_t w = width;
    for (std::size_t i = 0; i < cluster; ++i)
        w /= divisor;
    return w;
}

AdaptiveEmbedding::AdaptiveEmbedding(const checkpoint::Weights &w, const AdaptiveShape &shape) : m_shape(shape)
{
    const std::size_t tables = shape.divisor == 1 ? 1 : shape.clusters();
    for (std::size_t i = 0; i < tables; ++i) {
        const auto words = shape.divisor == 1 ? shape.vocabulary : shape.end(i) - shape.begin(i);
        const auto index = static_cast<std::int64_t>(i);
        m_tables.push_back((w / "emb_layers" / index).tensor("weight", {words, shape.widthOf(i)}));
        if (!shape.isProjected())
            continue;
        m_projections.push_back((w / "emb_projs").tensor(std::to_string(i), {shape.features, shape.widthOf(i)}));
        m_maps.emplace_back(m_projections.back(), Tensor());
    }
}

Tensor AdaptiveEmbedding::table(std::size_t cluster) const
{
    return m_shape.divisor == 1 ? m_tables.front().rows(m_shape.begin(cluster), m_shape.end(cluster))
                                : m_tables[cluster];
}

const Tensor &AdaptiveEmbedding::projection(std::size_t cluster) const
{
    static const Tensor kNone;
    if (m_projections.empty())
        return kNone;
    return m_projections[m_shape.divisor == 1 ? 0 : cluster];
}

Tensor AdaptiveEmbedding::operator()(const Tensor &ids) const
{
    const float scale = std::sqrt(static_cast<float>(m_shape.features));
    auto sizes = ids.shape().sizes();
    sizes.push_back(m_shape.features);
    if (m_tables.size() == 1) {
        const Tensor x = ops::embedding(m_tables.front(), ids, "token id");
        return ops::scale(m_maps.empty() ? x : m_maps.front()(x), scale);
    }
    for (const auto id : ids.ints())
        if (id < 0 || id >= m_shape.vocabulary)
            failArgument("token id: id " + std::to_string(id) + " is outside the table of " +
                         std::to_string(m_shape.vocabulary) + " rows");
    Tensor out = Tensor::uninitialised(Shape(std::move(sizes)));
    for (std::size_t i = 0; i < m_tables.size(); ++i) {
        std::vector<std::int64_t> places;
        std::vector<std::int64_t> words; // of the cluster
        for (std::size_t at = 0; at < ids.ints().size(); ++at)
            if (const auto id = ids.ints()[at]; id >= m_shape.begin(i) && id < m_shape.end(i)) {
                places.push_back(static_cast<std::int64_t>(at));
                words.push_back(id - m_shape.begin(i));
            }
        if (words.empty())
            continue;
        const Tensor own = Tensor::fromInts({static_cast<std::int64_t>(words.size())}, words);
        const Tensor x = ops::scale(m_maps[i](ops::embedding(m_tables[i], own, "token id")), scale);
        for (std::size_t row = 0; row < places.size(); ++row)
            std::copy_n(x.floats().data() + static_cast<std::int64_t>(row) * m_shape.features, m_shape.features,
                        out.mutableFloats().data() + places[row] * m_shape.features);
    }
    return out;
}

} // namespace engine::layers
