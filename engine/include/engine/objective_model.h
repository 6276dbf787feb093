// SPDX-License-Identifier: GPL-3.0-or-later
// Pretraining objectives with an open checkpoint: what it predicts under an order, what it still has to learn from a
// teacher.
#pragma once

#include "engine/session.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace engine {

struct OrderRequest {
    std::string text;
    std::vector<std::size_t> order; // of objectiveWords(text), each once
    std::size_t predicted = 0;      // how many of the last words of the order are targets; 0: all
    std::int64_t topK = 3;
};

// One word of the text under an order. A word of several tokens is predicted token by token, from left to right.
struct WordPrediction {
    std::size_t word = 0;                   // index into objectiveWords(text)
    std::vector<std::string> tokens;        // that stand for it; a word whose letters belong to a neighbour's has none
    std::optional<double> probability = {}; // product over its tokens; none where nothing is visible or it is no target
    std::vector<Candidate> best = {};       // for its first token, best first
};

// Whether the checkpoint predicts words in any order.
[[nodiscard]] bool predictsInOrder(const LoadedModel &model);
// One value a word of the text. Words that are not targets see each other and are seen by all, as in training. Argument
// error for a checkpoint that reads in one direction, or an order that does not name every word once.
[[nodiscard]] std::vector<WordPrediction> predictInOrder(const LoadedModel &model, const OrderRequest &request,
                                                         const RunControl &control);

struct DistillationRequest {
    std::string text;
    std::uint64_t seed = 0; // of the masked positions
    double temperature = 2.0;
};

struct TokenLosses {
    std::string original;              // as a person reads it
    std::string shown;                 // what both models read in its place
    double distillation = 0.0;         // KL(teacher || student) · temperature²
    std::optional<double> words = {};  // cross entropy of the student; none where nothing was chosen
    std::optional<double> cosine = {}; // 1 − cos of the last hidden states; none where their sizes differ
    std::string teacherWord = {};      // the likeliest of each
    std::string studentWord = {};
};

struct Distillation {
    std::vector<TokenLosses> tokens;
    double distillation = 0.0; // mean over the tokens
    double words = 0.0;        // mean over the chosen ones
    std::optional<double> cosine = {};
    double total = 0.0; // 5 · distillation + 2 · words + cosine, as DistilBERT was trained
};

// Both read the same text with the same words masked. Argument error unless both fill masks and share a vocabulary.
[[nodiscard]] Distillation distil(const LoadedModel &student, const LoadedModel &teacher,
                                  const DistillationRequest &request, const RunControl &control);

} // namespace engine
