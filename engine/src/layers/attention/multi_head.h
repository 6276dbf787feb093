// SPDX-License-Identifier: GPL-3.0-or-later
// Multi-head attention with its four projections: over a sequence itself, or from a decoder into a source.
#pragma once

#include "checkpoint/weights.h"
#include "engine/mask_rule.h"
#include "engine/run_control.h"
#include "engine/tensor.h"
#include "engine/trace.h"
#include "layers/key_value_cache.h"
#include "layers/linear.h"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace engine::layers {

struct MultiHeadShape {
    std::int64_t hidden = 0;
    std::int64_t heads = 0;
    std::int64_t headSize = 0; // heads · headSize need not be `hidden`
    bool hasBias = true;
    float scale = 1.0F; // on query · key
};

// Names of the projections in the checkpoint.
struct MultiHeadNames {
    std::string query = "q_proj";
    std::string key = "k_proj";
    std::string value = "v_proj";
    std::string out = "out_proj";
};

struct MultiHeadCall {
    AppliedMask mask;
    KeyValueCache *cache = nullptr;              // self-attention of a decoder
    std::function<Tensor()> positionScores = {}; // see AttentionInputs
    Stack stack = Stack::Encoder;
    int layer = 0;
    Tensor residual = {}; // added to the result; or null
};

class SelfAttention {
public:
    SelfAttention(const checkpoint::Weights &w, const MultiHeadShape &shape, const MultiHeadNames &names);
    // (rows, length, hidden) → the same shape
    [[nodiscard]] Tensor operator()(const Tensor &x, const MultiHeadCall &call, const RunControl &control) const;

private:
    MultiHeadShape m_shape;
    Linear m_queryKeyValue;
    Linear m_out;
};

// What a decoder looks at in its source: the encoder's states and, projected once, every layer's keys and values. Rows
// of a run (beams) share their source's: moving rows moves indices, no numbers.
class SourceMemory {
public:
    Tensor states;                               // (sources, length, hidden)
    Tensor mask;                                 // (sources, length), I64, or null: no padding
    std::vector<KeyValueCache::KeyValue> layers; // each (sources, heads, length, d)

    [[nodiscard]] bool isEmpty() const { return states.isNull(); }
    [[nodiscard]] std::int64_t sources() const { return states.size(0); }
    // Row i becomes the former rows[i].
    void reorder(std::span<const std::int64_t> rows);
    // Rows that stand at one source each, all sources alike and in order: their number a source; 0 for other orders.
    [[nodiscard]] std::int64_t rowsOfEach(std::int64_t rows) const;
    // Before each use by so many rows: where they do not stand as CrossAttention takes them, or somebody listens who
    // wants one record a row, every row gets a source of its own (keys and values are copied then).
    void serve(std::int64_t rows, const RunControl &control);

private:
    void spread();
    std::vector<std::int64_t> m_sourceOfRow; // empty: row i looks at source i
};

class CrossAttention {
public:
    CrossAttention(const checkpoint::Weights &w, const MultiHeadShape &shape, const MultiHeadNames &names);
    // Keys and values of a source (sources, length, hidden).
    [[nodiscard]] KeyValueCache::KeyValue project(const Tensor &states) const;
    // (rows, length, hidden) → the same shape. Rows of one source are one batch of queries: its keys are read once.
    [[nodiscard]] Tensor operator()(const Tensor &x, const SourceMemory &source, const MultiHeadCall &call,
                                    const RunControl &control) const;

private:
    MultiHeadShape m_shape;
    Linear m_query;
    Linear m_keyValue;
    Linear m_out;
};

} // namespace engine::layers
