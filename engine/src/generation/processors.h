// SPDX-License-Identifier: GPL-3.0-or-later
// What may act on one row of next-token scores: small parts in a fixed order, each knowing nothing of the
// others. A removed token has the score −∞. Processors act in every search, warpers only when sampling.
#pragma once

#include "engine/generation.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace engine::generation {

// The row that the scores continue.
struct RowContext {
    std::span<const std::int64_t> ids; // everything so far, prompt included
    std::size_t promptLength = 0;      // how many of them are the prompt

    [[nodiscard]] std::size_t newTokens() const noexcept
    {
        return ids.size() > promptLength ? ids.size() - promptLength : 0;
    }
};

class LogitsProcessor {
public:
    virtual ~LogitsProcessor() = default;
    [[nodiscard]] virtual std::string_view name() const noexcept = 0; // "top-p", as a person reads it
    // `scores` has one entry a token of the vocabulary: logits (greedy, sampling) or log-probabilities (beams).
    virtual void apply(std::span<float> scores, const RowContext &row) const = 0;
};

using Processors = std::vector<std::unique_ptr<const LogitsProcessor>>;

// Those that `options` switch on, in the order of the reference library: repetition penalty, no-repeat n-gram, bad
// words, minimum of new tokens, forced first and last token. (The diversity of beam groups comes before all of them
// and belongs to the beam search: it looks at other rows.)
[[nodiscard]] Processors processors(const GenerationOptions &options);
// Temperature, top-k, top-p; none unless options.sample. At least `minKept` tokens survive.
[[nodiscard]] Processors warpers(const GenerationOptions &options, std::size_t minKept);

void applyAll(const Processors &parts, std::span<float> scores, const RowContext &row);

// Argument error naming the first option whose value makes no sense.
void check(const GenerationOptions &options);

} // namespace engine::generation
