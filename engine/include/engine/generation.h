// SPDX-License-Identifier: GPL-3.0-or-later
// Searching and sampling over next-token scores. Terms and order of the processors are those of the
// reference library's GenerationMixin.
#pragma once

#include "engine/tensor.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace engine {

enum class EarlyStopping { No, Yes, Never }; // when a beam search is done: see BeamSearch in generation

struct GenerationOptions {
    std::int64_t maxNewTokens = 40;
    std::int64_t minNewTokens = 0;
    std::int64_t beams = 1;
    std::int64_t beamGroups = 1;      // groups that search one after the other in a step; divides `beams`
    double diversityPenalty = 0.0;    // groups: off a token for each time that an earlier group took it this step
    std::int64_t returnSequences = 1; // ≤ beams
    double lengthPenalty = 1.0;
    EarlyStopping earlyStopping = EarlyStopping::No;
    std::int64_t noRepeatNgram = 0; // 0 = off
    double repetitionPenalty = 1.0;
    bool sample = false;
    double temperature = 1.0;
    std::int64_t topK = 0; // 0 = off
    double topP = 1.0;
    std::uint64_t seed = 0;
    bool useCache = true;
    std::vector<std::int64_t> eosTokenIds = {}; // empty: nothing ends a row
    std::int64_t padTokenId = 0;
    std::vector<std::vector<std::int64_t>> badWords = {}; // sequences of ids that never come up
    std::optional<std::int64_t> forcedFirstToken = {};    // the token after the first one of a row
    std::optional<std::int64_t> forcedLastToken = {};     // the last token that maxNewTokens allows
    std::vector<std::int64_t> beamExcludedTokens = {};    // beams: removed before the softmax
    std::optional<std::int64_t> decoderStartToken = {};   // encoder–decoders: what the decoder begins with
    std::vector<std::string> stopStrings = {};            // a row ends as soon as its new text holds one of them
    std::size_t beamHistory = 0; // beams: keep what became of so many of their tokens at most; 0 = nothing
};

// Options under a name, and what belongs before a text for them: an entry of config.json's task_specific_params, or a
// prefix that the family was trained with.
struct TaskPreset {
    std::string name;   // "summarization", "translation_en_to_de"
    std::string prefix; // "summarize: "; may be empty
    GenerationOptions options;
};

// One bar of the next-token chart.
struct Candidate {
    std::int64_t id = 0;
    std::string token;           // as a person reads it
    float logit = 0.0F;          // as the model gave it
    double probability = 0.0;    // after all processors; 0 when removed
    double rawProbability = 0.0; // softmax of the untouched logits
    std::string removedBy;       // name of the processor that removed it ("top-p"), empty when kept
};

// What the processors make of one row of logits; no forward pass. `priorIds` is the row so far
// (repetition penalty, n-grams). The first `count` candidates: kept ones before removed ones, each by raw
// probability. Temperature, top-k and top-p act only when options.sample is set. Linear in the vocabulary.
// Source of the filters: Fan et al. 2018 (top-k), Holtzman et al. 2020 (top-p), Keskar et al. 2019 (penalty).
[[nodiscard]] std::vector<Candidate> rankNextTokens(std::span<const float> logits,
                                                    std::span<const std::int64_t> priorIds,
                                                    const GenerationOptions &options, std::size_t count);

// The same, with what the number of new tokens depends on.
struct RankRequest {
    std::span<const float> logits;          // (vocabulary)
    std::span<const std::int64_t> priorIds; // the row so far, prompt included
    std::size_t promptLength = 0;           // how many of them are the prompt (minimum of new tokens)
    std::size_t count = 10;
};
[[nodiscard]] std::vector<Candidate> rankNextTokens(const RankRequest &request, const GenerationOptions &options);

// Names of the processors that `options` switch on, in the order in which they act.
[[nodiscard]] std::vector<std::string> pipeline(const GenerationOptions &options);

} // namespace engine
