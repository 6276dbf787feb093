// SPDX-License-Identifier: GPL-3.0-or-later
// Vectors of questions and passages, whose inner products tell how well they fit (Karpukhin et al. 2020).
#pragma once

#include "engine/retrieval.h"
#include "engine/run_control.h"
#include "engine/session.h"
#include "models/model.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace engine::retrieval {

// A model that makes vectors, or the part of one that does; belongs to the LoadedModel that it was taken from.
struct Encoder {
    const Model &model;
    const Tokenizer &tokenizer;
    std::string head;
};
// Argument error when the checkpoint embeds no questions (passages).
[[nodiscard]] Encoder questionEncoder(const LoadedModel &model);
[[nodiscard]] Encoder questionEncoder(const Model &model, const Tokenizer &tokenizer, const ModelInfo &info);
[[nodiscard]] Encoder passageEncoder(const LoadedModel &model);
[[nodiscard]] bool embedsPassages(const LoadedModel &model);

// Within the model's positions: what does not fit is cut off.
[[nodiscard]] Encoding encodeQuestion(const Encoder &encoder, std::string_view question);
[[nodiscard]] Encoding encodePassage(const Encoder &encoder, const Passage &passage); // the pair (title, text)

// Rows of any length, padded to the longest → the fields that the tokenizer gives, each (rows, length).
[[nodiscard]] std::vector<Encoding> padded(const Tokenizer &tokenizer, std::vector<Encoding> rows);
[[nodiscard]] NamedTensors inputsOf(const Tokenizer &tokenizer, std::span<const Encoding> rows);

// (rows, dimension)
[[nodiscard]] Tensor embed(const Encoder &encoder, std::span<const Encoding> rows, const RunControl &control);

} // namespace engine::retrieval
