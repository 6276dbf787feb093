// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers behind the pictures: a matrix seen in place, its max-pooled levels, and what can be said of a head.
#pragma once

#include <QRectF>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace ui {

// A row-major matrix somewhere else in memory (the caller keeps it alive), or one that is nowhere as a whole and gives
// its rows when asked.
struct Matrix {
    std::span<const float> values = {}; // rows × columns; empty where `fillRow` gives the rows
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::function<void(std::int64_t row, std::span<float> out)> fillRow = {};

    // The row where it lies, or in `buffer`.
    [[nodiscard]] std::span<const float> row(std::int64_t index, std::vector<float> &buffer) const;
    [[nodiscard]] float at(std::int64_t row, std::int64_t column) const;
    [[nodiscard]] bool isEmpty() const noexcept { return rows <= 0 || columns <= 0; }
};

// The largest value of every block of 4 × 4, 16 × 16, … cells, so that a picture of 4,096² cells touches about
// as many numbers as it has pixels (a mip map with the maximum in place of the mean). Of a matrix that is
// nowhere as a whole the first level is coarse enough to stay small.
class MaxPyramid {
public:
    MaxPyramid() = default;
    explicit MaxPyramid(const Matrix &base);
    MaxPyramid(MaxPyramid &&) = default; // levels point into each other: no copies
    MaxPyramid &operator=(MaxPyramid &&) = default;

    [[nodiscard]] const Matrix &base() const noexcept { return m_base; }
    [[nodiscard]] float largest() const noexcept { return m_largest; }

    struct Level {
        Matrix matrix;
        std::int64_t factor = 1; // cells of the base that one value covers, a side
    };
    // The coarsest level whose blocks are at most half of `cellsPerPixel` wide.
    [[nodiscard]] Level level(double cellsPerPixel) const;

private:
    Matrix m_base;
    std::vector<std::vector<float>> m_storage;
    std::vector<Level> m_levels; // coarser and coarser, without the base
    float m_largest = 0.0F;
};

// Cells [begin, end) of an axis that one pixel stands for.
struct CellSpan {
    std::int64_t begin = 0;
    std::int64_t end = 0;
};
// One span a pixel for `pixels` pixels over the cells from `from` on, `extent` of them, of an axis of `count` cells.
// Zoomed in, a pixel is one cell; zoomed out it is every cell that it touches.
[[nodiscard]] std::vector<CellSpan> cellSpans(double from, double extent, int pixels, std::int64_t count);

// (height, width): the largest value among the cells that each pixel touches; `range` in cells (x: column, y: row).
// No spike is lost: every cell of the range is under some pixel.
[[nodiscard]] std::vector<float> maxPool(const MaxPyramid &values, const QRectF &range, int width, int height);

// Bits of a distribution; zeros count nothing.
[[nodiscard]] double entropyBits(std::span<const float> probabilities);
// Bits of softmax(logits), without building the distribution.
[[nodiscard]] double softmaxEntropyBits(std::span<const float> logits);
// softmax(logits)[index].
[[nodiscard]] double softmaxProbability(std::span<const float> logits, std::size_t index);

struct HeadStatistics {
    double entropyBits = 0.0;  // mean over the queries
    double meanDistance = 0.0; // tokens between query and key, weighted by attention, mean over the queries
};
// `queryOffset`: absolute position of the first query among the keys.
[[nodiscard]] HeadStatistics headStatistics(const Matrix &weights, std::int64_t queryOffset);

[[nodiscard]] double norm(std::span<const float> values);
// 0 when one of them has no length.
[[nodiscard]] double cosine(std::span<const float> left, std::span<const float> right);

} // namespace ui
