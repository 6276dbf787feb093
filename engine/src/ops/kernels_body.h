// SPDX-License-Identifier: GPL-3.0-or-later
// The bodies of the kernels, written with the compiler's vector types and included by one .cpp per
// instruction set, inside an unnamed namespace and with kLanes defined. No standard templates here: their
// instantiations are shared between files and would carry one instruction set's code into another.
// No include guard on purpose.

typedef float Vec __attribute__((vector_size(kLanes * 4)));
typedef std::int32_t IntVec __attribute__((vector_size(kLanes * 4)));
typedef std::uint64_t WordVec __attribute__((vector_size(kLanes * 4)));
typedef float LooseVec __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));
typedef std::uint64_t LooseWordVec __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));
using Index = std::int64_t;

constexpr Index kLineFloats = 16; // of a cache line
constexpr Index kAhead = 1024;    // floats; the hardware's own prefetching stops at the page

inline Vec load(const float *p)
{
    return *reinterpret_cast<const LooseVec *>(p);
}
inline void store(float *p, Vec v)
{
    *reinterpret_cast<LooseVec *>(p) = v;
}
inline Vec splat(float v)
{
    return Vec{} + v;
}

inline Vec loadPart(const float *p, Index count, float fill)
{
    float part[kLanes];
    for (Index i = 0; i < kLanes; ++i)
        part[i] = i < count ? p[i] : fill;
    return load(part);
}

inline void storePart(float *p, Vec v, Index count)
{
    float part[kLanes];
    store(part, v);
    for (Index i = 0; i < count; ++i)
        p[i] = part[i];
}

// Shuffles by the lanes' numbers. They work on references, because a template that returns a register would
// be compiled with the calling convention of the whole program.
using Lanes = std::make_integer_sequence<int, kLanes>;

template <int kDistance, int... kLane> inline void addAcross(Vec &v, std::integer_sequence<int, kLane...>)
{
    v += __builtin_shufflevector(v, v, (kLane ^ kDistance)...);
}

// Swaps the upper lanes of a with the lower lanes of b in every group of 2 · kDistance.
template <int kDistance, int... kLane> inline void exchange(Vec &a, Vec &b, std::integer_sequence<int, kLane...>)
{
    const Vec low = __builtin_shufflevector(a, b, ((kLane & kDistance) == 0 ? kLane : kLane - kDistance + kLanes)...);
    b = __builtin_shufflevector(a, b, ((kLane & kDistance) == 0 ? kLane + kDistance : kLane + kLanes)...);
    a = low;
}

inline float sumOf(Vec v)
{
    if constexpr (kLanes > 8)
        addAcross<8>(v, Lanes{});
    if constexpr (kLanes > 4)
        addAcross<4>(v, Lanes{});
    addAcross<2>(v, Lanes{});
    addAcross<1>(v, Lanes{});
    return v[0];
}

inline Vec largerOf(Vec a, Vec b)
{
    return a > b ? a : b;
}

// ---- elementary functions ---------------------------------------------------------------------

// 2^n · e^r with |r| ≤ ln 2 / 2; the polynomial is a minimax fit of (e^r − 1 − r) / r² (relative error
// below 1e-8 before rounding). 0 below −87.3, saturates above 88.37.
inline Vec expOf(Vec x)
{
    constexpr float kLow = -87.3365F;
    constexpr float kHigh = 88.3762F;
    constexpr float kRound = 12582912.0F; // 1.5 · 2^23: adding it rounds to an integer
    const Vec zero{};
    Vec c = x < kLow ? splat(kLow) : x;
    c = c > kHigh ? splat(kHigh) : c;
    const Vec shifted = c * 1.44269504F + kRound;
    const Vec n = shifted - kRound;
    const Vec r = c - n * 0.693359375F + n * 2.12194440e-4F;
    Vec p = splat(1.39412393e-3F);
    p = p * r + 8.36324886e-3F;
    p = p * r + 4.16663738e-2F;
    p = p * r + 1.66665766e-1F;
    p = p * r + 5.00000003e-1F;
    p = p * (r * r) + r + 1.0F;
    const IntVec bits = (__builtin_bit_cast(IntVec, shifted) - __builtin_bit_cast(std::int32_t, kRound) + 127) << 23;
    return x < kLow ? zero : p * __builtin_bit_cast(Vec, bits);
}

// erfc(z) = exp(−z²) · P(1 / (1 + 0.4 z)) for z ≥ 0, P a minimax fit of degree 9 (relative error 3e-8),
// in the form of Abramowitz and Stegun 7.1.26. Here z = |x| / √2, so exp(−x² / 2).
inline Vec upperTail(Vec magnitude)
{
    const Vec u = 1.0F / (magnitude * (0.4F * 0.70710678F) + 1.0F);
    Vec p = splat(2.61861458e-2F);
    p = p * u - 6.12912290e-2F;
    p = p * u - 9.49130505e-2F;
    p = p * u + 3.16857278e-1F;
    p = p * u - 1.02239162e-1F;
    p = p * u + 2.86451906e-1F;
    p = p * u + 1.71345651e-1F;
    p = p * u + 2.32638225e-1F;
    p = p * u + 2.24930122e-1F;
    p = p * u + 3.41612067e-5F;
    return expOf(magnitude * magnitude * -0.5F) * p * 0.5F;
}

inline Vec geluOf(Vec x)
{
    const Vec tail = upperTail(x < 0.0F ? -x : x); // Φ(−|x|)
    return x < 0.0F ? x * tail : x - x * tail;
}

inline Vec sigmoidOf(Vec x)
{
    return 1.0F / (expOf(-x) + 1.0F);
}

// Odd minimax polynomial below 0.625, 1 − 2 / (e^{2x} + 1) above.
inline Vec tanhOf(Vec x)
{
    const Vec magnitude = x < 0.0F ? -x : x;
    const Vec s = x * x;
    Vec p = splat(-6.11318938e-3F);
    p = p * s + 2.10100798e-2F;
    p = p * s - 5.38540694e-2F;
    p = p * s + 1.33327945e-1F;
    p = p * s - 3.33333292e-1F;
    const Vec low = x + x * s * p;
    const Vec large = 1.0F - 2.0F / (expOf(magnitude * 2.0F) + 1.0F);
    return magnitude < 0.625F ? low : (x < 0.0F ? -large : large);
}

inline Vec geluTanhOf(Vec x)
{
    // x · (1 + tanh z) / 2 = x · σ(2 z), z = √(2/π) · (x + 0.044715 x³)
    return x * sigmoidOf((x + x * x * x * 0.044715F) * (2.0F * 0.7978845608F));
}

template <typename One> void mapRow(const float *x, float *y, Index n, One &&one)
{
    Index i = 0;
    for (; i + kLanes <= n; i += kLanes)
        store(y + i, one(load(x + i), i));
    if (i < n)
        storePart(y + i, one(loadPart(x + i, n - i, 0.0F), i), n - i);
}

// Types, not lambdas: a lambda in a template would lose the instruction set of this file.
struct GeluOf {
    Vec operator()(Vec v, Index) const { return geluOf(v); }
};
struct GeluTanhOf {
    Vec operator()(Vec v, Index) const { return geluTanhOf(v); }
};
struct QuickGeluOf {
    Vec operator()(Vec v, Index) const { return v * sigmoidOf(v * 1.702F); }
};
struct ReluOf {
    Vec operator()(Vec v, Index) const { return v < 0.0F ? Vec{} : v; }
};
struct SiluOf {
    Vec operator()(Vec v, Index) const { return v * sigmoidOf(v); }
};
struct TanhOf {
    Vec operator()(Vec v, Index) const { return tanhOf(v); }
};
struct SigmoidOf {
    Vec operator()(Vec v, Index) const { return sigmoidOf(v); }
};

void activateRow(const float *x, float *y, Index n, Activation activation)
{
    switch (activation) {
    case Activation::Gelu:
        return mapRow(x, y, n, GeluOf{});
    case Activation::GeluTanh:
    case Activation::GeluFast:
        return mapRow(x, y, n, GeluTanhOf{});
    case Activation::QuickGelu:
        return mapRow(x, y, n, QuickGeluOf{});
    case Activation::Relu:
        return mapRow(x, y, n, ReluOf{});
    case Activation::Silu:
        return mapRow(x, y, n, SiluOf{});
    case Activation::Tanh:
        return mapRow(x, y, n, TanhOf{});
    case Activation::Sigmoid:
        return mapRow(x, y, n, SigmoidOf{});
    case Activation::None:
    case Activation::Identity:
        if (x != y)
            __builtin_memcpy(y, x, static_cast<std::size_t>(n) * sizeof(float));
    }
}

void addRow(const float *a, const float *b, float *y, Index n)
{
    Index i = 0;
    for (; i + kLanes <= n; i += kLanes)
        store(y + i, load(a + i) + load(b + i));
    for (; i < n; ++i)
        y[i] = a[i] + b[i];
}

void scaleOneRow(const float *x, float factor, float *y, Index n)
{
    mapRow(x, y, n, [=](Vec v, Index) { return v * factor; });
}

void finishRow(float *y, Index n, const Epilogue &e)
{
    if (e.bias != nullptr)
        addRow(y, e.bias, y, n);
    if (e.activation != Activation::None && e.activation != Activation::Identity)
        activateRow(y, y, n, e.activation);
    if (e.residual != nullptr)
        addRow(y, e.residual, y, n);
}

// ---- reductions ---------------------------------------------------------------------------------

float largestOf(const float *x, Index n)
{
    constexpr float kLowest = -__FLT_MAX__;
    Vec best = splat(kLowest);
    Vec second = best;
    Index i = 0;
    for (; i + 2 * kLanes <= n; i += 2 * kLanes) {
        best = largerOf(load(x + i), best);
        second = largerOf(load(x + i + kLanes), second);
    }
    best = largerOf(best, second);
    for (; i < n; i += kLanes)
        best = largerOf(loadPart(x + i, n - i, kLowest), best);
    float result = kLowest;
    for (Index lane = 0; lane < kLanes; ++lane)
        result = best[lane] > result ? best[lane] : result;
    return result;
}

// Sums of blocks in F32, blocks together in double: the vocabulary has 50,000 entries.
constexpr Index kSumBlock = 4096;

template <typename One> double blockedSum(Index n, One &&one)
{
    double total = 0.0;
    for (Index begin = 0; begin < n; begin += kSumBlock) {
        const Index end = begin + kSumBlock < n ? begin + kSumBlock : n;
        Vec sum{};
        Index i = begin;
        for (; i + kLanes <= end; i += kLanes)
            sum += one(i, kLanes);
        if (i < end)
            sum += one(i, end - i);
        total += static_cast<double>(sumOf(sum));
    }
    return total;
}

// Lanes that lie outside of the row count as nothing.
inline Vec keep(Vec v, Index count)
{
    for (Index i = count; i < kLanes; ++i)
        v[i] = 0.0F;
    return v;
}

double expSumRow(const float *x, float shift, float *y, Index n)
{
    return blockedSum(n, [=](Index i, Index count) {
        if (count == kLanes) {
            const Vec e = expOf(load(x + i) - shift);
            store(y + i, e);
            return e;
        }
        const Vec e = keep(expOf(loadPart(x + i, count, 0.0F) - shift), count);
        storePart(y + i, e, count);
        return e;
    });
}

double expSumOnlyRow(const float *x, float shift, Index n)
{
    return blockedSum(n, [=](Index i, Index count) {
        if (count == kLanes)
            return expOf(load(x + i) - shift);
        return keep(expOf(loadPart(x + i, count, 0.0F) - shift), count);
    });
}

void layerNormRow(const float *x, float *y, Index n, const LayerNormRow &options)
{
    const auto part = [=](Index i, Index count) {
        return count == kLanes ? load(x + i) : loadPart(x + i, count, 0.0F);
    };
    const double count = static_cast<double>(n);
    const float mean = static_cast<float>(blockedSum(n, part) / count);
    const double squares = blockedSum(n, [=](Index i, Index lanes) {
        const Vec d = keep(part(i, lanes) - mean, lanes);
        return d * d;
    });
    const float inverse = static_cast<float>(1.0 / __builtin_sqrt(squares / count + options.epsilon));
    const float *weight = options.weight;
    const float *bias = options.bias;
    Index i = 0;
    for (; i + kLanes <= n; i += kLanes) {
        const Vec v = (load(x + i) - mean) * inverse * load(weight + i);
        store(y + i, bias != nullptr ? v + load(bias + i) : v);
    }
    for (; i < n; ++i)
        y[i] = (x[i] - mean) * inverse * weight[i] + (bias != nullptr ? bias[i] : 0.0F);
}

void rmsNormRow(const float *x, float *y, Index n, const LayerNormRow &options)
{
    const double squares = blockedSum(n, [=](Index i, Index count) {
        const Vec v = count == kLanes ? load(x + i) : loadPart(x + i, count, 0.0F);
        return v * v;
    });
    const float inverse = static_cast<float>(1.0 / __builtin_sqrt(squares / static_cast<double>(n) + options.epsilon));
    const float *weight = options.weight;
    Index i = 0;
    for (; i + kLanes <= n; i += kLanes)
        store(y + i, load(x + i) * inverse * load(weight + i));
    for (; i < n; ++i)
        y[i] = x[i] * inverse * weight[i];
}

void multiplyRows(const float *a, const float *b, float *y, Index n)
{
    Index i = 0;
    for (; i + kLanes <= n; i += kLanes)
        store(y + i, load(a + i) * load(b + i));
    for (; i < n; ++i)
        y[i] = a[i] * b[i];
}

std::uint64_t readAllWords(const std::uint64_t *words, Index count)
{
    constexpr Index kWords = kLanes / 2;
    WordVec sums[4] = {};
    for (Index i = 0; i + 4 * kWords <= count; i += 4 * kWords) {
        for (Index line = 0; line < kLanes / 4; ++line)
            __builtin_prefetch(words + i + (kAhead + line * kLineFloats) / 2);
        for (Index part = 0; part < 4; ++part)
            sums[part] ^= *reinterpret_cast<const LooseWordVec *>(words + i + part * kWords);
    }
    const WordVec all = sums[0] ^ sums[1] ^ sums[2] ^ sums[3];
    std::uint64_t result = 0;
    for (Index i = 0; i < kWords; ++i)
        result ^= all[i];
    return result;
}

#include "ops/kernels_products.h"

constexpr Kernels kTable{
    .lanes = kLanes,
    .panelProduct = panelProductOf,
    .rowProduct = rowProductOf,
    .columnProduct = columnProductOf,
    .tileProduct = tile,
    .transpose = transposeBlock,
    .finish = finishRow,
    .activate = activateRow,
    .addRows = addRow,
    .scaleRow = scaleOneRow,
    .largest = largestOf,
    .expSum = expSumRow,
    .expSumOnly = expSumOnlyRow,
    .layerNorm = layerNormRow,
    .rmsNorm = rmsNormRow,
    .multiply = multiplyRows,
    .readAll = readAllWords,
};
