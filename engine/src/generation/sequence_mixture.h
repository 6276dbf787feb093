// SPDX-License-Identifier: GPL-3.0-or-later
// Texts from several documents where one document is held on to for a whole sequence (RAG-Sequence, Lewis et al. 2020,
// section 2.5, "thorough decoding"): beams for each document alone, every one of them scored over all documents.
#pragma once

#include "engine/generation.h"
#include "engine/run_control.h"
#include "engine/tensor.h"
#include "models/model.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace engine::generation {

struct DocumentSources { // of one question
    Tensor ids;          // contexts (documents, length), I64
    Tensor mask;         // like the ids, for the scores; the beams tell padding by its id, as in the reference library
    Tensor scores;       // (1, documents): inner products
    std::string head;
};

struct SequenceOptions {
    GenerationOptions search; // returnSequences: how many of the candidates are wanted; beams: of each document
    bool keepsDuplicates = false;
    std::function<bool(std::span<const std::int64_t> ids)> endsRow = {}; // SearchCallbacks::endsRow
};

struct RatedSequence {
    std::vector<std::int64_t> ids; // as the beam search filled it
    std::size_t length = 0;        // tokens, filling not counted
    double loss = 0.0;             // −log p, the first target left out where all rows begin with the begin token
    std::vector<std::size_t> documents = {}; // whose beams it came from
};

// Every candidate in the order of the documents, duplicates once.
[[nodiscard]] std::vector<RatedSequence> rateSequences(const Model &model, const DocumentSources &sources,
                                                       const SequenceOptions &options, const RunControl &control);
// The indices of the smallest losses, smallest first, at most `count`.
[[nodiscard]] std::vector<std::size_t> bestSequences(const std::vector<RatedSequence> &rated, std::size_t count);

} // namespace engine::generation
