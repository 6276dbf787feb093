// SPDX-License-Identifier: GPL-3.0-or-later
// What a run leaves behind for the views: handles of tensors the engine computed anyway, in native
// form, never a copy. A scorer asks wants() first; without a listener nothing is kept.
#pragma once

#include "engine/chunk_attention.h"
#include "engine/mask_rule.h"
#include "engine/segment_attention.h"
#include "engine/tensor.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace engine {

// Query: a second stream beside the decoder's, which predicts words that it does not see.
enum class Stack { Encoder, Decoder, Cross, Query };
[[nodiscard]] const char *name(Stack stack) noexcept; // "encoder", "decoder", "cross", "query"

enum class TraceKind {
    HiddenState, // layer 0 = embeddings, layer i = output of block i
    Attention,   // weights after softmax, with the mask that was applied
    QueryKey,    // projected queries and keys (for the neuron view)
    Value,       // projected values (for norm-weighted attention)
    Mechanism,   // what a family has beside these: hash buckets, convolution kernels, global rows, …
};

// Attention weights of one layer in the form in which the scorer computed them. A further form is a further
// alternative of AttentionForm, with the same members as DenseAttention.
struct AttentionRow {
    std::int64_t batch = 0;
    std::int64_t head = 0;
    std::int64_t query = 0;
};

struct DenseAttention {
    Tensor weights; // (batch, heads, query, key), F32

    [[nodiscard]] std::int64_t rows() const { return weights.size(0); } // of the batch
    [[nodiscard]] std::int64_t heads() const { return weights.size(1); }
    [[nodiscard]] std::int64_t queries() const { return weights.size(2); }
    [[nodiscard]] std::int64_t keys() const { return weights.size(3); }
    [[nodiscard]] std::size_t bytes() const { return weights.bytes(); }
    // One query's weights over keys 0 … out.size() − 1 = keys() − 1.
    void fillRow(const AttentionRow &row, std::span<float> out) const;
    // As the reference library returns it.
    [[nodiscard]] Tensor native() const { return weights; }
};

// A band around the diagonal with the columns of global keys in front of it, as a sliding window computes it.
struct BandAttention {
    Tensor weights;       // (batch, heads, query, most globals of a row + 2 · reach + 1); 0 for global queries
    Tensor globalWeights; // (batch, heads, key, most globals of a row): the rows of global queries; null without
    std::vector<std::vector<std::int64_t>> globals = {}; // ascending positions, one list a row; empty without
    std::int64_t reach = 0;                              // to each side

    [[nodiscard]] std::int64_t rows() const { return weights.size(0); }
    [[nodiscard]] std::int64_t heads() const { return weights.size(1); }
    [[nodiscard]] std::int64_t queries() const { return weights.size(2); }
    [[nodiscard]] std::int64_t keys() const { return weights.size(2); }
    [[nodiscard]] std::size_t bytes() const;
    void fillRow(const AttentionRow &row, std::span<float> out) const;
    [[nodiscard]] Tensor native() const { return weights; }
};

using AttentionForm = std::variant<DenseAttention, ChunkAttention, BandAttention, SegmentAttention>;

struct AttentionRecord {
    Stack stack = Stack::Encoder;
    int layer = 0; // counted from 0
    AttentionForm data;
    AppliedMask mask;

    [[nodiscard]] std::int64_t rows() const; // of the batch
    [[nodiscard]] std::int64_t heads() const;
    [[nodiscard]] std::int64_t queries() const;
    [[nodiscard]] std::int64_t keys() const;
    [[nodiscard]] std::size_t bytes() const;
    void fillRow(const AttentionRow &row, std::span<float> out) const;
    [[nodiscard]] float weight(const AttentionRow &row, std::int64_t key) const;
    [[nodiscard]] Tensor native() const;
    [[nodiscard]] const DenseAttention *dense() const; // null in another form
};

struct LayerTensor {
    Stack stack = Stack::Encoder;
    int layer = 0;
    Tensor tensor;
};

struct QueryKeyRecord {
    Stack stack = Stack::Encoder;
    int layer = 0;
    Tensor query; // (batch, heads, query, d)
    Tensor key;   // (batch, heads, key, d)
    float scale = 1.0F;
};

// A tensor that only some families have, e.g. "buckets", "global_attentions", "kernels". Where the reference library
// returns it, under that name.
struct MechanismRecord {
    Stack stack = Stack::Encoder;
    int layer = 0;
    std::string name;
    Tensor tensor;
};

struct LayerTiming {
    Stack stack = Stack::Encoder;
    int layer = 0;
    double milliseconds = 0.0;
};

struct TraceRequest {
    bool wantsHiddenStates = false;
    bool wantsAttentions = false;
    bool wantsQueryKey = false;
    bool wantsValues = false;
    bool wantsMechanisms = false;
    std::size_t maxBytes = std::size_t{1} << 30;
};

struct Trace {
    std::vector<LayerTensor> hiddenStates;   // each (batch, length, hidden), in order
    std::vector<AttentionRecord> attentions; // in order
    std::vector<QueryKeyRecord> queryKeys;
    std::vector<LayerTensor> values;         // (batch, heads, key, d)
    std::vector<MechanismRecord> mechanisms; // in order
    std::vector<LayerTiming> timings;        // one a block
    std::size_t bytes = 0;                   // kept
    std::vector<std::string> dropped;        // what went over the budget, in words
};

// Receives records on the engine's thread.
class TraceSink {
public:
    virtual ~TraceSink() = default;
    [[nodiscard]] virtual bool wants(Stack stack, int layer, TraceKind kind) const = 0;
    virtual void hiddenState(LayerTensor record) = 0;
    virtual void attention(AttentionRecord record) = 0;
    virtual void queryKey(QueryKeyRecord record) = 0;
    virtual void value(LayerTensor record) = 0;
    virtual void mechanism(MechanismRecord record) = 0;
    virtual void timing(LayerTiming record) = 0;
};

// Collects what the request asks for, up to its byte budget.
class TraceCollector final : public TraceSink {
public:
    explicit TraceCollector(TraceRequest request);
    [[nodiscard]] bool wants(Stack stack, int layer, TraceKind kind) const override;
    void hiddenState(LayerTensor record) override;
    void attention(AttentionRecord record) override;
    void queryKey(QueryKeyRecord record) override;
    void value(LayerTensor record) override;
    void mechanism(MechanismRecord record) override;
    void timing(LayerTiming record) override;
    [[nodiscard]] std::shared_ptr<const Trace> finish(); // call once

private:
    bool keep(const std::string &what, std::size_t bytes);
    TraceRequest m_request;
    std::shared_ptr<Trace> m_trace;
};

} // namespace engine
