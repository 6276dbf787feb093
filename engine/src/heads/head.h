// SPDX-License-Identifier: GPL-3.0-or-later
// Task heads as data: a pooling, a chain of dense layers, the name of the output. The same few serve all
// families.
#pragma once

#include "engine/tensor.h"
#include "layers/linear.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace engine::heads {

// What the backbone leaves for a head. `leading` is the shape of the ids without the length: (batch) or
// (batch, choices); rows = its product.
struct HeadInput {
    Tensor hidden;                  // (rows, length, hidden)
    std::function<Tensor()> pooled; // the backbone's own pooler: (rows, hidden); empty when it has none
    const NamedTensors &inputs;
    Shape leading;
    bool onlyLastPosition = false; // generation: vocabulary scores of the last position are enough
};

class Head {
public:
    virtual ~Head() = default;
    virtual void apply(const HeadInput &input, NamedTensors &outputs) const = 0;
};
using HeadPtr = std::shared_ptr<const Head>;

// (rows, length, hidden) → (rows, hidden)
using Pooling = std::function<Tensor(const HeadInput &)>;
[[nodiscard]] Pooling poolBackbone();                      // the backbone's pooler
[[nodiscard]] Pooling poolPosition(std::int64_t position); // < 0 counts from the end
// The position named by an input (rows in its order); the last one when the input is absent.
[[nodiscard]] Pooling poolAt(std::string inputName);
[[nodiscard]] Pooling poolMean();
// The last place of `token` in input_ids, row by row; Argument error unless all rows hold it equally often.
[[nodiscard]] Pooling poolLastToken(std::int64_t token);
// The `summary_type` of the reference's SequenceSummary: "last", "first", "mean", "cls_index".
[[nodiscard]] Pooling poolSummary(const std::string &summaryType, std::string positionInput);

struct Dense {
    layers::Linear linear;
    ops::Activation activation = ops::Activation::None;
};

// Scores of every word: [dense → norm →] decoder. Output (leading…, length, vocabulary).
struct WordScores {
    std::optional<Dense> transform = {};
    std::optional<layers::LayerNorm> norm = {};
    layers::Linear decoder;
    std::string output = "logits";
    float scale = 1.0F; // on the hidden states, first of all
};
[[nodiscard]] HeadPtr wordScores(WordScores parts);

// Behind word scores: the loss of "logits" against the labels at the same places, where there are any. A label of −100
// counts nothing; the mean of −log p over the rest. Scalar.
[[nodiscard]] HeadPtr wordLoss();

// Scores of a pooled row. Output (leading…, outputs), or (batch, choices) for choices.
struct RowScores {
    Pooling pooling;
    std::vector<Dense> chain;
    std::string output = "logits";
    bool scoresChoices = false; // one score a choice: the last axis goes
};
[[nodiscard]] HeadPtr rowScores(RowScores parts);

// Scores of each token. Output (leading…, length, outputs), or (leading…, length) for one score a token.
struct TokenScores {
    std::vector<Dense> chain;
    std::string output = "logits";
    bool isOneScore = false; // the last axis goes
    bool isFlatForOneRow = false; // and then, for a batch of one row, the first: (length)
};
[[nodiscard]] HeadPtr tokenScores(TokenScores parts);

// One linear map with two outputs: start_logits and end_logits, each (rows, length).
[[nodiscard]] HeadPtr spanScores(layers::Linear linear);

// last_hidden_state, and pooler_output when the backbone has a pooler.
[[nodiscard]] HeadPtr features();

// All of them on one pass.
[[nodiscard]] HeadPtr together(std::vector<HeadPtr> heads);

} // namespace engine::heads
