// SPDX-License-Identifier: GPL-3.0-or-later
// Encoder–decoders that predict the next n tokens at once (Qi et al. 2020, "ProphetNet: Predicting Future N-gram for
// Sequence-to-Sequence Pre-training"): a main stream, and n predicting streams over the same weights that look at it.
#pragma once

#include "checkpoint/weights.h"
#include "files/config.h"
#include "models/backbone.h"
#include "models/family.h"
#include "ops/ops.h"

#include <memory>
#include <string>
#include <vector>

namespace engine::models {

// In which order the bias of the predicting streams is read, with more than one position at once.
enum class StreamOrder {
    Own,       // every row its own values: equals decoding step by step, and the paper
    Reference, // as the reference library 4.30.2 mixes them up; for comparing with it
};

struct ProphetLikeOptions {
    std::int64_t vocabulary = 30522;
    std::int64_t hidden = 1024;
    int encoderLayers = 12;
    int decoderLayers = 12;
    int encoderHeads = 16;
    int decoderHeads = 16;
    std::int64_t encoderIntermediate = 4096;
    std::int64_t decoderIntermediate = 4096;
    std::int64_t maxPositions = 512; // rows of the tables
    ops::Activation activation = ops::Activation::Gelu;
    std::int64_t streams = 2;
    std::int64_t buckets = 32;
    std::int64_t maxDistance = 128;
    std::int64_t pad = 0;
    std::int64_t start = 0;
    StreamOrder order = StreamOrder::Own;
};

// A further output of the backbone, as the reference names it: (rows, streams, length, hidden).
inline constexpr char kStreamStates[] = "last_hidden_state_ngram";

// The longest text: its last position still has one ahead of it in the table.
[[nodiscard]] std::int64_t prophetPositions(const ProphetLikeOptions &options);

// Reads the keys of ProphetNetConfig; File error for values that cannot be.
[[nodiscard]] ProphetLikeOptions prophetLikeOptions(const files::Config &config);

// Binds word_embeddings, encoder.*, decoder.* under `w` ("prophetnet"); the word table also as `output` ("lm_head").
// With a class of config.json that is a decoder alone only that one.
[[nodiscard]] std::shared_ptr<const Backbone> prophetLike(const files::Config &config,
                                                          const checkpoint::Weights &weights, StreamOrder order);

// Everything of such a family but its FamilyInfo and tokenizer. `prefix` "ProphetNet":
// ProphetNetForConditionalGeneration and ProphetNetForCausalLM.
[[nodiscard]] Family prophetLikeFamily(const std::string &prefix, std::vector<TaskKind> tasks);

} // namespace engine::models
