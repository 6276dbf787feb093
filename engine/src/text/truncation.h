// SPDX-License-Identifier: GPL-3.0-or-later
// What is cut from a text or a pair of texts that is too long.
#pragma once

#include "engine/encoding.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace engine::text {

// A token of the text, before special tokens are added.
struct TextToken {
    std::int64_t id = 0;
    Offset offset;
    // White space at both ends of the text that an added token took; empty: as the token itself is spelt.
    struct Spaces {
        std::int64_t before = 0;
        std::int64_t after = 0;
    };
    std::optional<Spaces> spaces = {};
};
using TextTokens = std::vector<TextToken>;

struct Sequences {
    TextTokens first;
    std::optional<TextTokens> second = {};

    [[nodiscard]] std::int64_t size() const noexcept;
};

struct TruncationRequest {
    std::int64_t room = 0; // tokens that fit beside the special ones; may be negative
    Truncation strategy = Truncation::LongestFirst;
    Side side = Side::Right;
    bool returnsOverflow = false;
    std::int64_t stride = 0;
};

struct Truncated {
    Sequences kept;
    std::int64_t removedCount = 0;
    std::vector<Sequences> windows = {};    // truncateLikeJson
    std::optional<TextTokens> removed = {}; // truncateLikeLegacy
    int removedFrom = 0;                    // 0 = first text, 1 = second
};

// The Python classes. Where a single cut would leave nothing of the chosen text, nothing is cut.
[[nodiscard]] Truncated truncateLikeLegacy(Sequences sequences, const TruncationRequest &request);

// The Rust library. Argument error where nothing would be left, there is no second text, or the stride does not fit.
[[nodiscard]] Truncated truncateLikeJson(Sequences sequences, const TruncationRequest &request);

} // namespace engine::text
