// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/attention/chunked_parts.h"

#include "engine/error.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace engine::layers {
namespace {

using chunked::HeadMaps;
using chunked::isListening;
using chunked::kHiddenScore;

constexpr float kOwnScore = -1e5F; // of a position with itself: only seen when everything else is hidden
constexpr double kNormEpsilon = 1e-6;

std::int64_t productOf(std::span<const std::int64_t> factors)
{
    return std::accumulate(factors.begin(), factors.end(), std::int64_t{1}, std::multiplies<>());
}

// Buckets of the rounds numbered one after the other, `perRound` numbers each; hidden positions take the last of them.
Tensor numbered(Tensor buckets, const Tensor &mask, std::int64_t perRound)
{
    const auto heads = buckets.size(1);
    const auto rounds = buckets.size(2);
    const auto n = buckets.size(3);
    auto values = buckets.mutableInts();
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto at = static_cast<std::int64_t>(i);
        const auto row = at / n / rounds / heads;
        const bool isHidden = !mask.isNull() && mask.ints()[static_cast<std::size_t>(row * n + at % n)] == 0;
        values[i] = (isHidden ? perRound - 1 : values[i]) + at / n % rounds * perRound;
    }
    return buckets;
}

class HashedAttention final : public ChunkedSelfAttention {
public:
    HashedAttention(const checkpoint::Weights &w, const ChunkedShape &shape)
        : m_shape(shape), m_queryKey(w / "query_key", shape), m_value(w / "value", shape)
    {
    }

    [[nodiscard]] Tensor operator()(const Input &in, const RunControl &control) const override
    {
        return in.memory != nullptr && in.memory->length > 0 ? step(in, control) : whole(in, control);
    }

    [[nodiscard]] bool isHashing() const override { return true; }

private:
    struct Collected {
        std::vector<Tensor> queries, keys, values, weights, roundWeights, orders, buckets;
    };
    struct Wishes { // of the run's memory and of who listens
        bool queries, keys, values, weights, buckets;
    };

    [[nodiscard]] Tensor normalised(const Tensor &queryKey) const
    {
        const auto factor = static_cast<float>(1.0 / std::sqrt(static_cast<double>(m_shape.headSize)));
        return ops::divideByRootMeanSquare(queryKey, {.epsilon = kNormEpsilon, .factor = factor});
    }

    [[nodiscard]] Tensor rotations(const Input &in) const
    {
        std::int64_t columns = 0;
        for (const auto factor : in.bucketFactors)
            columns += factor / 2;
        return in.rotations({m_shape.heads, m_shape.headSize, in.rounds, columns});
    }

    [[nodiscard]] Tensor whole(const Input &in, const RunControl &control) const
    {
        const auto length = in.hidden.size(1);
        const bool isHashed = length > m_shape.chunk;
        const Tensor turns = isHashed ? rotations(in) : Tensor();
        const bool hasMemory = in.memory != nullptr;
        const bool isHeard = isListening(in, control, TraceKind::Attention);
        const Wishes wishes{.queries = hasMemory || isListening(in, control, TraceKind::QueryKey),
                            .keys = isListening(in, control, TraceKind::QueryKey),
                            .values = hasMemory || isListening(in, control, TraceKind::Value),
                            .weights = isHeard,
                            .buckets = hasMemory || isHeard || isListening(in, control, TraceKind::Mechanism)};
        Collected kept;
        Tensor merged = Tensor::uninitialised({in.hidden.size(0), length, m_shape.heads * m_shape.headSize});
        for (std::int64_t head = 0; head < m_shape.heads; ++head) {
            control.checkpoint();
            const Tensor turn = isHashed ? turns.rows(head, head + 1) : Tensor();
            chunked::placeHead(attendHead(in, {.index = head, .turn = turn}, wishes, kept), head, merged);
        }
        if (hasMemory) {
            chunked::remember(*in.memory, ops::firstPositions(chunked::joinHeads(kept.queries), in.kept),
                              ops::firstPositions(chunked::joinHeads(kept.values), in.kept));
            if (isHashed)
                in.memory->buckets = firstOf(chunked::joinHeads(kept.buckets), in.kept);
        }
        tell(in, control, isHashed, kept);
        return merged;
    }

    struct HeadTurn {
        std::int64_t index = 0;
        Tensor turn; // (1, d, rounds, columns); null: no hashing
    };

    // (batch, 1, length, d)
    [[nodiscard]] Tensor attendHead(const Input &in, const HeadTurn &head, const Wishes &wishes, Collected &kept) const
    {
        const bool isHashed = !head.turn.isNull();
        const Tensor query = m_queryKey(in.hidden, head.index);
        const Tensor key = normalised(query);
        const Tensor value = m_value(in.hidden, head.index);
        ops::ChunkedAttentionOptions options{.chunk = query.size(2),
                                             .isCausal = m_shape.isCausal,
                                             .keep = in.mask,
                                             .hiddenScore = kHiddenScore,
                                             .ownScore = kOwnScore,
                                             .keepsWeights = wishes.weights};
        if (isHashed) {
            const auto count = productOf(in.bucketFactors) + (in.mask.isNull() ? 0 : 1); // one for what is hidden
            const Tensor buckets = numbered(ops::hashBuckets(query, head.turn, in.bucketFactors), in.mask, count);
            options.order = ops::sortByBucket(buckets.reshaped({query.size(0), 1, in.rounds * query.size(2)}));
            options.chunk = m_shape.chunk;
            options.before = m_shape.before;
            options.after = m_shape.after;
            if (wishes.buckets)
                kept.buckets.push_back(buckets);
            if (wishes.weights)
                kept.orders.push_back(options.order);
        }
        const auto attention = ops::chunkedAttention(query, key, value, options);
        if (wishes.queries)
            kept.queries.push_back(query);
        if (wishes.keys)
            kept.keys.push_back(key);
        if (wishes.values)
            kept.values.push_back(value);
        if (wishes.weights)
            kept.weights.push_back(attention.weights);
        if (!isHashed || in.rounds == 1)
            return attention.mixed;
        auto averaged = ops::averageRounds(attention, in.rounds);
        if (wishes.weights)
            kept.roundWeights.push_back(averaged.weights);
        return averaged.mixed;
    }

    void tell(const Input &in, const RunControl &control, bool isHashed, const Collected &kept) const
    {
        if (isListening(in, control, TraceKind::QueryKey))
            control.trace->queryKey({.stack = in.stack,
                                     .layer = in.layer,
                                     .query = chunked::joinHeads(kept.queries),
                                     .key = chunked::joinHeads(kept.keys)});
        if (isListening(in, control, TraceKind::Value))
            control.trace->value({.stack = in.stack, .layer = in.layer, .tensor = chunked::joinHeads(kept.values)});
        const Tensor buckets = chunked::joinHeads(kept.buckets);
        if (isHashed && isListening(in, control, TraceKind::Mechanism))
            control.trace->mechanism({.stack = in.stack, .layer = in.layer, .name = "buckets", .tensor = buckets});
        if (!isListening(in, control, TraceKind::Attention))
            return;
        const auto length = in.hidden.size(1);
        const Tensor weights = chunked::joinHeads(kept.weights);
        const MaskRule common = chunked::commonRule(in, m_shape);
        const MaskSize size{.keys = length, .heads = m_shape.heads};
        AppliedMask mask;
        AttentionForm form = DenseAttention{};
        if (isHashed) {
            const Tensor order = chunked::joinHeads(kept.orders);
            const ChunkLayout layout{.length = length,
                                     .rounds = in.rounds,
                                     .chunk = m_shape.chunk,
                                     .before = m_shape.before,
                                     .after = m_shape.after,
                                     .order = order,
                                     .places = placesOf(order),
                                     .buckets = buckets};
            form = ChunkAttention{
                .layout = layout, .weights = weights, .roundWeights = chunked::joinHeads(kept.roundWeights)};
            mask.terms.push_back({.rule = chunkMask(layout), .mode = MaskMode::Replace, .value = kHiddenScore});
        } else {
            form = DenseAttention{weights.reshaped({weights.size(0), weights.size(1), length, length})};
        }
        mask.terms.push_back({.rule = common, .mode = MaskMode::Replace, .value = kHiddenScore});
        mask.terms.push_back(
            {.rule = itselfLastMask(mask.rule(), size), .mode = MaskMode::Replace, .value = kOwnScore});
        control.trace->attention(
            {.stack = in.stack, .layer = in.layer, .data = std::move(form), .mask = std::move(mask)});
    }

    // The first positions of buckets (batch, heads, rounds, length).
    static Tensor firstOf(const Tensor &buckets, std::int64_t count)
    {
        ChunkMemory cut;
        cut.buckets = buckets;
        cut.length = buckets.size(3);
        cut.truncate(count);
        return cut.buckets;
    }

    // One further position. Up to a chunk it sees everything; then what lies beside it in the sorted list of each
    // round. Rounds are sorted apart here, and a list that is shorter than what is seen is seen more than once: both as
    // the reference does it.
    [[nodiscard]] Tensor step(const Input &in, const RunControl &control) const
    {
        auto &memory = *in.memory;
        const Tensor query = m_queryKey.all(in.hidden);
        chunked::remember(memory, query, m_value.all(in.hidden));
        std::int64_t rounds = 1;
        std::vector<std::int64_t> positions;
        if (!memory.buckets.isNull()) {
            rounds = memory.buckets.size(2);
            hashNewest(in, query);
            positions = besideNewest(memory.buckets);
        } else {
            if (memory.length >= m_shape.chunk)
                memory.buckets = numbered(
                    ops::hashBuckets(ops::firstPositions(memory.key, memory.length), rotations(in), in.bucketFactors),
                    {}, productOf(in.bucketFactors));
            for (std::int64_t list = 0; list < query.size(0) * m_shape.heads; ++list)
                for (std::int64_t position = 0; position < memory.length; ++position)
                    positions.push_back(position);
        }
        auto keys = chunked::pick(memory, rounds, std::move(positions));
        keys.query = query;
        keys.key = normalised(keys.key);
        keys.ownScore = kOwnScore;
        return chunked::attendToPicked(keys, memory, in, control);
    }

    // Appends the newest position's buckets. Whether there is one for hidden positions shows in the numbers.
    void hashNewest(const Input &in, const Tensor &query) const
    {
        auto &buckets = in.memory->buckets;
        if (buckets.size(2) != in.rounds)
            failArgument("num_hashes: the memory holds " + std::to_string(buckets.size(2)) + " rounds, found " +
                         std::to_string(in.rounds));
        const auto count = productOf(in.bucketFactors);
        const bool hasExtra = *std::ranges::max_element(buckets.ints()) > in.rounds * count - 1;
        const Tensor newest =
            numbered(ops::hashBuckets(query, rotations(in), in.bucketFactors), {}, count + (hasExtra ? 1 : 0));
        buckets = ops::concat(buckets, newest, 3);
    }

    // Of every list (batch, head, round): the positions in the newest one's chunk and in those beside it.
    [[nodiscard]] std::vector<std::int64_t> besideNewest(const Tensor &buckets) const
    {
        const auto n = buckets.size(3);
        const auto lists = buckets.elements() / n;
        const Tensor order = ops::sortByBucket(buckets.reshaped({lists, 1, n}));
        const auto seen = m_shape.chunk * (m_shape.before + 1 + m_shape.after);
        std::vector<std::int64_t> positions;
        positions.reserve(static_cast<std::size_t>(lists * seen));
        for (std::int64_t list = 0; list < lists; ++list) {
            const auto sorted = order.ints().subspan(static_cast<std::size_t>(list * n), static_cast<std::size_t>(n));
            const auto place = std::ranges::find(sorted, n - 1) - sorted.begin();
            const auto start = (place / m_shape.chunk - m_shape.before) * m_shape.chunk;
            for (std::int64_t i = 0; i < seen; ++i)
                positions.push_back(sorted[static_cast<std::size_t>(((start + i) % n + n) % n)]);
        }
        return positions;
    }

    ChunkedShape m_shape;
    HeadMaps m_queryKey;
    HeadMaps m_value;
};

} // namespace

std::shared_ptr<const ChunkedSelfAttention> hashedAttention(const checkpoint::Weights &w, const ChunkedShape &shape)
{
    return std::make_shared<const HashedAttention>(w, shape);
}

} // namespace engine::layers
