// SPDX-License-Identifier: GPL-3.0-or-later
// Mixtures of distributions.
#pragma once

#include "engine/tensor.h"

namespace engine::ops {

// log Σ over parts of weight · softmax(logits): logits (groups, parts, rows, n), logWeights (groups, parts) with
// Σ exp = 1 in each group → log-probabilities (groups, rows, n).
[[nodiscard]] Tensor logMixture(const Tensor &logits, const Tensor &logWeights);

} // namespace engine::ops
