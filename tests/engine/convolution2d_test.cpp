// SPDX-License-Identifier: GPL-3.0-or-later
// Operations on pictures, against plain loops in double precision.
#include "engine/error.h"
#include "ops/convolution2d.h"

#include <QTest>

#include <cmath>
#include <random>
#include <vector>

using namespace engine;
using namespace engine::ops;

namespace {

using Doubles = std::vector<double>;

Tensor randomTensor(const Shape &shape, unsigned seed)
{
    std::mt19937 generator(seed);
    std::normal_distribution<float> normal(0.0F, 1.0F);
    Tensor t = Tensor::uninitialised(shape);
    for (auto &value : t.mutableFloats())
        value = normal(generator);
    return t;
}

// Of (batch, height, width, channels); `outside` beyond the edges.
double at(const Tensor &x, const std::array<std::int64_t, 4> &place, double outside)
{
    const bool isInside = place[1] >= 0 && place[1] < x.size(1) && place[2] >= 0 && place[2] < x.size(2);
    if (!isInside)
        return outside;
    const auto flat = ((place[0] * x.size(1) + place[1]) * x.size(2) + place[2]) * x.size(3) + place[3];
    return static_cast<double>(x.floats()[static_cast<std::size_t>(flat)]);
}

double largestError(const Tensor &computed, const Doubles &expected)
{
    if (static_cast<std::size_t>(computed.elements()) != expected.size())
        return 1e9;
    double worst = 0.0;
    for (std::size_t i = 0; i < expected.size(); ++i)
        worst = std::max(worst, std::fabs(static_cast<double>(computed.floats()[i]) - expected[i]));
    return worst;
}

struct Case {
    Shape x;
    std::int64_t outputs, kernel, stride, padding;
};

const std::vector<Case> &cases()
{
    static const std::vector<Case> kCases{
        {{1, 1, 1, 1}, 1, 1, 1, 0},    {{2, 7, 5, 3}, 6, 7, 2, 3},    {{1, 9, 8, 4}, 5, 3, 1, 1},
        {{3, 6, 11, 16}, 32, 3, 2, 1}, {{1, 14, 14, 20}, 8, 1, 2, 0}, {{1, 2, 3, 2}, 3, 3, 2, 1},
    };
    return kCases;
}

Doubles convolved(const Case &c, const Tensor &x, const Tensor &weight, const Tensor &bias)
{
    const auto side = [&c](std::int64_t n) { return (n + 2 * c.padding - c.kernel) / c.stride + 1; };
    Doubles out;
    for (std::int64_t b = 0; b < x.size(0); ++b)
        for (std::int64_t row = 0; row < side(x.size(1)); ++row)
            for (std::int64_t column = 0; column < side(x.size(2)); ++column)
                for (std::int64_t o = 0; o < c.outputs; ++o) {
                    double sum = static_cast<double>(bias.floats()[static_cast<std::size_t>(o)]);
                    for (std::int64_t i = 0; i < x.size(3); ++i)
                        for (std::int64_t r = 0; r < c.kernel; ++r)
                            for (std::int64_t s = 0; s < c.kernel; ++s) {
                                const auto flat = ((o * x.size(3) + i) * c.kernel + r) * c.kernel + s;
                                sum += static_cast<double>(weight.floats()[static_cast<std::size_t>(flat)]) *
                                       at(x, {b, row * c.stride + r - c.padding, column * c.stride + s - c.padding, i},
                                          0.0);
                            }
                    out.push_back(sum);
                }
    return out;
}

} // namespace

class Convolution2dTest : public QObject {
    Q_OBJECT

private slots:
    void convolutionMatchesReference()
    {
        for (const Case &c : cases()) {
            const Tensor x = randomTensor(c.x, 1);
            const Tensor weight = randomTensor({c.outputs, c.x[3], c.kernel, c.kernel}, 2);
            const Tensor bias = randomTensor({c.outputs}, 3);
            const auto packed = packConvolution(weight, bias, {.stride = c.stride, .padding = c.padding});
            QCOMPARE(packed.inputs(), c.x[3]);
            QCOMPARE(packed.outputs(), c.outputs);
            const Doubles expected = convolved(c, x, weight, bias);
            const Tensor plain = convolution2d(x, packed);
            QVERIFY2(largestError(plain, expected) < 1e-4, c.x.text().c_str());

            const Tensor residual = randomTensor(plain.shape(), 4);
            Doubles after = expected;
            for (std::size_t i = 0; i < after.size(); ++i)
                after[i] = std::max(0.0, after[i] + static_cast<double>(residual.floats()[i]));
            const Tensor summed = convolution2d(x, packed, {.residual = residual, .activation = Activation::Relu});
            QVERIFY2(largestError(summed, after) < 1e-4, c.x.text().c_str());
            QVERIFY(largestError(convolution2d(x, packed), expected) < 1e-4); // nothing was left behind
        }
    }

    void oneConvolutionTakesManySizes()
    {
        const Tensor weight = randomTensor({8, 16, 3, 3}, 5);
        const Tensor bias = randomTensor({8}, 6);
        const auto packed = packConvolution(weight, bias, {.stride = 1, .padding = 1});
        for (int round = 0; round < 2; ++round)
            for (std::int64_t side = 1; side < 24; ++side) {
                const Case c{{1, side, side + 1, 16}, 8, 3, 1, 1};
                const Tensor x = randomTensor(c.x, static_cast<unsigned>(side));
                QVERIFY(largestError(convolution2d(x, packed), convolved(c, x, weight, bias)) < 1e-4);
            }
    }

    void largestOfWindow()
    {
        const MaxPool2dOptions options{.size = 3, .stride = 2, .padding = 1};
        for (const Shape &shape : {Shape{1, 1, 1, 2}, Shape{2, 7, 6, 3}, Shape{1, 64, 33, 24}}) {
            const Tensor x = randomTensor(shape, 7);
            Doubles expected;
            for (std::int64_t b = 0; b < shape[0]; ++b)
                for (std::int64_t row = 0; row < (shape[1] - 1) / 2 + 1; ++row)
                    for (std::int64_t column = 0; column < (shape[2] - 1) / 2 + 1; ++column)
                        for (std::int64_t c = 0; c < shape[3]; ++c) {
                            double largest = -1e30;
                            for (std::int64_t i = 0; i < 9; ++i)
                                largest = std::max(largest,
                                                   at(x, {b, 2 * row + i / 3 - 1, 2 * column + i % 3 - 1, c}, -1e30));
                            expected.push_back(largest);
                        }
            QCOMPARE(largestError(maxPool2d(x, options), expected), 0.0);
        }
    }

    void windowsOfTheMeanMayOverlap()
    {
        for (const Grid &grid : {Grid{1, 1}, Grid{5, 1}, Grid{3, 2}, Grid{9, 4}}) {
            const Tensor x = randomTensor({2, 7, 5, 3}, 8);
            Doubles expected;
            const auto end = [](std::int64_t i, std::int64_t n, std::int64_t k) {
                return static_cast<std::int64_t>(std::ceil(static_cast<double>((i + 1) * n) / static_cast<double>(k)));
            };
            for (std::int64_t b = 0; b < 2; ++b)
                for (std::int64_t row = 0; row < grid.rows; ++row)
                    for (std::int64_t column = 0; column < grid.columns; ++column)
                        for (std::int64_t c = 0; c < 3; ++c) {
                            double sum = 0.0;
                            double count = 0.0;
                            for (std::int64_t r = row * 7 / grid.rows; r < end(row, 7, grid.rows); ++r)
                                for (std::int64_t s = column * 5 / grid.columns; s < end(column, 5, grid.columns);
                                     ++s) {
                                    sum += at(x, {b, r, s, c}, 0.0);
                                    count += 1.0;
                                }
                            expected.push_back(sum / count);
                        }
            const Tensor y = adaptiveAveragePool2d(x, grid);
            QCOMPARE(y.shape(), (Shape{2, grid.rows, grid.columns, 3}));
            QVERIFY(largestError(y, expected) < 1e-5);
        }
    }

    void channelsMoveAndComeBack()
    {
        const Tensor x = randomTensor({2, 3, 4, 5}, 9);
        const Tensor last = channelsLast(x);
        QCOMPARE(last.shape(), (Shape{2, 4, 5, 3}));
        QCOMPARE(at(last, {1, 2, 3, 1}, 0.0), static_cast<double>(x.floats()[((1 * 3 + 1) * 4 + 2) * 5 + 3]));
        const Tensor back = channelsFirst(last);
        QCOMPARE(back.shape(), x.shape());
        QVERIFY(std::ranges::equal(back.floats(), x.floats()));
    }

    void whatDoesNotFitIsAnInternalError()
    {
        const auto packed = packConvolution(randomTensor({2, 3, 3, 3}, 10), randomTensor({2}, 11), {});
        const auto fails = [](auto &&run) {
            try {
                run();
            } catch (const Error &error) {
                return error.kind() == ErrorKind::Internal;
            }
            return false;
        };
        QVERIFY(fails([&] { (void)convolution2d(randomTensor({1, 4, 4, 2}, 1), packed); }));
        QVERIFY(fails([&] { (void)convolution2d(randomTensor({1, 2, 4, 3}, 1), packed); }));
        QVERIFY(fails([&] { (void)convolution2d(randomTensor({4, 4, 3}, 1), packed); }));
        QVERIFY(fails([&] {
            (void)convolution2d(randomTensor({1, 4, 4, 3}, 1), packed, {.residual = randomTensor({1, 4, 4, 2}, 1)});
        }));
        QVERIFY(fails([] { (void)packConvolution(randomTensor({2, 3, 3}, 1), randomTensor({2}, 1), {}); }));
        QVERIFY(fails([] { (void)packConvolution(randomTensor({2, 3, 3, 3}, 1), randomTensor({3}, 1), {}); }));
        QVERIFY(fails([] { (void)maxPool2d(randomTensor({1, 4, 4, 2}, 1), {.size = 2, .padding = 2}); }));
        QVERIFY(fails([] { (void)adaptiveAveragePool2d(Tensor::zeros({1, 0, 4, 2}), {}); }));
    }
};

QTEST_GUILESS_MAIN(Convolution2dTest)
#include "convolution2d_test.moc"
