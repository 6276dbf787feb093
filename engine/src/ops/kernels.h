// SPDX-License-Identifier: GPL-3.0-or-later
// Serial inner loops, compiled once per instruction set and chosen when the program starts.
// Everything is F32, row-major; `stride` is the distance of two rows in elements.
#pragma once

#include "ops/ops.h"

#include <cstdint>
#include <utility>

namespace engine::ops::kernels {

constexpr std::int64_t kPanel = 64;     // columns of a panel: 4 registers of AVX-512
constexpr std::int64_t kSkinnyRows = 4; // most rows that the skinny products take at once

struct Rows {
    const float *data = nullptr;
    std::int64_t stride = 0;
};

struct MutableRows {
    float *data = nullptr;
    std::int64_t stride = 0;
};

// A block of k × n elements times few rows of x. `m` ≤ kSkinnyRows.
struct Skinny {
    Rows x = {};       // (m, k)
    Rows weights = {}; // see the kernel
    MutableRows y = {};
    std::int64_t m = 0;
    std::int64_t k = 0;
    std::int64_t n = 0;
};

struct Tile {
    Rows a = {};        // (m, k)
    Rows b = {};        // (k, n); rows readable up to the next multiple of `lanes`
    MutableRows c = {}; // (m, n); rows writable up to the next multiple of `lanes`
    std::int64_t m = 0;
    std::int64_t k = 0;
    std::int64_t n = 0;
    float factor = 1.0F;               // c = factor · a · b,
    const float *rowFactors = nullptr; // or one factor for each row instead; null: none
};

struct Epilogue {
    const float *bias = nullptr;     // (n), or null
    const float *residual = nullptr; // (n), or null
    Activation activation = Activation::None;
};

struct LayerNormRow {
    const float *weight = nullptr;
    const float *bias = nullptr; // or null
    double epsilon = 0.0;
};

struct Kernels {
    std::int64_t lanes; // floats of a register

    // y (m, n) = x · weights, weights (k, n) one panel of n = 16, 32, 48 or 64 columns; or, for one row only,
    // n = 128: two panels of 64, the second one `weights.stride` elements behind the first.
    void (*panelProduct)(const Skinny &);
    // y (m, n) = x · weightsᵀ, weights (n, k).
    void (*rowProduct)(const Skinny &);
    // y (m, n) = x · weights, weights (k, n) with any stride.
    void (*columnProduct)(const Skinny &);
    void (*tileProduct)(const Tile &);
    // (rows, columns) → (columns, rows); out's rows are padded with zeros up to `padded` elements, a multiple
    // of `lanes`.
    void (*transpose)(Rows from, std::int64_t rows, std::int64_t columns, float *out, std::int64_t padded);

    void (*finish)(float *y, std::int64_t n, const Epilogue &); // y = activation(y + bias) + residual
    void (*activate)(const float *x, float *y, std::int64_t n, Activation activation);
    void (*addRows)(const float *a, const float *b, float *y, std::int64_t n);
    void (*scaleRow)(const float *x, float factor, float *y, std::int64_t n);
    float (*largest)(const float *x, std::int64_t n);
    // y = exp(x − shift); returns the sum. x and y may be the same.
    double (*expSum)(const float *x, float shift, float *y, std::int64_t n);
    double (*expSumOnly)(const float *x, float shift, std::int64_t n);
    void (*layerNorm)(const float *x, float *y, std::int64_t n, const LayerNormRow &);
    void (*rmsNorm)(const float *x, float *y, std::int64_t n, const LayerNormRow &); // without mean and bias
    void (*multiply)(const float *a, const float *b, float *y, std::int64_t n);
    std::uint64_t (*readAll)(const std::uint64_t *words, std::int64_t count); // streams, for the bandwidth
};

[[nodiscard]] const Kernels &kernels(); // the widest that this processor runs

#if defined(__x86_64__)
extern const Kernels kAvx512;
extern const Kernels kAvx2;
#endif
extern const Kernels kBase;

} // namespace engine::ops::kernels
