// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/segment_attention.h"

#include "engine/trace.h"

#include <algorithm>
#include <string>
#include <utility>

namespace engine {
namespace {

class SegmentPattern final : public MaskPattern {
public:
    explicit SegmentPattern(SegmentLayout layout) : m_layout(std::move(layout)) {}

    [[nodiscard]] bool isVisible(const MaskPair &pair) const override
    {
        const auto seen = seenBy(pair.query);
        return pair.key >= seen.begin && pair.key < seen.end;
    }

    void fillRow(const MaskPair &pair, std::span<std::uint8_t> visible) const override
    {
        const auto seen = seenBy(pair.query);
        std::ranges::fill(visible, std::uint8_t{0});
        const auto size = static_cast<std::int64_t>(visible.size());
        for (auto k = std::min(seen.begin, size); k < std::min(seen.end, size); ++k)
            visible[static_cast<std::size_t>(k)] = 1;
    }

    [[nodiscard]] std::string why(const MaskPair &pair) const override
    {
        const auto segment = m_layout.segmentOf(pair.query);
        const auto &own = m_layout.segments[segment];
        const auto seen = seenBy(pair.query);
        const auto k = std::to_string(pair.key);
        const auto q = std::to_string(m_layout.memory() + pair.query);
        if (pair.key >= seen.end)
            return "hidden: position " + k + " comes after position " + q;
        if (pair.key < m_layout.firstKey(segment))
            return "hidden: position " + k + " has left the memory of " + std::to_string(own.memory) + " positions";
        if (pair.key < seen.begin)
            return "hidden: position " + k + " is further back than every position of the segment may look";
        if (pair.key < m_layout.memory())
            return "visible: position " + k + " belongs to the memory before the text";
        if (pair.key < m_layout.memory() + own.first)
            return "visible: position " + k + " is remembered from a former segment";
        return "visible: position " + k + " lies in the segment of position " + q + " and is not after it";
    }

    [[nodiscard]] std::string text() const override
    {
        std::string words = m_layout.segments.size() == 1 ? std::string("one segment")
                                                          : std::to_string(m_layout.segments.size()) + " segments";
        words += " with a memory of " + std::to_string(m_layout.segments.back().memory);
        return m_layout.segments.back().slack ? words + ", equally many keys for every query" : words;
    }

private:
    struct Seen {
        std::int64_t begin;
        std::int64_t end;
    };

    [[nodiscard]] Seen seenBy(std::int64_t query) const
    {
        const auto segment = m_layout.segmentOf(query);
        const auto &own = m_layout.segments[segment];
        const auto first = m_layout.firstKey(segment);
        const auto i = query - own.first;
        const auto skipped = own.slack ? std::max<std::int64_t>(0, i - *own.slack + 1) : 0;
        return {.begin = first + skipped, .end = first + own.memory + i + 1};
    }

    SegmentLayout m_layout;
};

} // namespace

std::int64_t SegmentLayout::queries() const
{
    return segments.empty() ? 0 : segments.back().first + segments.back().queries;
}

std::int64_t SegmentLayout::memory() const
{
    return segments.empty() ? 0 : segments.front().memory;
}

std::size_t SegmentLayout::segmentOf(std::int64_t query) const
{
    const auto after = std::ranges::upper_bound(segments, query, {}, &Segment::first);
    return static_cast<std::size_t>(after - segments.begin()) - 1;
}

std::int64_t SegmentLayout::firstKey(std::size_t segment) const
{
    return memory() + segments[segment].first - segments[segment].memory;
}

std::size_t SegmentAttention::bytes() const
{
    std::size_t sum = 0;
    for (const auto &segment : weights)
        sum += segment.bytes();
    return sum;
}

void SegmentAttention::fillRow(const AttentionRow &row, std::span<float> out) const
{
    std::ranges::fill(out, 0.0F);
    const auto segment = layout.segmentOf(row.query);
    const DenseAttention dense{weights[segment]};
    std::vector<float> values(static_cast<std::size_t>(dense.keys()));
    dense.fillRow({.batch = row.batch, .head = row.head, .query = row.query - layout.segments[segment].first}, values);
    const auto first = static_cast<std::size_t>(layout.firstKey(segment));
    for (std::size_t i = 0; i < values.size() && first + i < out.size(); ++i)
        out[first + i] = values[i];
}

MaskRule segmentMask(const SegmentLayout &layout)
{
    return MaskRule::pattern(std::make_shared<const SegmentPattern>(layout));
}

} // namespace engine
