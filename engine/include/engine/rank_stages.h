// SPDX-License-Identifier: GPL-3.0-or-later
// The processors of next-token scores one by one: what each of them removed or changed.
#pragma once

#include "engine/generation.h"

#include <cstdint>
#include <string>
#include <vector>

namespace engine {

struct StageCandidate {
    std::int64_t id = 0;
    double before = 0.0;    // probability that the processor found
    double after = 0.0;     // probability that it left; 0 when removed
    bool isRemoved = false; // by this processor; one that another had removed has 0 before and after
};

struct RankStage {
    std::string name = {};    // of the processor: "top-p"
    std::int64_t removed = 0; // tokens of the vocabulary that it removed
    std::int64_t changed = 0; // tokens whose score it moved; sharing out what the removed ones had does not count
    std::int64_t left = 0;    // tokens that can still come behind it
    std::vector<StageCandidate> candidates = {};
};

// One stage a processor that `options` switch on, in the order in which they act. Every stage has the same candidates
// in the same order: the request.count best by what the model gave. No forward pass; linear in the vocabulary, a stage.
[[nodiscard]] std::vector<RankStage> rankStages(const RankRequest &request, const GenerationOptions &options);

} // namespace engine
