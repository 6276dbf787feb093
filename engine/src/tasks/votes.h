// SPDX-License-Identifier: GPL-3.0-or-later
// Which document voted for which token: Bayes' rule at every token, p(document | so far, token) ∝ p(document | so far)
// · p(token | document, so far).
#pragma once

#include "engine/tensor.h"

#include <cstdint>
#include <span>

namespace engine::tasks {

enum class Hold {
    NoDocument, // every token draws its document anew: "so far" tells nothing about the next one
    OneDocument // one document stands behind the whole sequence
};

struct Votes {
    Tensor before; // log p(document | so far), before the token that row i predicts: (length, documents)
    Tensor after;  // p(document | so far, token): (tokens, documents)
};

// logits (documents, length, vocabulary); logPriors (documents): log p(document); tokens: what follows row 0, 1, …, at
// most `length` of them.
[[nodiscard]] Votes votesOf(const Tensor &logits, const Tensor &logPriors, std::span<const std::int64_t> tokens,
                            Hold hold);

} // namespace engine::tasks
