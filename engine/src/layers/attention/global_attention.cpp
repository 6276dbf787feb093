// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/attention/global_attention.h"

#include "layers/attention/band.h"
#include "ops/ops.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

namespace engine::layers {
namespace {

// Adds the lowest float to the scores (batch, heads, globals, length) of padding.
void hidePadding(const BandPlaces &places, Tensor &scores)
{
    if (places.keep.isNull())
        return;
    const auto length = static_cast<std::size_t>(scores.size(3));
    const auto rows = static_cast<std::size_t>(scores.size(1) * scores.size(2)); // of one row of the batch
    auto values = scores.mutableFloats();
    for (std::size_t i = 0; i < static_cast<std::size_t>(scores.size(0)) * rows; ++i) {
        const auto keep = places.keep.ints().subspan(i / rows * length, length);
        const auto row = values.subspan(i * length, length);
        std::ranges::transform(row, keep, row.begin(), [](float score, std::int64_t kept) {
            return kept != 0 ? score : score + std::numeric_limits<float>::lowest();
        });
    }
}

// A product with the same matrices (1, heads, …) for every row of x (batch, heads, …).
Tensor forEachRow(const Tensor &x, const std::function<Tensor(const Tensor &)> &product)
{
    Tensor all;
    for (std::int64_t row = 0; row < x.size(0); ++row)
        all = ops::concat(all, product(x.rows(row, row + 1)), 0);
    return all;
}

} // namespace

GlobalAttention::Projection::Projection(const checkpoint::Weights &w, const GlobalAttentionShape &shape)
    : heads(w.tensor("weight", {shape.hidden, shape.hidden})
                .reshaped({1, shape.heads, shape.hidden / shape.heads, shape.hidden})),
      bias(w.tensor("bias", {shape.hidden}))
{
}

Tensor GlobalAttention::Projection::operator()(const Tensor &x) const
{
    const auto hidden = heads.size(3);
    const Tensor rows = x.reshaped({1, 1, x.size(0) * x.size(1), hidden});
    const Tensor all = ops::matmulTransposed(rows, heads.reshaped({1, 1, hidden, hidden}), 1.0F);
    return ops::splitHeads(ops::add(all.reshaped(x.shape()), bias), heads.size(1), 0, hidden);
}

GlobalAttention::GlobalAttention(const checkpoint::Weights &w, const GlobalAttentionShape &shape)
    : m_shape(shape), m_query(w / "query_global", {.inputs = shape.hidden, .outputs = shape.hidden}),
      m_key(w / "key_global", shape), m_value(w / "value_global", shape)
{
}

GlobalAttention::Result GlobalAttention::operator()(const GlobalInputs &in) const
{
    const Tensor query = ops::splitHeads(m_query(globalRows(in.hidden, in.places)), m_shape.heads, 0, m_shape.hidden);
    // Folding costs globals · heads products with every token, projecting as many as there are features.
    return in.places.mostGlobals() * m_shape.heads < m_shape.hidden ? folded(in, query) : projected(in, query);
}

// q · (W x + b) = (q W) · x + q · b, where the last term is the same for all keys, which the softmax takes off again;
// and Σ p (W x + b) = W (Σ p x) + b, because the weights p sum to 1. So the text need not be projected for a few
// queries.
GlobalAttention::Result GlobalAttention::folded(const GlobalInputs &in, const Tensor &query) const
{
    const auto batch = query.size(0);
    const auto rows = query.size(1) * query.size(2);
    const Tensor text = in.hidden.reshaped({batch, 1, in.hidden.size(1), m_shape.hidden});
    const Tensor folded = forEachRow(query, [&](const Tensor &row) { return ops::matmul(row, m_key.heads); });
    Tensor scores = ops::matmulTransposed(folded.reshaped({batch, 1, rows, m_shape.hidden}), text, in.scale);
    scores = scores.reshaped({batch, query.size(1), query.size(2), in.hidden.size(1)});
    hidePadding(in.places, scores);
    Tensor weights = ops::softmax(scores);
    const Tensor mixed = ops::matmul(weights.reshaped({batch, 1, rows, in.hidden.size(1)}), text)
                             .reshaped({batch, query.size(1), query.size(2), m_shape.hidden});
    const Tensor heads =
        forEachRow(mixed, [&](const Tensor &row) { return ops::matmulTransposed(row, m_value.heads, 1.0F); });
    return {.mixed = ops::add(ops::mergeHeads(heads), m_value.bias), .weights = std::move(weights)};
}

GlobalAttention::Result GlobalAttention::projected(const GlobalInputs &in, const Tensor &query) const
{
    Tensor scores = ops::matmulTransposed(query, m_key(in.hidden), in.scale);
    hidePadding(in.places, scores);
    Tensor weights = ops::softmax(scores);
    Tensor mixed = ops::mergeHeads(ops::matmul(weights, m_value(in.hidden)));
    return {.mixed = std::move(mixed), .weights = std::move(weights)};
}

} // namespace engine::layers
