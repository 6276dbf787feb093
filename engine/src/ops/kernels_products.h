// SPDX-License-Identifier: GPL-3.0-or-later
// The part of the kernels' bodies that multiplies matrices; included by kernels_body.h, under its conditions.
// No include guard on purpose.

template <int kRows, int kColumns> inline void clear(Vec (&sums)[kRows][kColumns])
{
    for (auto &row : sums)
        for (auto &sum : row)
            sum = Vec{};
}

constexpr Index kUnroll = kLanes == 16 ? 4 : 2; // registers of columns in a tile

// kRows × (kVectors · lanes) of c, all of k, in registers.
template <int kRows, int kVectors> inline void microTile(const Tile &t, Index row, Index column)
{
    Vec sums[kRows][kVectors];
    clear(sums);
    const float *a = t.a.data + row * t.a.stride;
    const float *b = t.b.data + column;
    for (Index k = 0; k < t.k; ++k, b += t.b.stride) {
        Vec columns[kVectors];
        for (int v = 0; v < kVectors; ++v) {
            if constexpr (kRows == 1) // one query: b comes from memory, not from a cache
                __builtin_prefetch(b + v * kLanes + kAhead);
            columns[v] = load(b + v * kLanes);
        }
        for (int r = 0; r < kRows; ++r) {
            const float factor = a[r * t.a.stride + k];
            for (int v = 0; v < kVectors; ++v)
                sums[r][v] += columns[v] * factor;
        }
    }
    for (int r = 0; r < kRows; ++r) {
        const float factor = t.rowFactors == nullptr ? t.factor : t.rowFactors[row + r];
        for (int v = 0; v < kVectors; ++v)
            store(t.c.data + (row + r) * t.c.stride + column + v * kLanes, sums[r][v] * factor);
    }
}

template <int kVectors> inline void tileColumns(const Tile &t, Index column)
{
    constexpr int kRows = kLanes == 16 ? 6 : 4;
    Index row = 0;
    for (; row + kRows <= t.m; row += kRows)
        microTile<kRows, kVectors>(t, row, column);
    for (; row + 2 <= t.m; row += 2)
        microTile<2, kVectors>(t, row, column);
    for (; row < t.m; ++row)
        microTile<1, kVectors>(t, row, column);
}

void tile(const Tile &t)
{
    Index column = 0;
    for (; column + kUnroll * kLanes <= t.n; column += kUnroll * kLanes)
        tileColumns<kUnroll>(t, column);
    for (; column < t.n; column += kLanes)
        tileColumns<1>(t, column);
}

template <int kDistance> inline void exchangeRows(Vec *rows)
{
    for (int i = 0; i < kLanes; ++i)
        if ((i & kDistance) == 0)
            exchange<kDistance>(rows[i], rows[i + kDistance], Lanes{});
}

inline void transposeSquare(Vec *rows)
{
    if constexpr (kLanes > 8)
        exchangeRows<8>(rows);
    if constexpr (kLanes > 4)
        exchangeRows<4>(rows);
    exchangeRows<2>(rows);
    exchangeRows<1>(rows);
}

void transposeBlock(Rows from, Index rows, Index columns, float *out, Index padded)
{
    for (Index row = 0; row < padded; row += kLanes)
        for (Index column = 0; column < columns; column += kLanes) {
            const Index width = columns - column < kLanes ? columns - column : kLanes;
            Vec square[kLanes];
            for (Index i = 0; i < kLanes; ++i) {
                const float *source = from.data + (row + i) * from.stride + column;
                square[i] = row + i >= rows ? Vec{} : width == kLanes ? load(source) : loadPart(source, width, 0.0F);
            }
            transposeSquare(square);
            for (Index i = 0; i < width; ++i)
                store(out + (column + i) * padded + row, square[i]);
        }
}

// kPanels panels at once: every stream of reads more keeps more lines on their way.
template <int kRows, int kPanels, int kVectors> inline void panelRows(const Skinny &s)
{
    Vec sums[kRows][kPanels * kVectors];
    clear(sums);
    const float *w = s.weights.data;
    for (Index k = 0; k < s.k; ++k, w += kVectors * kLanes)
        for (int p = 0; p < kPanels; ++p) {
            const float *line = w + p * s.weights.stride;
            for (int i = 0; i < kVectors * kLanes; i += kLineFloats)
                __builtin_prefetch(line + kAhead + i);
            for (int v = 0; v < kVectors; ++v) {
                const Vec columns = load(line + v * kLanes);
                for (int r = 0; r < kRows; ++r)
                    sums[r][p * kVectors + v] += columns * s.x.data[r * s.x.stride + k];
            }
        }
    for (int r = 0; r < kRows; ++r)
        for (int v = 0; v < kPanels * kVectors; ++v)
            store(s.y.data + r * s.y.stride + v * kLanes, sums[r][v]);
}

template <int kVectors> inline void panelOf(const Skinny &s)
{
    switch (s.m) {
    case 1:
        return panelRows<1, 1, kVectors>(s);
    case 2:
        return panelRows<2, 1, kVectors>(s);
    case 3:
        return panelRows<3, 1, kVectors>(s);
    default:
        return panelRows<4, 1, kVectors>(s);
    }
}

void panelProductOf(const Skinny &s)
{
    switch (s.n) {
    case 16:
        return panelOf<16 / kLanes>(s);
    case 32:
        return panelOf<32 / kLanes>(s);
    case 48:
        return panelOf<48 / kLanes>(s);
    case 64:
        return panelOf<64 / kLanes>(s);
    default: // 128, and one row
        return panelRows<1, 2, 64 / kLanes>(s);
    }
}

template <int kRows, int kOutputs> inline void dotRows(const Skinny &s, Index output)
{
    Vec sums[kRows][kOutputs];
    clear(sums);
    const float *w = s.weights.data + output * s.weights.stride;
    Index k = 0;
    for (; k + kLanes <= s.k; k += kLanes)
        for (int r = 0; r < kRows; ++r) {
            const Vec x = load(s.x.data + r * s.x.stride + k);
            for (int o = 0; o < kOutputs; ++o) {
                if constexpr (kRows == 1)
                    __builtin_prefetch(w + o * s.weights.stride + k + kAhead);
                sums[r][o] += x * load(w + o * s.weights.stride + k);
            }
        }
    for (int r = 0; r < kRows; ++r)
        for (int o = 0; o < kOutputs; ++o) {
            float sum = sumOf(sums[r][o]);
            for (Index i = k; i < s.k; ++i)
                sum += s.x.data[r * s.x.stride + i] * w[o * s.weights.stride + i];
            s.y.data[r * s.y.stride + output + o] = sum;
        }
}

template <int kRows> inline void dotsOf(const Skinny &s)
{
    Index output = 0;
    for (; output + 4 <= s.n; output += 4)
        dotRows<kRows, 4>(s, output);
    for (; output < s.n; ++output)
        dotRows<kRows, 1>(s, output);
}

void rowProductOf(const Skinny &s)
{
    switch (s.m) {
    case 1:
        return dotsOf<1>(s);
    case 2:
        return dotsOf<2>(s);
    case 3:
        return dotsOf<3>(s);
    default:
        return dotsOf<4>(s);
    }
}

// Adds kTerms rows of the weights at a time, so that y is read and written once for them.
template <int kTerms> inline void addTerms(const float *factors, const float *w, Index stride, float *y, Index n)
{
    Index i = 0;
    for (; i + kLanes <= n; i += kLanes) {
        Vec sum = load(y + i);
        for (int t = 0; t < kTerms; ++t)
            sum += load(w + t * stride + i) * factors[t];
        store(y + i, sum);
    }
    for (; i < n; ++i)
        for (int t = 0; t < kTerms; ++t)
            y[i] += w[t * stride + i] * factors[t];
}

void columnProductOf(const Skinny &s)
{
    constexpr int kTerms = 8;
    for (Index r = 0; r < s.m; ++r)
        for (Index i = 0; i < s.n; ++i)
            s.y.data[r * s.y.stride + i] = 0.0F;
    for (Index k = 0; k < s.k; k += kTerms)
        for (Index r = 0; r < s.m; ++r) {
            const float *x = s.x.data + r * s.x.stride;
            float *y = s.y.data + r * s.y.stride;
            if (k + kTerms <= s.k) {
                addTerms<kTerms>(x + k, s.weights.data + k * s.weights.stride, s.weights.stride, y, s.n);
                continue;
            }
            for (Index i = k; i < s.k; ++i)
                addTerms<1>(x + i, s.weights.data + i * s.weights.stride, s.weights.stride, y, s.n);
        }
}
