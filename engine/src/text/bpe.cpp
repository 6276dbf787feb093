// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/bpe.h"

#include <algorithm>
#include <queue>
#include <tuple>

namespace engine::text {

namespace {

constexpr std::int32_t kNone = -1;

std::uint64_t pairKey(std::int64_t left, std::int64_t right)
{
    return (static_cast<std::uint64_t>(left) << 32U) | static_cast<std::uint64_t>(right);
}

} // namespace

// A pair that could be merged when it was seen; stale when one of its symbols has changed since.
struct BpeMerges::Candidate {
    std::uint32_t rank = 0;
    std::int32_t at = 0; // left symbol
    std::int64_t left = 0;
    std::int64_t right = 0;
    std::int64_t joined = 0;

    [[nodiscard]] bool operator>(const Candidate &other) const
    {
        return std::tie(rank, at) > std::tie(other.rank, other.at);
    }
};

// One word as a linked list inside an array, and its candidates in a heap.
class BpeMerges::Work {
public:
    Work(const BpeMerges &merges, std::vector<BpeSymbol> &symbols, std::vector<BpeStep> *steps)
        : m_merges(merges), m_symbols(symbols), m_steps(steps)
    {
        const auto size = static_cast<std::int32_t>(symbols.size());
        m_next.resize(symbols.size());
        m_previous.resize(symbols.size());
        for (std::int32_t at = 0; at < size; ++at) {
            m_next[at] = at + 1 < size ? at + 1 : kNone;
            m_previous[at] = at - 1;
        }
        std::vector<Candidate> candidates;
        for (std::int32_t at = 0; at + 1 < size; ++at)
            if (const Merge *merge = merges.find(symbols[at].id, symbols[at + 1].id))
                candidates.push_back(candidate(*merge, at, at + 1));
        m_heap = Heap(std::greater<>(), std::move(candidates));
    }

    void run()
    {
        std::vector<Candidate> batch;
        while (!m_heap.empty()) {
            batch.assign(1, m_heap.top());
            m_heap.pop();
            while (m_merges.m_order == MergeOrder::RankByRank && !m_heap.empty() &&
                   m_heap.top().rank == batch.front().rank) {
                batch.push_back(m_heap.top());
                m_heap.pop();
            }
            for (const Candidate &next : batch)
                merge(next);
        }
        compact();
    }

private:
    using Heap = std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>>;

    [[nodiscard]] Candidate candidate(const Merge &merge, std::int32_t left, std::int32_t right) const
    {
        return {.rank = merge.rank,
                .at = left,
                .left = m_symbols[left].id,
                .right = m_symbols[right].id,
                .joined = merge.joined};
    }

    void consider(std::int32_t left, std::int32_t right)
    {
        if (left == kNone || right == kNone)
            return;
        if (const Merge *merge = m_merges.find(m_symbols[left].id, m_symbols[right].id))
            m_heap.push(candidate(*merge, left, right));
    }

    void merge(const Candidate &candidate)
    {
        const std::int32_t right = m_next[candidate.at];
        if (isGone(candidate.at) || right == kNone || isStale(candidate, right))
            return;
        BpeSymbol &symbol = m_symbols[candidate.at];
        if (m_steps != nullptr)
            m_steps->push_back({.left = candidate.left, .right = candidate.right, .rank = candidate.rank});
        symbol.id = candidate.joined;
        symbol.end = m_symbols[right].end;
        m_next[candidate.at] = m_next[right];
        if (m_next[right] != kNone)
            m_previous[m_next[right]] = candidate.at;
        m_symbols[right].begin = m_symbols[right].end; // an empty symbol is gone
        m_next[right] = kNone;
        consider(m_previous[candidate.at], candidate.at);
        consider(candidate.at, m_next[candidate.at]);
    }

    // The Rust library merges a pair that has changed since where the new one makes the same symbol.
    [[nodiscard]] bool isStale(const Candidate &candidate, std::int32_t right) const
    {
        const std::int64_t leftId = m_symbols[candidate.at].id;
        const std::int64_t rightId = m_symbols[right].id;
        if (leftId == candidate.left && rightId == candidate.right)
            return false;
        if (m_merges.m_order == MergeOrder::RankByRank)
            return true;
        const Merge *merge = m_merges.find(leftId, rightId);
        return merge == nullptr || merge->joined != candidate.joined;
    }

    [[nodiscard]] bool isGone(std::int32_t at) const { return m_symbols[at].begin == m_symbols[at].end; }

    void compact()
    {
        std::erase_if(m_symbols, [](const BpeSymbol &symbol) { return symbol.begin == symbol.end; });
    }

    const BpeMerges &m_merges;
    std::vector<BpeSymbol> &m_symbols;
    std::vector<BpeStep> *m_steps;
    std::vector<std::int32_t> m_next;
    std::vector<std::int32_t> m_previous;
    Heap m_heap;
};

void BpeMerges::add(std::int64_t left, std::int64_t right, std::int64_t joined)
{
    m_merges[pairKey(left, right)] = {.rank = m_count, .joined = joined};
    ++m_count;
}

const BpeMerges::Merge *BpeMerges::find(std::int64_t left, std::int64_t right) const
{
    if (left < 0 || right < 0)
        return nullptr;
    const auto found = m_merges.find(pairKey(left, right));
    return found == m_merges.end() ? nullptr : &found->second;
}

void BpeMerges::apply(std::vector<BpeSymbol> &symbols, std::vector<BpeStep> *steps) const
{
    if (symbols.size() > 1)
        Work(*this, symbols, steps).run();
}

} // namespace engine::text
