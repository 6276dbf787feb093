// SPDX-License-Identifier: GPL-3.0-or-later
// What was written, by whatever task wrote it.
#pragma once

#include "engine/generation.h"
#include "engine/tensor.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace engine {

struct BeamHistory;

struct Hypothesis {
    std::vector<std::int64_t> ids; // prompt included; encoder–decoders: of the decoder, its start token included
    std::string text;              // prompt included
    std::string newText;
    double score = 0.0; // beams: sum / length^penalty
};
struct TokenStep { // one position of the tape
    std::int64_t id = 0;
    std::string text;
    bool isPrompt = false;
    double probability = 0.0; // raw probability of this token at its place; 0 for the first
    double surprisalBits = 0.0;
    double entropyBits = 0.0;        // of the raw distribution it was drawn from
    std::int64_t rank = 0;           // 1 = the most probable
    std::vector<Candidate> top = {}; // TaskRequest::topK that could stand here, by raw probability; none for the first
};
struct GenerationResult {
    std::vector<Hypothesis> hypotheses; // best first
    std::vector<TokenStep> steps;       // of the first hypothesis; steps[i].id = hypotheses[0].ids[i]
    // (rows, vocabulary): row i predicts token firstLogits + i + 1; the last row is the next token. All places, or the
    // last ones of a text for which all would take too much memory.
    Tensor logits;
    std::size_t firstLogits = 0;
    std::size_t promptLength = 0; // tokens
    // "end token", "stop string", "length", "given" (a target of the request), "cancelled"
    std::string stopReason;
    std::shared_ptr<const BeamHistory> beams = {}; // null: not asked for, or no beams
    std::int64_t reusedPositions = 0; // of the prompt or source that a former run of a session had computed

    // The logits that predict the token at a place, hypotheses[0].ids.size() being the next one. Empty for the first
    // token and where they were not kept.
    [[nodiscard]] std::span<const float> logitsFor(std::size_t place) const;
};

} // namespace engine
