// SPDX-License-Identifier: GPL-3.0-or-later
// How sure the model was of every token of a row: surprisal, entropy and rank under its raw distribution.
#pragma once

#include "engine/run_control.h"
#include "engine/task.h"
#include "engine/tensor.h"
#include "engine/tokenizer.h"

#include <cstdint>
#include <span>
#include <vector>

namespace engine::tasks {

struct TapeRequest {
    std::span<const std::int64_t> ids;
    const Tokenizer &tokenizer; // names what could stand in a place
    std::size_t top = 0;        // how many of that
};
// The steps of the tokens, without numbers.
[[nodiscard]] std::vector<TokenStep> emptyTape(std::span<const std::int64_t> ids);

struct TapeScores {
    std::size_t first = 0; // row i of the logits predicts token first + i + 1
    const Tensor &logits;  // (rows, vocabulary)
};
// Surprisal = −log2 p (Shannon 1948); entropy in bits of the distribution that the token was drawn from. Texts and
// isPrompt are left to the caller.
void addToTape(std::vector<TokenStep> &steps, const TapeScores &scores, const TapeRequest &request,
               const RunControl &control);
// From the logits of all places, (length, vocabulary).
[[nodiscard]] std::vector<TokenStep> tape(const Tensor &logits, const TapeRequest &request, const RunControl &control);

} // namespace engine::tasks
