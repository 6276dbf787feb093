// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/chunk_attention.h"

#include "engine/trace.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace engine {
namespace {

std::size_t bytesOf(const Tensor &tensor)
{
    return tensor.isNull() ? 0 : tensor.bytes();
}

// Places and entries of one (batch, head).
class Arrangement {
public:
    Arrangement(const ChunkLayout &layout, std::int64_t batch, std::int64_t head) : m_layout(layout)
    {
        if (!layout.order.isNull())
            m_begin = static_cast<std::size_t>((batch * layout.order.size(1) + head) * layout.entries());
    }

    [[nodiscard]] std::int64_t placeOf(std::int64_t entry) const
    {
        return m_layout.places.isNull() ? entry : m_layout.places.ints()[m_begin + static_cast<std::size_t>(entry)];
    }
    [[nodiscard]] std::int64_t positionAt(std::int64_t place) const
    {
        const auto entry =
            m_layout.order.isNull() ? place : m_layout.order.ints()[m_begin + static_cast<std::size_t>(place)];
        return entry % m_layout.length;
    }
    // The chunk that lies `offset` chunks behind (before, when negative), around the end.
    [[nodiscard]] std::int64_t neighbour(std::int64_t chunk, std::int64_t offset) const
    {
        const auto chunks = m_layout.chunks();
        return std::abs(offset) >= chunks ? chunk : (chunk + offset + chunks) % chunks;
    }
    // body(index in the span, position) for everything that a chunk sees.
    template <typename Body> void overSpan(std::int64_t chunk, Body &&body) const
    {
        std::size_t index = 0;
        for (std::int64_t offset = -m_layout.before; offset <= m_layout.after; ++offset) {
            const auto first = neighbour(chunk, offset) * m_layout.chunk;
            for (std::int64_t i = 0; i < m_layout.chunk; ++i)
                body(index++, positionAt(first + i));
        }
    }

private:
    const ChunkLayout &m_layout;
    std::size_t m_begin = 0;
};

class ChunkPattern final : public MaskPattern {
public:
    explicit ChunkPattern(ChunkLayout layout) : m_layout(std::move(layout)) {}

    [[nodiscard]] bool isVisible(const MaskPair &pair) const override
    {
        bool isSeen = false;
        overHeads(pair, [&](const Arrangement &list) { isSeen = isSeen || meeting(list, pair).isMet; });
        return isSeen;
    }

    void fillRow(const MaskPair &pair, std::span<std::uint8_t> visible) const override
    {
        std::ranges::fill(visible, std::uint8_t{0});
        overHeads(pair, [&](const Arrangement &list) {
            for (std::int64_t round = 0; round < m_layout.rounds; ++round)
                list.overSpan(chunkOf(list, round, pair.query), [&](std::size_t, std::int64_t position) {
                    if (static_cast<std::size_t>(position) < visible.size())
                        visible[static_cast<std::size_t>(position)] = 1;
                });
        });
    }

    [[nodiscard]] std::string why(const MaskPair &pair) const override
    {
        const auto q = std::to_string(pair.query);
        const auto k = std::to_string(pair.key);
        std::string answer;
        std::int64_t head = std::max<std::int64_t>(pair.head, 0);
        overHeads(pair, [&](const Arrangement &list) {
            const auto met = meeting(list, pair);
            if (answer.empty() && met.isMet)
                answer = seenBecause(pair, met, head);
            ++head;
        });
        if (!answer.empty())
            return answer;
        if (m_layout.order.isNull())
            return "hidden: position " + k + " lies in chunk " + std::to_string(pair.key / m_layout.chunk) +
                   ", out of reach of position " + q + " in chunk " + std::to_string(pair.query / m_layout.chunk);
        const std::string rounds =
            m_layout.rounds == 1 ? "the hash round" : "none of " + std::to_string(m_layout.rounds) + " hash rounds";
        const std::string where =
            (m_layout.rounds == 1 ? "hidden: " + rounds + " does not bring" : "hidden: " + rounds + " brings");
        return where + " position " + k + " into the chunk of position " + q + " or one beside it" +
               (pair.head < 0 ? ", in no head" : "") + bucketsInWords(pair);
    }

    [[nodiscard]] std::string text() const override
    {
        const std::string chunks = "chunks of " + std::to_string(m_layout.chunk) + " with " +
                                   std::to_string(m_layout.before) + " before and " + std::to_string(m_layout.after) +
                                   " after";
        if (m_layout.order.isNull())
            return "local " + chunks;
        return "LSH buckets, " + std::to_string(m_layout.rounds) + (m_layout.rounds == 1 ? " round, " : " rounds, ") +
               chunks;
    }

    [[nodiscard]] bool differsByHead() const override { return !m_layout.order.isNull(); }

private:
    struct Meeting {
        bool isMet = false;
        std::int64_t queryRound = 0;
        std::int64_t keyRound = 0;
        std::int64_t distance = 0; // chunks from the query's to the key's
    };

    [[nodiscard]] std::int64_t chunkOf(const Arrangement &list, std::int64_t round, std::int64_t position) const
    {
        return list.placeOf(round * m_layout.length + position) / m_layout.chunk;
    }

    [[nodiscard]] Meeting meeting(const Arrangement &list, const MaskPair &pair) const
    {
        for (std::int64_t round = 0; round < m_layout.rounds; ++round) // the same round first: the usual reason
            for (std::int64_t step = 0; step < m_layout.rounds; ++step) {
                const auto keyRound = (round + step) % m_layout.rounds;
                const auto from = chunkOf(list, round, pair.query);
                const auto to = chunkOf(list, keyRound, pair.key);
                for (std::int64_t offset = -m_layout.before; offset <= m_layout.after; ++offset)
                    if (list.neighbour(from, offset) == to)
                        return {.isMet = true, .queryRound = round, .keyRound = keyRound, .distance = offset};
            }
        return {};
    }

    template <typename Body> void overHeads(const MaskPair &pair, Body &&body) const
    {
        const auto heads = m_layout.order.isNull() ? 1 : m_layout.order.size(1);
        const auto first = pair.head < 0 || m_layout.order.isNull() ? 0 : pair.head;
        const auto end = pair.head < 0 ? heads : first + 1;
        for (auto head = first; head < end; ++head)
            body(Arrangement(m_layout, pair.batch, head));
    }

    [[nodiscard]] std::int64_t bucket(const MaskPair &pair, std::int64_t round, std::int64_t position) const
    {
        const auto head = std::max<std::int64_t>(pair.head, 0);
        const auto row = (pair.batch * m_layout.buckets.size(1) + head) * m_layout.rounds + round;
        return m_layout.buckets.ints()[static_cast<std::size_t>(row * m_layout.length + position)];
    }

    [[nodiscard]] std::string seenBecause(const MaskPair &pair, const Meeting &met, std::int64_t head) const
    {
        const auto k = std::to_string(pair.key);
        const auto q = std::to_string(pair.query);
        const std::string where =
            met.distance == 0 ? "in the same chunk as position " + q : "in a chunk beside that of position " + q;
        if (m_layout.order.isNull())
            return "visible: position " + k + " lies " + where;
        MaskPair own = pair;
        own.head = head;
        const auto of = bucket(own, met.keyRound, pair.key);
        const auto by = bucket(own, met.queryRound, pair.query);
        const std::string buckets = of == by ? "both in bucket " + std::to_string(of)
                                             : "buckets " + std::to_string(of) + " and " + std::to_string(by);
        return "visible: hash round " + std::to_string(met.queryRound + 1) + " of head " + std::to_string(head) +
               " puts position " + k + " " + where + " (" + buckets + ")";
    }

    [[nodiscard]] std::string bucketsInWords(const MaskPair &pair) const
    {
        if (pair.head < 0 || m_layout.buckets.isNull())
            return "";
        std::string words;
        for (std::int64_t round = 0; round < m_layout.rounds; ++round)
            words += (words.empty() ? " (buckets " : ", ") + std::to_string(bucket(pair, round, pair.key)) + " and " +
                     std::to_string(bucket(pair, round, pair.query));
        return words + ")";
    }

    ChunkLayout m_layout;
};

class ItselfLastPattern final : public MaskPattern {
public:
    ItselfLastPattern(MaskRule others, const MaskSize &size) : m_others(std::move(others)), m_size(size) {}

    [[nodiscard]] bool isVisible(const MaskPair &pair) const override
    {
        return pair.query != pair.key || isAlone(pair);
    }

    void fillRow(const MaskPair &pair, std::span<std::uint8_t> visible) const override
    {
        std::ranges::fill(visible, std::uint8_t{1});
        if (static_cast<std::size_t>(pair.query) < visible.size())
            visible[static_cast<std::size_t>(pair.query)] = isAlone(pair) ? 1 : 0;
    }

    [[nodiscard]] std::string why(const MaskPair &pair) const override
    {
        const auto k = std::to_string(pair.key);
        if (pair.query != pair.key)
            return "visible: position " + k + " is not the query itself";
        return isAlone(pair) ? "visible: position " + k + " sees itself, because there is nothing else for it to see"
                             : "hidden: position " + k + " does not see itself while it sees others (queries are keys)";
    }

    [[nodiscard]] std::string text() const override { return "itself only when nothing else is visible"; }
    [[nodiscard]] bool differsByHead() const override { return true; }

private:
    // With head −1: whether it is so in some head.
    [[nodiscard]] bool isAlone(const MaskPair &pair) const
    {
        std::vector<std::uint8_t> row(static_cast<std::size_t>(m_size.keys));
        const auto first = std::max<std::int64_t>(pair.head, 0);
        const auto end = pair.head < 0 ? m_size.heads : first + 1;
        for (auto head = first; head < end; ++head) {
            m_others.ofHead(head).fillRow(pair.batch, pair.query, row);
            row.at(static_cast<std::size_t>(pair.query)) = 0;
            if (std::ranges::find(row, 1) == row.end())
                return true;
        }
        return false;
    }

    MaskRule m_others;
    MaskSize m_size;
};

} // namespace

Tensor placesOf(const Tensor &order)
{
    Tensor places = Tensor::uninitialised(order.shape(), DType::I64);
    const auto entries = static_cast<std::size_t>(order.size(-1));
    const auto from = order.ints();
    auto to = places.mutableInts();
    for (std::size_t i = 0; i < from.size(); ++i)
        to[i / entries * entries + static_cast<std::size_t>(from[i])] = static_cast<std::int64_t>(i % entries);
    return places;
}

std::size_t ChunkAttention::bytes() const
{
    return bytesOf(weights) + bytesOf(roundWeights) + bytesOf(layout.order) + bytesOf(layout.places) +
           bytesOf(layout.buckets);
}

void ChunkAttention::fillRow(const AttentionRow &row, std::span<float> out) const
{
    std::ranges::fill(out, 0.0F);
    const Arrangement list(layout, row.batch, row.head);
    const auto plane = row.batch * heads() + row.head;
    for (std::int64_t round = 0; round < layout.rounds; ++round) {
        const auto place = list.placeOf(round * layout.length + row.query);
        const float share =
            roundWeights.isNull()
                ? 1.0F
                : roundWeights
                      .floats()[static_cast<std::size_t>((plane * layout.rounds + round) * layout.length + row.query)];
        const auto values =
            weights.floats().subspan(static_cast<std::size_t>((plane * layout.entries() + place) * layout.span()),
                                     static_cast<std::size_t>(layout.span()));
        list.overSpan(place / layout.chunk, [&](std::size_t index, std::int64_t position) {
            if (static_cast<std::size_t>(position) < out.size())
                out[static_cast<std::size_t>(position)] += share * values[index];
        });
    }
}

MaskRule chunkMask(const ChunkLayout &layout)
{
    return MaskRule::pattern(std::make_shared<const ChunkPattern>(layout));
}

MaskRule itselfLastMask(const MaskRule &others, const MaskSize &size)
{
    return MaskRule::pattern(std::make_shared<const ItselfLastPattern>(others, size));
}

} // namespace engine
