// SPDX-License-Identifier: GPL-3.0-or-later
// The engine's mathematics: free functions, F32 in and out, no backend type in sight (oneDNN and Eigen
// stay in the .cpp files). Functions throw Internal errors on shapes that do not fit.
#pragma once

#include "engine/tensor.h"

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace engine::ops {

// Threads of all following operations of the calling thread (≥ 1).
void setThreads(int threads);
[[nodiscard]] int threads();
[[nodiscard]] int physicalCores();

enum class Activation {
    None,
    Gelu,      // x · Φ(x), erf form
    GeluTanh,  // "gelu_new": tanh form
    GeluFast,  // tanh form with 0.7978845608
    QuickGelu, // x · σ(1.702 x)
    Relu,
    Silu, // "silu", "swish"
    Tanh,
    Sigmoid,
    Identity,
};
// From the reference library's name; Argument error for an unknown one.
[[nodiscard]] Activation activationFromName(std::string_view name);
[[nodiscard]] Tensor activate(const Tensor &x, Activation activation); // same shape

// ---- linear maps -------------------------------------------------------------------------------
enum class WeightLayout {
    OutIn, // y = x · Wᵀ (torch Linear)
    InOut, // y = x · W  (Conv1D of GPT-2)
};

// A weight matrix prepared once for many multiplications (packed for the backend).
class PackedMatrix {
public:
    PackedMatrix();
    [[nodiscard]] std::int64_t inputs() const;
    [[nodiscard]] std::int64_t outputs() const;
    [[nodiscard]] std::size_t bytes() const; // read from memory by one product with one row
    struct Data;
    std::shared_ptr<const Data> data;
};
[[nodiscard]] PackedMatrix pack(const Tensor &weight, WeightLayout layout, DType compute = DType::F32);

struct LinearOptions {
    Tensor bias = {};                         // (out), or null
    Activation activation = Activation::None; // after the bias
    Tensor residual = {};                     // (…, out), added last; or null
};
// (…, in) → (…, out)
[[nodiscard]] Tensor linear(const Tensor &x, const PackedMatrix &weight, const LinearOptions &options = {});

// ---- normalisation, embedding, elementwise -------------------------------------------------------
struct LayerNormOptions {
    Tensor weight; // (features)
    Tensor bias;   // (features), or null
    double epsilon = 1e-12;
};
// Over the last axis; (…, features) → the same shape.
[[nodiscard]] Tensor layerNorm(const Tensor &x, const LayerNormOptions &options);

struct RmsNormOptions {
    Tensor weight; // (features)
    double epsilon = 1e-6;
};
// x / √(mean(x²) + ε) · weight over the last axis: no mean is taken off, nothing is added (Zhang and Sennrich 2019).
[[nodiscard]] Tensor rmsNorm(const Tensor &x, const RmsNormOptions &options);

// (…, 2n) → (…, n): activation(first half) · second half (Dauphin et al. 2017; Shazeer 2020).
[[nodiscard]] Tensor gate(const Tensor &x, Activation activation);

// Rows of `table` (rows, features) at `ids` (…) → (…, features). Argument error naming `what` and the id
// when one is outside the table.
[[nodiscard]] Tensor embedding(const Tensor &table, const Tensor &ids, std::string_view what);
[[nodiscard]] Tensor add(const Tensor &a, const Tensor &b);      // equal shapes, or b broadcast over a's outer axes
[[nodiscard]] Tensor multiply(const Tensor &a, const Tensor &b); // element by element, equal shapes
// target += part from the element `first` of target on, in place: target must be writable.
void addInto(Tensor &target, std::int64_t first, const Tensor &part);
[[nodiscard]] Tensor scale(const Tensor &x, float factor);
[[nodiscard]] Tensor softmax(const Tensor &x);    // over the last axis
[[nodiscard]] Tensor logSoftmax(const Tensor &x); // over the last axis

// ---- convolutions over positions ------------------------------------------------------------------
// Odd widths, zeros outside of the text, position i in the middle of its window.
// Each feature by itself: x (batch, length, features), weight (width, features) → the shape of x.
[[nodiscard]] Tensor depthwiseConvolution(const Tensor &x, const Tensor &weight);
// Every position and head with a kernel of its own, which all features of the head share:
// x (batch, length, heads · d), kernels (batch, length, heads, width) → the shape of x.
[[nodiscard]] Tensor dynamicConvolution(const Tensor &x, const Tensor &kernels);

// ---- heads of attention ---------------------------------------------------------------------------
// (batch, length, heads · d) taken at column `offset` of a row of `stride` columns → (batch, heads, length, d)
[[nodiscard]] Tensor splitHeads(const Tensor &x, std::int64_t heads, std::int64_t offset, std::int64_t width);
// (batch, heads, length, d) → (batch, length, heads · d)
[[nodiscard]] Tensor mergeHeads(const Tensor &x);
// a (batch, heads, m, k) · b (batch, heads, n, k)ᵀ · factor → (batch, heads, m, n)
[[nodiscard]] Tensor matmulTransposed(const Tensor &a, const Tensor &b, float factor);
// a (batch, heads, m, k) · b (batch, heads, k, n) → (batch, heads, m, n)
[[nodiscard]] Tensor matmul(const Tensor &a, const Tensor &b);

// Attention without a listener: softmax(q · kᵀ · factor + bias) · v, nothing of size query × key is kept
// longer than a tile needs. q (batch, heads, m, d), k and v (batch, heads, n, d) → (batch, m, heads · d).
struct FusedAttentionOptions {
    float factor = 1.0F;
    // Number of keys that query row i of the call sees is causalOffset + i + 1; empty: all.
    std::optional<std::int64_t> causalOffset = {};
    // (batch, n), F32, added to the scores of every query (0 or the lowest float); null: none.
    Tensor keyBias = {};
    // (heads, m, n) or (batch, heads, m, n), F32, added to the scores after the factor; null: none.
    Tensor scoreBias = {};
    // Of k and v only so many positions are taken (n is then this number): they have room to grow. Empty: all.
    std::optional<std::int64_t> keys = {};
    // (batch, keys): position j of row b stands in row places[b · keys + j] of k and v, which may then have any number
    // of rows (beams that share a past); empty: in row b.
    std::span<const std::int32_t> places = {};
};
[[nodiscard]] Tensor fusedAttention(const Tensor &q, const Tensor &k, const Tensor &v,
                                    const FusedAttentionOptions &options);

// Attention whose work and memory grow with the length only: a query sees the keys at most `reach` positions away, and
// the global keys of its row. Source: Beltagy et al. 2020 (Longformer), section 3.
struct BandAttentionOptions {
    float factor = 1.0F;
    std::int64_t reach = 0; // to each side
    // Ascending positions of the global keys, one list a row of the batch; empty: none anywhere. They leave the band
    // and stand in columns of their own in front of it.
    std::vector<std::vector<std::int64_t>> globals = {};
    // (batch, length), I64: 0 hides the key and empties the row of the query; null: all are kept.
    Tensor keep = {};
    bool wantsWeights = false;
};
struct BandAttentionResult {
    Tensor mixed;   // (batch, length, heads · d)
    Tensor weights; // (batch, heads, length, most globals of a row + 2 · reach + 1), or null when nobody wants them
};
// q, k, v (batch, heads, length, d)
[[nodiscard]] BandAttentionResult bandAttention(const Tensor &q, const Tensor &k, const Tensor &v,
                                                const BandAttentionOptions &options);

// Tensors with room to grow, for the keys and values of a run: (batch, heads, capacity, d), of which the first
// `used` positions are taken. Writes part (batch, heads, length, d) behind them: in place when nobody else holds
// `memory` and it has room, else into a larger copy. So pass it by std::move. Null memory: a new one.
[[nodiscard]] Tensor extend(Tensor memory, std::int64_t used, const Tensor &part);
// The taken positions alone: (batch, heads, used, d); shares memory when that is all.
[[nodiscard]] Tensor firstPositions(const Tensor &memory, std::int64_t used);

// The relative shift: y[i][j] = x[i][first + j − step · i], and 0 where that lies outside the row.
// x (batch, heads, queries, positions) holds a query's scores with every relative position, y (batch, heads,
// queries, keys) those with every key. The re-viewing of padded matrices by which it is usually written gives the
// same. Source: Dai et al. 2019, appendix B.
struct RelativeShift {
    std::int64_t first = 0; // column that key 0 of query 0 takes
    std::int64_t step = 1;  // columns by which each further query starts earlier
    std::int64_t keys = 0;
};
[[nodiscard]] Tensor relativeShift(const Tensor &x, const RelativeShift &shift);

// ---- attention in chunks of a list -----------------------------------------------------------------
// The list holds entries; entry e stands for position e % n of one of the rounds in which the n positions are
// arranged anew. Each chunk of the list attends to itself and its neighbours, the first chunk's neighbour being the
// last one; where there are fewer chunks than that, a chunk meets itself again. Source: Kitaev et al. 2020, section 2.
struct ChunkedAttentionOptions {
    std::int64_t chunk = 1;  // entries; divides the list
    std::int64_t before = 0; // neighbouring chunks that are seen
    std::int64_t after = 0;
    Tensor order = {};     // (batch, heads, entries), I64: the entry at each place; null: the n positions as they are
    float factor = 1.0F;   // on q · k
    bool isCausal = false; // later positions are hidden
    Tensor keep = {};      // (batch, n), I64: 0 hides the key; null: none
    float hiddenScore = 0.0F;           // replaces the score of a hidden key
    std::optional<float> ownScore = {}; // replaces the score of a position with itself, hidden or not
    bool keepsWeights = false;
};
struct ChunkedAttention {
    Tensor mixed;   // (batch, heads, entries, d): row e belongs to entry e
    Tensor logSums; // (batch, heads, entries): log Σ exp(score)
    // (batch, heads, chunks, chunk, chunk · (before + 1 + after)) in the list's order; null unless kept. They are
    // exp(score − log-sum) in single precision, so that rows far from 0 do not quite sum to 1.
    Tensor weights;
};
// q, k, v (batch, heads, n, d); the memory beside the results is some chunks a thread.
[[nodiscard]] ChunkedAttention chunkedAttention(const Tensor &q, const Tensor &k, const Tensor &v,
                                                const ChunkedAttentionOptions &options);

// The rounds of a list weighted by exp(log-sum − log Σ over rounds exp(log-sum)), in single precision.
struct AveragedRounds {
    Tensor mixed;   // (batch, heads, n, d)
    Tensor weights; // (batch, heads, rounds, n)
};
[[nodiscard]] AveragedRounds averageRounds(const ChunkedAttention &attention, std::int64_t rounds);

// ---- locality-sensitive hashing ----------------------------------------------------------------------
// Buckets by random rotations: the index of the largest of [x · r, −x · r]; with several factors the columns of r are
// split by factor / 2, and the bucket is b0 + f0 · (b1 + f1 · …). x (batch, heads, n, d), rotations (heads, d, rounds,
// Σ factors / 2) → (batch, heads, rounds, n), I64, the same numbers in every round.
// Source: Andoni et al. 2015, "Practical and Optimal LSH for Angular Distance".
[[nodiscard]] Tensor hashBuckets(const Tensor &x, const Tensor &rotations, std::span<const std::int64_t> factors);

// Entries sorted by their bucket, equal ones as they stood: buckets (batch, heads, entries) → (batch, heads, entries),
// both I64. Linear when the buckets' numbers are no further apart than the entries are many.
[[nodiscard]] Tensor sortByBucket(const Tensor &buckets);

// x / √(mean of x² + epsilon) · factor over the last axis.
struct RootMeanSquareOptions {
    double epsilon = 0.0;
    float factor = 1.0F;
};
[[nodiscard]] Tensor divideByRootMeanSquare(const Tensor &x, const RootMeanSquareOptions &options);

// A term of the score that depends on query and key only by a class of the pair (same segment or not):
// y[b][h][i][j] = scores[b][h][i][j] + values[b][h][i][classes[b][i][j]]. scores (batch, heads, queries, keys), values
// (batch, heads, queries, count), classes (batch, queries, keys), I64 below count.
[[nodiscard]] Tensor addByClass(const Tensor &scores, const Tensor &values, const Tensor &classes);

// a, b joined along `axis` (equal elsewhere); null a gives b.
[[nodiscard]] Tensor concat(const Tensor &a, const Tensor &b, int axis);

// Bytes per second that streaming reads reach with the current threads (measured, about 0.1 s).
[[nodiscard]] double readBandwidth();

} // namespace engine::ops
