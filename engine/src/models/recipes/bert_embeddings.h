// SPDX-License-Identifier: GPL-3.0-or-later
// The embeddings of BERT and its relatives: words + token types + positions, normalised.
#pragma once

#include "engine/run_control.h"
#include "layers/linear.h"
#include "models/recipes/bert_like.h"

#include <optional>

namespace engine::models {

class BertEmbeddings {
public:
    // Binds word_embeddings, position_embeddings, token_type_embeddings and LayerNorm as the options ask.
    BertEmbeddings(const checkpoint::Weights &w, const BertLikeOptions &options);

    [[nodiscard]] const Tensor &words() const { return m_words.table(); }

    // `offset`: positions that a cache holds already. (rows, length, embedding); the terms go to the trace.
    [[nodiscard]] Tensor operator()(const NamedTensors &inputs, std::int64_t offset, const RunControl &control) const;

    // The same for vectors that need not be those of words.
    struct Vectors {
        Tensor vectors;   // (rows, length, embedding)
        Tensor types;     // (rows, length) or (1, length), I64; null: 0 everywhere
        Tensor positions; // likewise; null: 0, 1, …
    };
    [[nodiscard]] Tensor sum(const Vectors &parts, const RunControl &control) const;
    [[nodiscard]] Tensor vectorsOf(const Tensor &ids) const { return m_words(ids); } // (…) → (…, embedding)

private:
    [[nodiscard]] Tensor positionsOf(const NamedTensors &inputs, std::int64_t offset) const;

    layers::Embedding m_words;
    std::optional<layers::Embedding> m_types;
    std::optional<layers::Embedding> m_positions;
    layers::LayerNorm m_norm;
    std::optional<std::int64_t> m_padding;
};

// Position ids that pass over padding: padding + the running count of other tokens (+ offset), padding where the
// token is padding itself. ids (rows, length) → the same shape. Source: Ott et al. 2019 (fairseq's make_positions).
struct PaddedPositions {
    std::int64_t padding = 1;
    std::int64_t offset = 0; // positions before these, padding among them counts too
};
[[nodiscard]] Tensor positionsBesidePadding(const Tensor &ids, const PaddedPositions &options);

} // namespace engine::models
