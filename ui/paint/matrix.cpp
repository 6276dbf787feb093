// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/paint/matrix.h"

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

constexpr std::int64_t kFactor = 4;
constexpr std::int64_t kSmallEnough = 256;   // cells a side that need no coarser level
constexpr std::int64_t kLargestLevel = 1024; // cells a side of the first level of a matrix that gives its rows

std::int64_t longer(const Matrix &matrix)
{
    return std::max(matrix.rows, matrix.columns);
}

struct Pooled {
    std::vector<float> values;
    std::int64_t rows = 0;
    std::int64_t columns = 0;
};

Pooled poolByFactor(const Matrix &matrix, std::int64_t factor)
{
    Pooled pooled;
    pooled.rows = (matrix.rows + factor - 1) / factor;
    pooled.columns = (matrix.columns + factor - 1) / factor;
    pooled.values.assign(static_cast<std::size_t>(pooled.rows * pooled.columns), 0.0F);
    std::vector<float> buffer;
    for (std::int64_t row = 0; row < matrix.rows; ++row) {
        const float *in = matrix.row(row, buffer).data();
        float *out = pooled.values.data() + (row / factor) * pooled.columns;
        for (std::int64_t block = 0; block < pooled.columns; ++block) {
            const std::int64_t end = std::min(matrix.columns, (block + 1) * factor);
            float largest = out[block];
            for (std::int64_t column = block * factor; column < end; ++column)
                largest = std::max(largest, in[column]);
            out[block] = largest;
        }
    }
    return pooled;
}

// Every value under a pixel's rows, pooled into its columns.
void poolRow(const MaxPyramid::Level &level, const CellSpan &rows, const std::vector<CellSpan> &columns, float *out)
{
    const std::int64_t firstRow = rows.begin / level.factor;
    const std::int64_t lastRow = (rows.end - 1) / level.factor;
    std::vector<float> buffer;
    for (std::int64_t row = firstRow; row <= lastRow; ++row) {
        const float *in = level.matrix.row(row, buffer).data();
        for (std::size_t x = 0; x < columns.size(); ++x) {
            const std::int64_t last = (columns[x].end - 1) / level.factor;
            float largest = row == firstRow ? 0.0F : out[x];
            for (std::int64_t column = columns[x].begin / level.factor; column <= last; ++column)
                largest = std::max(largest, in[column]);
            out[x] = largest;
        }
    }
}

} // namespace

std::span<const float> Matrix::row(std::int64_t index, std::vector<float> &buffer) const
{
    if (!fillRow)
        return values.subspan(static_cast<std::size_t>(index * columns), static_cast<std::size_t>(columns));
    buffer.resize(static_cast<std::size_t>(columns));
    fillRow(index, buffer);
    return buffer;
}

float Matrix::at(std::int64_t rowIndex, std::int64_t column) const
{
    std::vector<float> buffer;
    return row(rowIndex, buffer)[static_cast<std::size_t>(column)];
}

MaxPyramid::MaxPyramid(const Matrix &base) : m_base(base)
{
    if (base.isEmpty())
        return;
    Level finest{base, 1};
    while (longer(finest.matrix) > kSmallEnough) {
        std::int64_t factor = kFactor;
        while (finest.matrix.fillRow && longer(finest.matrix) > kLargestLevel * factor)
            factor *= kFactor;
        Pooled pooled = poolByFactor(finest.matrix, factor);
        m_storage.push_back(std::move(pooled.values));
        finest = Level{Matrix{m_storage.back(), pooled.rows, pooled.columns, {}}, finest.factor * factor};
        m_levels.push_back(finest);
    }
    std::vector<float> buffer;
    for (std::int64_t row = 0; row < finest.matrix.rows; ++row)
        for (const float value : finest.matrix.row(row, buffer))
            m_largest = std::max(m_largest, value);
}

MaxPyramid::Level MaxPyramid::level(double cellsPerPixel) const
{
    Level best{m_base, 1};
    for (const Level &level : m_levels)
        if (static_cast<double>(level.factor) * 2.0 <= cellsPerPixel)
            best = level;
    return best;
}

std::vector<CellSpan> cellSpans(double from, double extent, int pixels, std::int64_t count)
{
    std::vector<CellSpan> spans(static_cast<std::size_t>(std::max(0, pixels)));
    const double step = extent / std::max(1, pixels);
    const auto bounded = [count](double cell) {
        return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor(cell)), 0,
                                        std::max<std::int64_t>(0, count - 1));
    };
    for (std::size_t x = 0; x < spans.size(); ++x) {
        const double begin = from + static_cast<double>(x) * step;
        if (step <= 1.0) {
            spans[x].begin = bounded(begin + step / 2.0);
            spans[x].end = spans[x].begin + 1;
        } else {
            spans[x].begin = bounded(begin);
            spans[x].end = bounded(std::ceil(begin + step - 1e-9) - 1.0) + 1;
        }
    }
    return spans;
}

std::vector<float> maxPool(const MaxPyramid &values, const QRectF &range, int width, int height)
{
    if (width <= 0 || height <= 0 || values.base().isEmpty())
        return {};
    const auto columns = cellSpans(range.left(), range.width(), width, values.base().columns);
    const auto rows = cellSpans(range.top(), range.height(), height, values.base().rows);
    const auto level = values.level(std::min(range.width() / width, range.height() / height));
    std::vector<float> pooled(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    for (std::size_t y = 0; y < rows.size(); ++y) {
        float *out = pooled.data() + y * columns.size();
        if (y > 0 && rows[y].begin == rows[y - 1].begin && rows[y].end == rows[y - 1].end)
            std::copy_n(out - columns.size(), columns.size(), out);
        else
            poolRow(level, rows[y], columns, out);
    }
    return pooled;
}

double entropyBits(std::span<const float> probabilities)
{
    double bits = 0.0;
    for (const float probability : probabilities)
        if (probability > 0.0F)
            bits -= static_cast<double>(probability * std::log2(probability));
    return std::max(0.0, bits);
}

double softmaxEntropyBits(std::span<const float> logits)
{
    if (logits.empty())
        return 0.0;
    // H = log Z − Σ p·(x − max), in bits.
    const double largest = *std::max_element(logits.begin(), logits.end());
    double total = 0.0;
    double weighted = 0.0;
    for (const float logit : logits) {
        const double shifted = static_cast<double>(logit) - largest;
        const double weight = std::exp(shifted);
        if (weight > 0.0) {
            total += weight;
            weighted += weight * shifted;
        }
    }
    return std::max(0.0, (std::log(total) - weighted / total) / std::log(2.0));
}

double softmaxProbability(std::span<const float> logits, std::size_t index)
{
    if (index >= logits.size())
        return 0.0;
    const double largest = *std::max_element(logits.begin(), logits.end());
    double total = 0.0;
    for (const float logit : logits)
        total += std::exp(static_cast<double>(logit) - largest);
    return std::exp(static_cast<double>(logits[index]) - largest) / total;
}

HeadStatistics headStatistics(const Matrix &weights, std::int64_t queryOffset)
{
    HeadStatistics statistics;
    if (weights.isEmpty())
        return statistics;
    std::vector<float> buffer;
    for (std::int64_t query = 0; query < weights.rows; ++query) {
        const auto row = weights.row(query, buffer);
        statistics.entropyBits += entropyBits(row);
        const std::int64_t position = query + queryOffset;
        float distance = 0.0F;
        for (std::int64_t key = 0; key < weights.columns; ++key)
            distance += row[static_cast<std::size_t>(key)] * static_cast<float>(std::abs(position - key));
        statistics.meanDistance += static_cast<double>(distance);
    }
    statistics.entropyBits /= static_cast<double>(weights.rows);
    statistics.meanDistance /= static_cast<double>(weights.rows);
    return statistics;
}

double norm(std::span<const float> values)
{
    double total = 0.0;
    for (const float value : values)
        total += static_cast<double>(value) * static_cast<double>(value);
    return std::sqrt(total);
}

double cosine(std::span<const float> left, std::span<const float> right)
{
    const double length = norm(left) * norm(right);
    if (length <= 0.0)
        return 0.0;
    double product = 0.0;
    for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i)
        product += static_cast<double>(left[i]) * static_cast<double>(right[i]);
    return product / length;
}

} // namespace ui
