// SPDX-License-Identifier: GPL-3.0-or-later
// Greedy search, sampling and beam search over a model, as the reference library's GenerationMixin.
#pragma once

#include "engine/beam_history.h"
#include "engine/generation.h"
#include "engine/run_control.h"
#include "engine/tensor.h"
#include "models/model.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace engine::generation {

struct SearchInput {
    Tensor ids;  // (batch, length), I64; encoder–decoders: the source
    Tensor mask; // (batch, length), I64, or null: all ones
    std::string head = "text-generation";
    NamedTensors extra = {};       // further inputs of every step
    RunChoices *choices = nullptr; // null: own ones, from the options' seed
    // Encoder–decoders: what the decoder begins with, (batch, length), I64; null: options.decoderStartToken, or that
    // of the model. The rows of the result start with it.
    Tensor decoderIds = {};
    // Encoder–decoders that write one text from several sources: log p(document), (batch, documents). `ids` are then
    // (batch · documents, length), the documents of a row one after another, and every step mixes their scores.
    Tensor documentWeights = {};
};

struct SearchResult {
    Tensor sequences;                                // (batch · returnSequences, length), I64, filled with padTokenId
    std::vector<double> scores;                      // beams only, one a sequence
    std::string stopReason;                          // of the first sequence: "end token", "stop string", "length"
    std::vector<std::size_t> lengths = {};           // tokens of each sequence, end token included, filling not
    std::shared_ptr<const BeamHistory> history = {}; // with one prompt and options.beamHistory
};

struct SearchCallbacks {
    // Greedy and sampling with batch 1: every chosen id with its probability, before the next step.
    std::function<void(std::int64_t id, double probability)> onToken = {};
    // Batch 1: the raw logits (vocabulary) of the step.
    std::function<void(const Tensor &logits)> onLogits = {};
    // A state to continue from (prefix reuse): must hold a prefix of `ids`, shorter than it. Null: a new one.
    RunState *state = nullptr;
    // Whether a row (prompt included), whose last token is new, ends there, though that is no end token.
    std::function<bool(std::span<const std::int64_t> ids)> endsRow = {};
};

// Dispatches on options.beams and options.sample. Throws Cancelled at a checkpoint per step.
[[nodiscard]] SearchResult search(const Model &model, const SearchInput &input, const GenerationOptions &options,
                                  const RunControl &control, const SearchCallbacks &callbacks = {});

} // namespace engine::generation
