// SPDX-License-Identifier: GPL-3.0-or-later
// Attention inside a window against the whole matrix in double precision.
#include "ops/ops.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <random>

using namespace engine;

namespace {

struct Case {
    std::int64_t batch, heads, length, d, reach;
    std::vector<std::vector<std::int64_t>> globals;
    std::vector<std::int64_t> keep; // (batch · length), or empty
};

Tensor random(const Shape &shape, unsigned seed)
{
    std::mt19937 generator(seed);
    std::normal_distribution<float> draw;
    Tensor t = Tensor::uninitialised(shape);
    for (float &value : t.mutableFloats())
        value = draw(generator);
    return t;
}

bool isGlobal(const Case &c, std::int64_t b, std::int64_t position)
{
    return !c.globals.empty() && std::ranges::count(c.globals[static_cast<std::size_t>(b)], position) > 0;
}

// What query i sees: its window and the global keys, without padding.
bool sees(const Case &c, std::int64_t b, std::int64_t i, std::int64_t j)
{
    if (isGlobal(c, b, j))
        return true;
    const bool isKept = c.keep.empty() || c.keep[static_cast<std::size_t>(b * c.length + j)] != 0;
    return isKept && std::abs(i - j) <= c.reach;
}

} // namespace

class BandAttentionTest : public QObject {
    Q_OBJECT

private:
    static void compare(const Case &c)
    {
        const Shape shape{c.batch, c.heads, c.length, c.d};
        const Tensor q = random(shape, 1);
        const Tensor k = random(shape, 2);
        const Tensor v = random(shape, 3);
        const float factor = 0.3F;
        const Tensor keep = c.keep.empty() ? Tensor() : Tensor::fromInts({c.batch, c.length}, c.keep);
        const auto heard = ops::bandAttention(
            q, k, v, {.factor = factor, .reach = c.reach, .globals = c.globals, .keep = keep, .wantsWeights = true});
        const auto silent =
            ops::bandAttention(q, k, v, {.factor = factor, .reach = c.reach, .globals = c.globals, .keep = keep});
        QVERIFY(silent.weights.isNull());
        QCOMPARE(heard.mixed.shape(), (Shape{c.batch, c.length, c.heads * c.d}));
        const auto at = [&](const Tensor &x, std::int64_t head, std::int64_t i) {
            return x.floats().data() + (head * c.length + i) * c.d;
        };
        for (std::int64_t head = 0; head < c.batch * c.heads; ++head)
            for (std::int64_t i = 0; i < c.length; ++i) {
                const std::int64_t b = head / c.heads;
                const bool isIdle = !c.keep.empty() && c.keep[static_cast<std::size_t>(b * c.length + i)] == 0;
                std::vector<double> weights(static_cast<std::size_t>(c.length), 0.0);
                double sum = 0.0;
                for (std::int64_t j = 0; j < c.length && !isIdle; ++j)
                    if (sees(c, b, i, j)) {
                        double score = 0.0;
                        for (std::int64_t n = 0; n < c.d; ++n)
                            score += static_cast<double>(at(q, head, i)[n]) * at(k, head, j)[n];
                        sum += weights[static_cast<std::size_t>(j)] = std::exp(score * factor);
                    }
                for (double &weight : weights)
                    weight = isIdle ? 0.0 : weight / sum;
                for (std::int64_t n = 0; n < c.d; ++n) {
                    double mixed = 0.0;
                    for (std::int64_t j = 0; j < c.length; ++j)
                        mixed += weights[static_cast<std::size_t>(j)] * at(v, head, j)[n];
                    const auto place =
                        static_cast<std::size_t>(((b * c.length + i) * c.heads + head % c.heads) * c.d + n);
                    QVERIFY(std::fabs(heard.mixed.floats()[place] - mixed) < 1e-5);
                    QCOMPARE(silent.mixed.floats()[place], heard.mixed.floats()[place]);
                }
                checkWeights(c, heard.weights, {head, i}, weights);
            }
    }

    struct Row {
        std::int64_t head, query;
    };
    static void checkWeights(const Case &c, const Tensor &stored, const Row &row, const std::vector<double> &expected)
    {
        const std::int64_t b = row.head / c.heads;
        const std::int64_t width = stored.size(3);
        const std::int64_t most = width - 2 * c.reach - 1;
        const float *found = stored.floats().data() + (row.head * c.length + row.query) * width;
        for (std::int64_t column = 0; column < width; ++column) {
            std::int64_t key = column < most ? -1 : row.query + column - most - c.reach;
            if (column < most && column < static_cast<std::int64_t>(c.globals[static_cast<std::size_t>(b)].size()))
                key = c.globals[static_cast<std::size_t>(b)][static_cast<std::size_t>(column)];
            const bool isOutside = key < 0 || key >= c.length || (column >= most && isGlobal(c, b, key));
            const double weight = isOutside ? 0.0 : expected[static_cast<std::size_t>(key)];
            QVERIFY(std::fabs(found[column] - weight) < 1e-6);
        }
    }

private slots:
    void agreesWithTheWholeMatrix()
    {
        compare({.batch = 1, .heads = 1, .length = 1, .d = 3, .reach = 2, .globals = {}, .keep = {}});
        compare({.batch = 2, .heads = 2, .length = 9, .d = 5, .reach = 2, .globals = {}, .keep = {}});
        compare({.batch = 1, .heads = 2, .length = 150, .d = 16, .reach = 7, .globals = {}, .keep = {}});
        compare({.batch = 1, .heads = 1, .length = 70, .d = 8, .reach = 200, .globals = {}, .keep = {}});
    }

    void globalKeysAreSeenFromAfar()
    {
        compare({.batch = 2, .heads = 2, .length = 90, .d = 6, .reach = 3, .globals = {{0, 40, 89}, {7}}, .keep = {}});
        compare({.batch = 2, .heads = 1, .length = 11, .d = 4, .reach = 1, .globals = {{}, {3, 4}}, .keep = {}});
    }

    void partsAndBlocksJoinWithoutASeam()
    {
        compare({.batch = 1, .heads = 1, .length = 1100, .d = 4, .reach = 64, .globals = {{5, 700}}, .keep = {}});
    }

    void paddingIsHiddenAndIdle()
    {
        std::vector<std::int64_t> keep(2 * 20, 1);
        std::fill(keep.begin() + 14, keep.begin() + 20, 0);
        keep[25] = 0;
        compare({.batch = 2, .heads = 2, .length = 20, .d = 8, .reach = 2, .globals = {{1}, {}}, .keep = keep});
        compare({.batch = 2, .heads = 2, .length = 20, .d = 8, .reach = 2, .globals = {}, .keep = keep});
    }

    void emptySequenceIsEmpty()
    {
        const Tensor none = Tensor::zeros({1, 2, 0, 4});
        QCOMPARE(ops::bandAttention(none, none, none, {.reach = 2}).mixed.shape(), (Shape{1, 0, 8}));
    }
};

QTEST_GUILESS_MAIN(BandAttentionTest)
#include "band_attention_test.moc"
