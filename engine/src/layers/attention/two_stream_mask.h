// SPDX-License-Identifier: GPL-3.0-or-later
// Who sees whom when words are predicted in any order (Yang et al. 2019, "XLNet", section 2.3): the content stream
// knows its own word, the query stream, which predicts it, does not.
#pragma once

#include "engine/mask_rule.h"
#include "engine/tensor.h"

#include <cstdint>

namespace engine::layers {

enum class Stream { Content, Query };

// What hides a key. Keys 0 … memory − 1 are states of former segments, which every query may see; the words of this
// segment follow.
struct TwoStreamHiding {
    Tensor attentionMask = {}; // (batch, queries), I64, 0 = padding; or null
    Tensor order = {};         // (batch, queries, queries), F32 or I64: perm_mask, not 0 = hidden; or null
    std::int64_t rows = 1;     // of the batch
    std::int64_t queries = 0;
    std::int64_t memory = 0;
    bool isCausal = false;      // nothing after the query's own position
    bool hasSameLength = false; // with isCausal: query i does not see the first i keys, so that all see as far back
};

// The rule of one stream; full() where nothing is hidden at all, in which case the query stream sees its own word too.
// Argument error for shapes that do not fit.
[[nodiscard]] MaskRule twoStreamMask(const TwoStreamHiding &hiding, Stream stream);

} // namespace engine::layers
