// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/attention/chunked_parts.h"

#include "engine/error.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace engine::layers {
namespace {

// Rows of the batch, in a new order.
Tensor pickRows(const Tensor &x, std::span<const std::int64_t> rows)
{
    auto sizes = x.shape().sizes();
    sizes[0] = static_cast<std::int64_t>(rows.size());
    Tensor out = Tensor::uninitialised(Shape(sizes), x.dtype());
    const auto bytes = x.bytes() / static_cast<std::size_t>(x.size(0));
    for (std::size_t i = 0; i < rows.size(); ++i)
        std::memcpy(out.mutableData() + i * bytes, x.data() + static_cast<std::size_t>(rows[i]) * bytes, bytes);
    return out;
}

} // namespace

void ChunkMemory::truncate(std::int64_t newLength)
{
    if (newLength >= length)
        return;
    length = newLength;
    if (length == 0) {
        *this = {};
        return;
    }
    if (buckets.isNull())
        return;
    const auto rows = buckets.size(0) * buckets.size(1) * buckets.size(2);
    const auto before = buckets.size(3);
    Tensor cut = Tensor::uninitialised({buckets.size(0), buckets.size(1), buckets.size(2), length}, DType::I64);
    for (std::int64_t row = 0; row < rows; ++row)
        std::copy_n(buckets.ints().data() + row * before, length, cut.mutableInts().data() + row * length);
    buckets = std::move(cut);
}

void ChunkMemory::reorder(std::span<const std::int64_t> rows)
{
    for (auto *tensor : {&key, &value, &buckets})
        if (!tensor->isNull())
            *tensor = pickRows(*tensor, rows);
}

namespace chunked {

HeadMaps::HeadMaps(const checkpoint::Weights &w, const ChunkedShape &shape)
{
    const Tensor weight = w.tensor("weight", {shape.heads * shape.headSize, shape.hidden});
    for (std::int64_t head = 0; head < shape.heads; ++head)
        m_heads.emplace_back(weight.rows(head * shape.headSize, (head + 1) * shape.headSize), Tensor());
}

Tensor HeadMaps::operator()(const Tensor &hidden, std::int64_t head) const
{
    const Tensor y = m_heads[static_cast<std::size_t>(head)](hidden);
    return y.reshaped({y.size(0), 1, y.size(1), y.size(2)});
}

Tensor HeadMaps::all(const Tensor &hidden) const
{
    std::vector<Tensor> heads;
    for (std::size_t head = 0; head < m_heads.size(); ++head)
        heads.push_back((*this)(hidden, static_cast<std::int64_t>(head)));
    return joinHeads(heads);
}

Tensor joinHeads(const std::vector<Tensor> &heads)
{
    if (heads.empty() || heads.front().isNull())
        return {};
    auto sizes = heads.front().shape().sizes();
    sizes[1] = static_cast<std::int64_t>(heads.size());
    Tensor out = Tensor::uninitialised(Shape(sizes), heads.front().dtype());
    const auto batch = static_cast<std::size_t>(sizes[0]);
    const auto bytes = heads.front().bytes() / batch;
    std::byte *to = out.mutableData();
    for (std::size_t b = 0; b < batch; ++b)
        for (const auto &head : heads) {
            std::memcpy(to, head.data() + b * bytes, bytes);
            to += bytes;
        }
    return out;
}

void placeHead(const Tensor &head, std::int64_t index, Tensor &merged)
{
    const auto rows = head.size(0) * head.size(2);
    const auto d = head.size(3);
    const auto stride = merged.size(-1);
    const float *from = head.floats().data();
    float *to = merged.mutableFloats().data() + index * d;
    for (std::int64_t row = 0; row < rows; ++row)
        std::copy_n(from + row * d, d, to + row * stride);
}

bool isListening(const ChunkedSelfAttention::Input &in, const RunControl &control, TraceKind kind)
{
    return control.trace != nullptr && control.trace->wants(in.stack, in.layer, kind);
}

MaskRule commonRule(const ChunkedSelfAttention::Input &in, const ChunkedShape &shape)
{
    std::vector<MaskRule> rules;
    if (shape.isCausal)
        rules.push_back(MaskRule::causal(0));
    if (!in.mask.isNull()) {
        std::vector<std::vector<bool>> keep(static_cast<std::size_t>(in.mask.size(0)));
        auto value = in.mask.ints().begin();
        for (auto &row : keep)
            for (std::int64_t k = 0; k < in.mask.size(1); ++k)
                row.push_back(*value++ != 0);
        rules.push_back(MaskRule::padding(std::move(keep)));
    }
    return MaskRule::all(std::move(rules));
}

void remember(ChunkMemory &memory, const Tensor &key, const Tensor &value)
{
    memory.key = ops::extend(std::move(memory.key), memory.length, key);
    memory.value = ops::extend(std::move(memory.value), memory.length, value);
    memory.length += key.size(2);
}

PickedKeys pick(const ChunkMemory &memory, std::int64_t rounds, std::vector<std::int64_t> positions)
{
    const auto batch = memory.key.size(0);
    const auto heads = memory.key.size(1);
    const auto capacity = memory.key.size(2);
    const auto d = memory.key.size(3);
    const auto lists = batch * heads * rounds;
    const auto count = static_cast<std::int64_t>(positions.size()) / lists;
    PickedKeys out{.query = {},
                   .key = Tensor::uninitialised({batch, heads * rounds, count, d}),
                   .value = Tensor::uninitialised({batch, heads * rounds, count, d}),
                   .positions = std::move(positions),
                   .rounds = rounds};
    float *key = out.key.mutableFloats().data();
    float *value = out.value.mutableFloats().data();
    for (std::int64_t i = 0; i < lists * count; ++i) {
        const auto from = (i / count / rounds * capacity + out.positions[static_cast<std::size_t>(i)]) * d;
        std::copy_n(memory.key.floats().data() + from, d, key + i * d);
        std::copy_n(memory.value.floats().data() + from, d, value + i * d);
    }
    return out;
}

namespace {

// The query of each head once a round.
Tensor repeated(const Tensor &query, std::int64_t rounds)
{
    const auto d = query.size(3);
    Tensor out = Tensor::uninitialised({query.size(0), query.size(1) * rounds, 1, d});
    for (std::int64_t i = 0; i < out.elements() / d; ++i)
        std::copy_n(query.floats().data() + i / rounds * d, d, out.mutableFloats().data() + i * d);
    return out;
}

struct Weighed {
    Tensor weights; // like the scores
    Tensor logSums; // (batch, heads, rounds)
};

Weighed weigh(const PickedKeys &keys, const Tensor &scores, std::int64_t newest)
{
    const auto count = static_cast<std::size_t>(scores.size(3));
    const auto lists = scores.elements() / scores.size(3);
    Weighed out{.weights = Tensor::uninitialised(scores.shape()),
                .logSums = Tensor::uninitialised({scores.size(0), scores.size(1) / keys.rounds, keys.rounds})};
    auto weights = out.weights.mutableFloats();
    std::ranges::copy(scores.floats(), weights.begin());
    for (std::int64_t list = 0; list < lists; ++list) {
        const auto begin = static_cast<std::size_t>(list) * count;
        const auto row = weights.subspan(begin, count);
        for (std::size_t i = 0; i < count; ++i)
            if (keys.ownScore && keys.positions[begin + i] == newest)
                row[i] = *keys.ownScore;
        const float largest = *std::ranges::max_element(row);
        double sum = 0.0;
        for (const float score : row)
            sum += static_cast<double>(std::exp(score - largest));
        const float logSum = largest + static_cast<float>(std::log(sum));
        for (float &score : row)
            score = std::exp(score - logSum);
        out.logSums.mutableFloats()[static_cast<std::size_t>(list)] = logSum;
    }
    return out;
}

// All rounds' weights as one row over the memory's positions, (batch, heads, 1, length).
Tensor denseRow(const PickedKeys &keys, const Weighed &weighed, const Tensor &shares, std::int64_t length)
{
    const auto lists = weighed.logSums.elements();
    const auto count = weighed.weights.size(3);
    Tensor row = Tensor::zeros({weighed.logSums.size(0), weighed.logSums.size(1), 1, length});
    auto to = row.mutableFloats();
    for (std::int64_t i = 0; i < lists * count; ++i) {
        const auto list = i / count;
        const auto at = list / keys.rounds * length + keys.positions[static_cast<std::size_t>(i)];
        to[static_cast<std::size_t>(at)] +=
            shares.floats()[static_cast<std::size_t>(list)] * weighed.weights.floats()[static_cast<std::size_t>(i)];
    }
    return row;
}

} // namespace

Tensor attendToPicked(const PickedKeys &keys, const ChunkMemory &memory, const ChunkedSelfAttention::Input &in,
                      const RunControl &control)
{
    const auto batch = keys.query.size(0);
    const auto heads = keys.query.size(1);
    const auto d = keys.query.size(3);
    const Tensor scores = ops::matmulTransposed(repeated(keys.query, keys.rounds), keys.key, keys.factor);
    const Weighed weighed = weigh(keys, scores, memory.length - 1);
    const Tensor mixed = ops::matmul(weighed.weights, keys.value);
    const auto averaged = ops::averageRounds(
        {.mixed = mixed.reshaped({batch, heads, keys.rounds, d}), .logSums = weighed.logSums, .weights = {}},
        keys.rounds);
    if (isListening(in, control, TraceKind::Attention))
        control.trace->attention(
            {.stack = in.stack,
             .layer = in.layer,
             .data = DenseAttention{denseRow(keys, weighed, averaged.weights, memory.length)},
             .mask = {
                 {{.rule = MaskRule::causal(memory.length - 1), .mode = MaskMode::Replace, .value = kHiddenScore}}}});
    return averaged.mixed.reshaped({batch, 1, heads * d});
}

} // namespace chunked
} // namespace engine::layers
