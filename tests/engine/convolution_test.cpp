// SPDX-License-Identifier: GPL-3.0-or-later
// Convolutions along a text, against plain loops in double precision.
#include "engine/error.h"
#include "ops/ops.h"

#include <QTest>

#include <cmath>
#include <random>
#include <vector>

using namespace engine;

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

double largestError(const Tensor &computed, const Doubles &expected)
{
    double worst = static_cast<std::size_t>(computed.elements()) == expected.size() ? 0.0 : 1e9;
    for (std::size_t i = 0; i < expected.size() && worst < 1e9; ++i)
        worst = std::max(worst, std::fabs(computed.floats()[i] - expected[i]));
    return worst;
}

struct Sizes {
    std::int64_t batch, length, heads, d, width;
};

const std::vector<Sizes> &sizes()
{
    static const std::vector<Sizes> kSizes{{1, 1, 1, 1, 1}, {2, 7, 3, 5, 3},  {1, 2, 2, 4, 9},
                                           {2, 0, 2, 3, 3}, {1, 65, 4, 33, 5}, {1, 130, 2, 64, 9}};
    return kSizes;
}

// x[b][i + k − width / 2][f], 0 outside.
double at(const Tensor &x, std::int64_t b, std::int64_t position, std::int64_t f)
{
    const bool isInside = position >= 0 && position < x.size(1);
    return isInside ? double(x.floats()[static_cast<std::size_t>((b * x.size(1) + position) * x.size(2) + f)]) : 0.0;
}

} // namespace

class ConvolutionTest : public QObject {
    Q_OBJECT

private slots:
    void depthwiseMatchesReference()
    {
        for (const auto &[batch, length, heads, d, width] : sizes()) {
            const auto features = heads * d;
            const Tensor x = randomTensor({batch, length, features}, 1);
            const Tensor weight = randomTensor({width, features}, 2);
            Doubles expected;
            for (std::int64_t b = 0; b < batch; ++b)
                for (std::int64_t i = 0; i < length; ++i)
                    for (std::int64_t f = 0; f < features; ++f) {
                        double sum = 0.0;
                        for (std::int64_t k = 0; k < width; ++k)
                            sum += weight.floats()[static_cast<std::size_t>(k * features + f)] *
                                   at(x, b, i + k - width / 2, f);
                        expected.push_back(sum);
                    }
            QVERIFY(largestError(ops::depthwiseConvolution(x, weight), expected) < 1e-5);
        }
    }

    void dynamicMatchesReference()
    {
        for (const auto &[batch, length, heads, d, width] : sizes()) {
            const Tensor x = randomTensor({batch, length, heads * d}, 3);
            const Tensor kernels = randomTensor({batch, length, heads, width}, 4);
            Doubles expected;
            for (std::int64_t b = 0; b < batch; ++b)
                for (std::int64_t i = 0; i < length; ++i)
                    for (std::int64_t f = 0; f < heads * d; ++f) {
                        double sum = 0.0;
                        for (std::int64_t k = 0; k < width; ++k)
                            sum += kernels.floats()[static_cast<std::size_t>(
                                       ((b * length + i) * heads + f / d) * width + k)] *
                                   at(x, b, i + k - width / 2, f);
                        expected.push_back(sum);
                    }
            QVERIFY(largestError(ops::dynamicConvolution(x, kernels), expected) < 1e-5);
        }
    }

    void evenWidthsAreRefused()
    {
        const Tensor x = randomTensor({1, 4, 2}, 5);
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(ops::depthwiseConvolution(x, randomTensor({2, 2}, 6))), Error);
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(ops::dynamicConvolution(x, randomTensor({1, 4, 1, 2}, 6))), Error);
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(ops::dynamicConvolution(x, randomTensor({1, 3, 1, 3}, 6))), Error);
    }

    void productsOfElements()
    {
        for (const std::int64_t count : {0, 1, 5000}) {
            const Tensor a = randomTensor({count}, 7);
            const Tensor b = randomTensor({count}, 8);
            Doubles expected;
            for (std::int64_t i = 0; i < count; ++i)
                expected.push_back(double(a.floats()[static_cast<std::size_t>(i)]) *
                                   b.floats()[static_cast<std::size_t>(i)]);
            QVERIFY(largestError(ops::multiply(a, b), expected) < 1e-5);
        }
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(ops::multiply(randomTensor({2}, 1), randomTensor({3}, 1))), Error);
    }
};

QTEST_GUILESS_MAIN(ConvolutionTest)
#include "convolution_test.moc"
