// SPDX-License-Identifier: GPL-3.0-or-later
// Byte-pair encoding (Sennrich et al. 2016): merge the neighbours of the lowest rank until none is left.
#pragma once

#include "text/stages.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace engine::text {

class Vocabulary;

// A symbol of a word that is being merged; [begin, end) in whatever units the caller counts.
struct BpeSymbol {
    std::int64_t id = 0; // −1: not in the vocabulary, merges with nothing
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
};

// Which of two equal orders of work the reference follows. They differ only where a merge makes a pair of lower rank.
enum class MergeOrder {
    RankByRank, // all pairs of the lowest rank, then the next rank (the Python classes)
    PairByPair, // always the one pair of the lowest rank that is furthest left (the Rust library)
};

// A merge that happened.
struct BpeStep {
    std::int64_t left = 0; // ids of the symbols
    std::int64_t right = 0;
    std::uint32_t rank = 0;
};

// The steps with the symbols' texts, which nameOf(id) gives.
template <typename NameOf> void addMerges(const std::vector<BpeStep> &steps, NameOf nameOf, Weighed &out)
{
    for (const BpeStep &step : steps)
        out.merges.push_back({.left = std::string(nameOf(step.left)),
                              .right = std::string(nameOf(step.right)),
                              .rank = static_cast<double>(step.rank)});
}

class BpeMerges {
public:
    explicit BpeMerges(MergeOrder order) : m_order(order) {}

    // The rank is the number of merges added before. A pair that is added again takes the later rank.
    void add(std::int64_t left, std::int64_t right, std::int64_t joined);
    [[nodiscard]] std::size_t size() const noexcept { return m_merges.size(); }

    // Merges in place; O(n log n) for n symbols.
    // Every merge is added to `steps` unless that is null.
    void apply(std::vector<BpeSymbol> &symbols, std::vector<BpeStep> *steps = nullptr) const;

private:
    struct Merge {
        std::uint32_t rank = 0;
        std::int64_t joined = 0;
    };
    struct Candidate;
    class Work;

    [[nodiscard]] const Merge *find(std::int64_t left, std::int64_t right) const;

    MergeOrder m_order;
    std::uint32_t m_count = 0;
    std::unordered_map<std::uint64_t, Merge> m_merges; // key: left id, right id
};

} // namespace engine::text
