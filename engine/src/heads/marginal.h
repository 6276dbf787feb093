// SPDX-License-Identifier: GPL-3.0-or-later
// Words that several documents vote for (Lewis et al. 2020, section 2.1): behind word scores of which there is one set
// a document, rows of a batch with the documents of a question one after another.
#pragma once

#include "heads/head.h"

#include <cstdint>
#include <optional>

namespace engine::heads {

enum class Mixing {
    EachToken,     // p(token) = Σ p(document) · p(token | document), anew at every token
    WholeSequence, // p(sequence) = Σ p(document) · Π p(token | document)
};

struct MarginalWords {
    HeadPtr words; // gives "logits" of each document
    Mixing mixing = Mixing::EachToken;
    std::int64_t pad = 0;                   // counts nothing among targets
    std::optional<std::int64_t> begin = {}; // the token that exclude_bos_score leaves out where all rows begin with it
    double labelSmoothing = 0.0;            // share of the loss that all words bear alike
};
// "logits" (batch · documents, length, vocabulary) as `words` gives them; with do_marginalize, which needs doc_scores,
// log-probabilities of the mixture, (batch, length, vocabulary). With doc_scores and labels also "loss" (batch):
// targets are the labels shifted left.
[[nodiscard]] HeadPtr marginalWords(MarginalWords parts);

// Documents of a question, told by doc_scores (batch, documents) for so many rows; Argument error when they do not fit.
[[nodiscard]] std::int64_t documentsOf(const Tensor &docScores, std::int64_t rows);

} // namespace engine::heads
