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

// Rows of `table` (rows, features) at `ids` (…) → (…, features). Argument error naming `what` and the id
// when one is outside the table.
[[nodiscard]] Tensor embedding(const Tensor &table, const Tensor &ids, std::string_view what);
[[nodiscard]] Tensor add(const Tensor &a, const Tensor &b);      // equal shapes, or b broadcast over a's outer axes
[[nodiscard]] Tensor multiply(const Tensor &a, const Tensor &b); // element by element, equal shapes
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
    // Of k and v only so many positions are taken (n is then this number): they have room to grow. Empty: all.
    std::optional<std::int64_t> keys = {};
};
[[nodiscard]] Tensor fusedAttention(const Tensor &q, const Tensor &k, const Tensor &v,
                                    const FusedAttentionOptions &options);

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

// a, b joined along `axis` (equal elsewhere); null a gives b.
[[nodiscard]] Tensor concat(const Tensor &a, const Tensor &b, int axis);

// Bytes per second that streaming reads reach with the current threads (measured, about 0.1 s).
[[nodiscard]] double readBandwidth();

} // namespace engine::ops
