// SPDX-License-Identifier: GPL-3.0-or-later
// Which pairs attention in chunks compares, of one head: by round, with the buckets that sorted the list.
#pragma once

#include "ui/paint/pairs.h"

#include "engine/trace.h"

#include <optional>
#include <vector>

namespace ui {

struct ChunkRule {
    engine::ChunkLayout layout;
    std::int64_t list = 0;                       // row of the batch · heads + head
    bool looksBackOnly = false;                  // keys after the query are hidden
    std::vector<std::uint8_t> keep = {};         // 0 hides a key: padding; empty: none is hidden
    std::vector<std::int64_t> firstBuckets = {}; // the smallest number of each round

    [[nodiscard]] bool isHashed() const { return !layout.order.isNull(); }
    [[nodiscard]] std::int64_t place(std::int64_t round, std::int64_t position) const;  // in the whole list
    [[nodiscard]] std::int64_t positionAt(std::int64_t place) const;                    // of the text
    [[nodiscard]] std::int64_t bucket(std::int64_t round, std::int64_t position) const; // counted from 0 in a round
    // Positions that a query is compared with in a round, hidden ones left out; itself among them.
    void compared(std::int64_t round, std::int64_t query, std::vector<std::int64_t> &keys) const;
    [[nodiscard]] bool hides(std::int64_t query, std::int64_t key) const;
};
// Of the record's form; the mask's other rules are taken along. Null: the record has another form.
struct ChunkPlace {
    std::int64_t row = 0; // of the batch
    std::int64_t head = 0;
};
[[nodiscard]] std::optional<ChunkRule> chunkRule(const engine::AttentionRecord &record, const ChunkPlace &place);

// Distinct pairs that the first round, the first two rounds, … compare.
[[nodiscard]] std::vector<std::int64_t> comparedPairs(const ChunkRule &rule);
// Pairs that full attention would compare under the same mask.
[[nodiscard]] std::int64_t allPairs(const ChunkRule &rule);

// How much of what full attention would do falls on pairs that are compared, after 1, 2, … rounds: the mean over
// queries of the full softmax's weight on them. Full attention leaves out the token itself as the model does. Of at
// most `queries` evenly spread queries.
struct AgreementQuestion {
    const engine::QueryKeyRecord *vectors = nullptr;
    ChunkPlace place = {};
    std::int64_t queries = 64;
};
[[nodiscard]] std::vector<double> agreementByRounds(const ChunkRule &rule, const AgreementQuestion &question);

// Reasons: 1 another bucket, 2 … the same bucket (by its number); of one round.
[[nodiscard]] PairPicture pairsOfRound(const ChunkRule &rule, std::int64_t round);
[[nodiscard]] QColor bucketColour(std::int64_t bucket);

} // namespace ui
