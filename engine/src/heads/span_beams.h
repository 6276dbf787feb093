// SPDX-License-Identifier: GPL-3.0-or-later
// Answers by beams: the best starts, for each of them the best ends, and a score that there is no answer.
#pragma once

#include "checkpoint/weights.h"
#include "files/config.h"
#include "heads/head.h"

#include <cstdint>

namespace engine::heads {

// Binds start_logits.dense, end_logits.{dense_0, LayerNorm, dense_1} and answer_class.{dense_0, dense_1} under `w`;
// reads start_n_top, end_n_top and layer_norm_eps. Takes the inputs p_mask (1 hides a token) and cls_index (whose
// state the last score reads; absent: the last token's). Gives, with S and E the two numbers, fewer where the text is
// shorter: start_top_log_probs, start_top_index (rows, S); end_top_log_probs, end_top_index (rows, E · S), rank of the
// end before rank of the start; cls_logits (rows). The reference's names speak of logarithms, its values are
// probabilities. Source: Yang et al. 2019, "XLNet", appendix A.3; SQuADHead of the reference.
[[nodiscard]] HeadPtr spanBeams(const files::Config &config, const checkpoint::Weights &w, std::int64_t hidden);

} // namespace engine::heads
