// SPDX-License-Identifier: GPL-3.0-or-later
// Every operation against a plain reference in double precision.
#include "engine/error.h"
#include "ops/ops.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

using namespace engine;
using ops::Activation;
using ops::WeightLayout;

namespace {

using Doubles = std::vector<double>;

Tensor randomTensor(const Shape &shape, unsigned seed, float spread = 1.0F)
{
    std::mt19937 generator(seed);
    std::normal_distribution<float> normal(0.0F, spread);
    Tensor t = Tensor::uninitialised(shape);
    for (auto &value : t.mutableFloats())
        value = normal(generator);
    return t;
}

double activated(double x, Activation activation)
{
    const double tanhForm = 0.5 * x * (1.0 + std::tanh(std::sqrt(2.0 / M_PI) * (x + 0.044715 * x * x * x)));
    switch (activation) {
    case Activation::Gelu:
        return 0.5 * x * std::erfc(-x / std::sqrt(2.0));
    case Activation::GeluTanh:
    case Activation::GeluFast:
        return tanhForm;
    case Activation::QuickGelu:
        return x / (1.0 + std::exp(-1.702 * x));
    case Activation::Relu:
        return std::max(x, 0.0);
    case Activation::Silu:
        return x / (1.0 + std::exp(-x));
    case Activation::Tanh:
        return std::tanh(x);
    case Activation::Sigmoid:
        return 1.0 / (1.0 + std::exp(-x));
    case Activation::None:
    case Activation::Identity:
        return x;
    }
    return x;
}

constexpr std::array kActivations{
    Activation::None,      Activation::Gelu, Activation::GeluTanh, Activation::GeluFast, Activation::Relu,
    Activation::QuickGelu, Activation::Silu, Activation::Tanh,     Activation::Sigmoid,  Activation::Identity};

// Largest |found − expected| / max(1, |expected|).
double largestError(const Tensor &found, const Doubles &expected)
{
    const auto values = found.floats();
    if (values.size() != expected.size())
        return std::numeric_limits<double>::infinity();
    double worst = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double error = std::abs(values[i] - expected[i]) / std::max(1.0, std::abs(expected[i]));
        if (!(error <= worst)) // NaN counts as worst
            worst = std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
    }
    return worst;
}

struct LinearCase {
    std::int64_t rows, inputs, outputs;
    WeightLayout layout = WeightLayout::OutIn;
    Activation activation = Activation::None;
    bool hasBias = true;
    bool hasResidual = false;
};

double linearError(const LinearCase &c)
{
    const bool isOutIn = c.layout == WeightLayout::OutIn;
    const Tensor x = randomTensor({c.rows, c.inputs}, 1);
    const Tensor w = randomTensor(isOutIn ? Shape{c.outputs, c.inputs} : Shape{c.inputs, c.outputs}, 2,
                                  1.0F / std::sqrt(static_cast<float>(c.inputs)));
    const Tensor bias = c.hasBias ? randomTensor({c.outputs}, 3) : Tensor();
    const Tensor residual = c.hasResidual ? randomTensor({c.rows, c.outputs}, 4) : Tensor();
    Doubles expected;
    for (std::int64_t r = 0; r < c.rows; ++r)
        for (std::int64_t o = 0; o < c.outputs; ++o) {
            double sum = c.hasBias ? bias.floats()[o] : 0.0;
            for (std::int64_t i = 0; i < c.inputs; ++i)
                sum += static_cast<double>(x.floats()[r * c.inputs + i]) *
                       w.floats()[isOutIn ? o * c.inputs + i : i * c.outputs + o];
            expected.push_back(activated(sum, c.activation) +
                               (c.hasResidual ? residual.floats()[r * c.outputs + o] : 0.0));
        }
    const auto packed = ops::pack(w, c.layout);
    const ops::LinearOptions options{.bias = bias, .activation = c.activation, .residual = residual};
    const double first = largestError(ops::linear(x, packed, options), expected);
    const double again = largestError(ops::linear(x, packed, options), expected); // from the cache
    return std::max(first, again);
}

struct AttentionCase {
    std::int64_t batch, heads, queries, keys, d;
    std::optional<std::int64_t> causalOffset = {};
    bool hasBias = false;
    bool isFirstHidden = false; // every key of the first batch entry
};

// Scores of these inputs reach ±30, so that F32 scores alone are off by some 1e-6.
constexpr double kAttentionError = 1e-5;

Tensor hiddenKeys(const AttentionCase &c)
{
    if (!c.hasBias)
        return {};
    Tensor bias = Tensor::zeros({c.batch, c.keys});
    const auto values = bias.mutableFloats();
    for (std::int64_t b = 0; b < c.batch; ++b)
        for (std::int64_t j = 0; j < c.keys; ++j)
            if ((b == 0 && c.isFirstHidden) || j > c.keys / 2 + b)
                values[b * c.keys + j] = std::numeric_limits<float>::lowest();
    return bias;
}

struct AttentionInput {
    Tensor q, k, v, keyBias;
};

// softmax(factor · q · kᵀ + bias) · v for one query, in double; scores as the engine defines them:
// a score plus the lowest float is the lowest float.
Doubles attendOne(const AttentionCase &c, const AttentionInput &in, std::int64_t head, std::int64_t i)
{
    const double lowest = std::numeric_limits<float>::lowest();
    const std::int64_t seen = std::min(c.keys, c.causalOffset ? *c.causalOffset + i + 1 : c.keys);
    Doubles scores;
    for (std::int64_t j = 0; j < seen; ++j) {
        double score = 0.0;
        for (std::int64_t e = 0; e < c.d; ++e)
            score += static_cast<double>(in.q.floats()[(head * c.queries + i) * c.d + e]) *
                     in.k.floats()[(head * c.keys + j) * c.d + e];
        const bool isHidden = !in.keyBias.isNull() && in.keyBias.floats()[head / c.heads * c.keys + j] < 0.0F;
        scores.push_back(isHidden ? lowest : score * 0.125);
    }
    const double largest = scores.empty() ? 0.0 : *std::max_element(scores.begin(), scores.end());
    double sum = 0.0;
    for (auto &score : scores)
        sum += score = std::exp(score - largest);
    Doubles out(static_cast<std::size_t>(c.d), 0.0);
    for (std::int64_t j = 0; j < seen; ++j)
        for (std::int64_t e = 0; e < c.d; ++e)
            out[e] += scores[j] / sum * in.v.floats()[(head * c.keys + j) * c.d + e];
    return out;
}

double attentionError(const AttentionCase &c)
{
    const AttentionInput in{.q = randomTensor({c.batch, c.heads, c.queries, c.d}, 5, 2.0F),
                            .k = randomTensor({c.batch, c.heads, c.keys, c.d}, 6, 2.0F),
                            .v = randomTensor({c.batch, c.heads, c.keys, c.d}, 7),
                            .keyBias = hiddenKeys(c)};
    Doubles expected(static_cast<std::size_t>(c.batch * c.queries * c.heads * c.d));
    for (std::int64_t head = 0; head < c.batch * c.heads; ++head)
        for (std::int64_t i = 0; i < c.queries; ++i) {
            const Doubles row = attendOne(c, in, head, i);
            const std::int64_t at = ((head / c.heads * c.queries + i) * c.heads + head % c.heads) * c.d;
            std::copy(row.begin(), row.end(), expected.begin() + at);
        }
    const Tensor found = ops::fusedAttention(in.q, in.k, in.v,
                                             {.factor = 0.125F, .causalOffset = c.causalOffset, .keyBias = in.keyBias});
    if (!(found.shape() == Shape{c.batch, c.queries, c.heads * c.d}))
        return std::numeric_limits<double>::infinity();
    return largestError(found, expected);
}

ErrorKind kindOf(const std::function<void()> &action, std::string &message)
{
    try {
        action();
    } catch (const Error &error) {
        message = error.what();
        return error.kind();
    }
    message = "nothing was thrown";
    return ErrorKind::Internal;
}

} // namespace

#define COMPARE_BELOW(value, limit)                                                                                    \
    do {                                                                                                               \
        const double found = (value);                                                                                  \
        QVERIFY2(found < (limit), (std::to_string(found) + " is not below " + std::to_string(limit)).c_str());         \
    } while (false)

class OpsTest : public QObject {
    Q_OBJECT

private slots:
    void linearMatchesReference_data()
    {
        QTest::addColumn<qint64>("rows");
        QTest::addColumn<qint64>("inputs");
        QTest::addColumn<qint64>("outputs");
        for (const int rows : {1, 2, 3, 4, 5, 17, 130})
            for (const auto &[inputs, outputs] :
                 {std::pair{1, 1}, {3, 2}, {17, 5}, {64, 64}, {65, 130}, {768, 31}, {100, 1000}, {48, 256}})
                QTest::addRow("%d x %d to %d", rows, inputs, outputs)
                    << qint64{rows} << qint64{inputs} << qint64{outputs};
    }

    void linearMatchesReference()
    {
        QFETCH(qint64, rows);
        QFETCH(qint64, inputs);
        QFETCH(qint64, outputs);
        for (const auto layout : {WeightLayout::OutIn, WeightLayout::InOut})
            COMPARE_BELOW(linearError({.rows = rows, .inputs = inputs, .outputs = outputs, .layout = layout}), 5e-6);
    }

    void linearFusesEveryActivation()
    {
        for (const auto activation : kActivations)
            for (const std::int64_t rows : {1, 3, 40})
                for (const bool hasBias : {false, true})
                    for (const bool hasResidual : {false, true})
                        COMPARE_BELOW(linearError({.rows = rows,
                                                   .inputs = 48,
                                                   .outputs = 70,
                                                   .activation = activation,
                                                   .hasBias = hasBias,
                                                   .hasResidual = hasResidual}),
                                      5e-6);
    }

    void linearOfTransformerSize()
    {
        COMPARE_BELOW(linearError({.rows = 128, .inputs = 768, .outputs = 768, .activation = Activation::Gelu}), 1e-5);
        COMPARE_BELOW(linearError({.rows = 1, .inputs = 3072, .outputs = 768, .layout = WeightLayout::InOut}), 1e-5);
    }

    void linearKeepsOuterAxes()
    {
        const auto weight = ops::pack(randomTensor({5, 4}, 1), WeightLayout::OutIn);
        QCOMPARE(weight.inputs(), std::int64_t{4});
        QCOMPARE(weight.outputs(), std::int64_t{5});
        QCOMPARE(weight.bytes(), std::size_t{80});
        QCOMPARE(ops::linear(randomTensor({2, 3, 4}, 2), weight).shape().text(), std::string("(2, 3, 5)"));
        QCOMPARE(ops::linear(Tensor::zeros({0, 4}), weight).shape().text(), std::string("(0, 5)"));
    }

    void linearTakesUnalignedWeights()
    {
        const Tensor values = randomTensor({6, 10}, 1);
        const auto memory = std::make_shared<std::vector<std::byte>>(values.bytes() + 1);
        std::copy_n(values.data(), values.bytes(), memory->data() + 1);
        const Tensor odd = Tensor::view({6, 10}, DType::F32, memory->data() + 1, memory);
        const Tensor x = randomTensor({7, 10}, 2);
        const Tensor expected = ops::linear(x, ops::pack(values, WeightLayout::OutIn));
        const Tensor found = ops::linear(x, ops::pack(odd, WeightLayout::OutIn));
        QVERIFY(std::ranges::equal(expected.floats(), found.floats()));
    }

    void linearRefusesWhatDoesNotFit()
    {
        const Tensor w = randomTensor({5, 4}, 1);
        const auto weight = ops::pack(w, WeightLayout::OutIn);
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(ops::linear(Tensor::zeros({2, 5}), weight)), Error);
        QVERIFY_EXCEPTION_THROWN(
            static_cast<void>(ops::linear(Tensor::zeros({2, 4}), weight, {.bias = Tensor::zeros({4})})), Error);
        QVERIFY_EXCEPTION_THROWN(
            static_cast<void>(ops::linear(Tensor::zeros({2, 4}), weight, {.residual = Tensor::zeros({3, 5})})), Error);
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(ops::linear(Tensor::zeros({2, 4}), {})), Error);
        std::string message;
        QCOMPARE(kindOf([&] { static_cast<void>(ops::pack(w, WeightLayout::OutIn, DType::BF16)); }, message),
                 ErrorKind::Argument);
        QVERIFY(message.find("BF16") != std::string::npos);
    }

    void activationsMatchReference()
    {
        Doubles inputs{0.0, -0.0, 1e-30, -1e-30, 1e-5, 0.62, 0.63, -0.63, 88.0, -88.0, 200.0, -200.0};
        for (double x = -12.0; x <= 12.0; x += 0.0037)
            inputs.push_back(x);
        std::vector<float> floats(inputs.begin(), inputs.end());
        const Tensor x = Tensor::fromFloats({static_cast<std::int64_t>(floats.size())}, floats);
        for (const auto activation : kActivations) {
            Doubles expected;
            for (const float value : floats)
                expected.push_back(activated(value, activation));
            COMPARE_BELOW(largestError(ops::activate(x, activation), expected), 4e-7);
        }
    }

    void activationsKeepNan()
    {
        const Tensor x = Tensor::fromFloats({1}, std::array{std::numeric_limits<float>::quiet_NaN()});
        for (const auto activation : kActivations)
            QVERIFY(std::isnan(ops::activate(x, activation).floats()[0]));
    }

    void activationNames()
    {
        QCOMPARE(ops::activationFromName("gelu"), Activation::Gelu);
        QCOMPARE(ops::activationFromName("gelu_new"), Activation::GeluTanh);
        QCOMPARE(ops::activationFromName("swish"), Activation::Silu);
        std::string message;
        QCOMPARE(kindOf([] { static_cast<void>(ops::activationFromName("gelo")); }, message), ErrorKind::Argument);
        QVERIFY(message.find("gelo") != std::string::npos);
    }

    void softmaxMatchesReference()
    {
        for (const std::int64_t columns : {1, 3, 17, 768, 50257}) {
            const Tensor x = randomTensor({3, columns}, 11, 5.0F);
            Doubles expected;
            Doubles logs;
            for (std::int64_t r = 0; r < 3; ++r) {
                const auto row = x.rows(r, r + 1).floats();
                double sum = 0.0;
                for (const double value : row)
                    sum += std::exp(value);
                for (const double value : row) {
                    expected.push_back(std::exp(value) / sum);
                    logs.push_back(value - std::log(sum));
                }
            }
            COMPARE_BELOW(largestError(ops::softmax(x), expected), 5e-7);
            COMPARE_BELOW(largestError(ops::logSoftmax(x), logs), 5e-7);
        }
    }

    void softmaxOfHiddenRowIsUniform()
    {
        const float lowest = std::numeric_limits<float>::lowest();
        const Tensor y = ops::softmax(Tensor::fromFloats({2, 4}, std::array{lowest, lowest, lowest, lowest, //
                                                                            lowest, 1.F, 1.F, lowest}));
        for (int i = 0; i < 4; ++i)
            QCOMPARE(y.floats()[i], 0.25F);
        QCOMPARE(y.floats()[4], 0.0F);
        QCOMPARE(y.floats()[5], 0.5F);
    }

    void layerNormMatchesReference()
    {
        for (const std::int64_t features : {1, 3, 17, 768, 5000})
            for (const bool hasBias : {false, true}) {
                const Tensor x = ops::add(randomTensor({4, features}, 1), randomTensor({features}, 9, 30.0F));
                const Tensor weight = randomTensor({features}, 2);
                const Tensor bias = randomTensor({features}, 3);
                Doubles expected;
                for (std::int64_t r = 0; r < 4; ++r) {
                    const auto row = x.rows(r, r + 1).floats();
                    double mean = 0.0;
                    for (const double value : row)
                        mean += value / static_cast<double>(features);
                    double variance = 0.0;
                    for (const double value : row)
                        variance += (value - mean) * (value - mean) / static_cast<double>(features);
                    for (std::int64_t i = 0; i < features; ++i)
                        expected.push_back((row[i] - mean) / std::sqrt(variance + 1e-5) * weight.floats()[i] +
                                           (hasBias ? bias.floats()[i] : 0.0));
                }
                COMPARE_BELOW(
                    largestError(
                        ops::layerNorm(x, {.weight = weight, .bias = hasBias ? bias : Tensor(), .epsilon = 1e-5}),
                        expected),
                    2e-6);
            }
    }

    void embeddingTakesRows()
    {
        const Tensor table = Tensor::fromFloats({3, 2}, std::array{0.F, 1.F, 2.F, 3.F, 4.F, 5.F});
        const Tensor y =
            ops::embedding(table, Tensor::fromInts({1, 2}, std::array<std::int64_t, 2>{2, 0}), "input_ids");
        QCOMPARE(y.shape().text(), std::string("(1, 2, 2)"));
        QCOMPARE(y.floats()[0], 4.F);
        QCOMPARE(y.floats()[3], 1.F);
        for (const std::int64_t bad : {-1, 3}) {
            std::string message;
            const Tensor ids = Tensor::fromInts({1}, std::array{bad});
            QCOMPARE(kindOf([&] { static_cast<void>(ops::embedding(table, ids, "input_ids")); }, message),
                     ErrorKind::Argument);
            QVERIFY(message.find("input_ids") != std::string::npos);
            QVERIFY(message.find(std::to_string(bad)) != std::string::npos);
        }
    }

    void addBroadcastsOverOuterAxes()
    {
        const Tensor a = randomTensor({50, 7, 33}, 1);
        const Tensor b = randomTensor({7, 33}, 2);
        const Tensor sum = ops::add(a, b);
        const Tensor doubled = ops::add(a, a);
        const Tensor scaled = ops::scale(a, 2.0F);
        for (std::int64_t i = 0; i < a.elements(); ++i) {
            QCOMPARE(sum.floats()[i], a.floats()[i] + b.floats()[i % b.elements()]);
            QCOMPARE(doubled.floats()[i], scaled.floats()[i]);
        }
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(ops::add(a, randomTensor({7, 1}, 2))), Error);
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(ops::add(b, a)), Error);
    }

    void headsSplitAndMerge()
    {
        const Tensor x = randomTensor({2, 5, 36}, 1);
        const Tensor heads = ops::splitHeads(x, 4, 12, 12);
        QCOMPARE(heads.shape().text(), std::string("(2, 4, 5, 3)"));
        for (int b = 0; b < 2; ++b)
            for (int h = 0; h < 4; ++h)
                for (int i = 0; i < 5; ++i)
                    for (int e = 0; e < 3; ++e)
                        QCOMPARE(heads.floats()[((b * 4 + h) * 5 + i) * 3 + e],
                                 x.floats()[(b * 5 + i) * 36 + 12 + h * 3 + e]);
        const Tensor whole = ops::mergeHeads(ops::splitHeads(x, 6, 0, 36));
        QVERIFY(whole.shape() == x.shape());
        QVERIFY(std::ranges::equal(whole.floats(), x.floats()));
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(ops::splitHeads(x, 4, 30, 12)), Error);
    }

    void batchedProductsMatchReference()
    {
        const Tensor a = randomTensor({2, 3, 5, 7}, 1);
        const Tensor b = randomTensor({2, 3, 4, 7}, 2);
        Doubles expected;
        for (int h = 0; h < 6; ++h)
            for (int i = 0; i < 5; ++i)
                for (int j = 0; j < 4; ++j) {
                    double sum = 0.0;
                    for (int e = 0; e < 7; ++e)
                        sum += static_cast<double>(a.floats()[(h * 5 + i) * 7 + e]) * b.floats()[(h * 4 + j) * 7 + e];
                    expected.push_back(sum * 0.5);
                }
        COMPARE_BELOW(largestError(ops::matmulTransposed(a, b, 0.5F), expected), 1e-6);
        Tensor turned = Tensor::uninitialised({2, 3, 7, 4});
        const auto values = turned.mutableFloats();
        for (int h = 0; h < 6; ++h)
            for (int j = 0; j < 4; ++j)
                for (int e = 0; e < 7; ++e)
                    values[(h * 7 + e) * 4 + j] = 0.5F * b.floats()[(h * 4 + j) * 7 + e];
        COMPARE_BELOW(largestError(ops::matmul(a, turned), expected), 1e-6);
        QCOMPARE(ops::matmul(Tensor::zeros({1, 1, 2, 0}), Tensor::zeros({1, 1, 0, 2})).floats()[3], 0.0F);
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(ops::matmul(a, b)), Error);
    }

    void attentionMatchesReference()
    {
        COMPARE_BELOW(attentionError({.batch = 1, .heads = 1, .queries = 1, .keys = 1, .d = 1}), kAttentionError);
        COMPARE_BELOW(attentionError({.batch = 2, .heads = 3, .queries = 5, .keys = 7, .d = 17}), kAttentionError);
        COMPARE_BELOW(attentionError({.batch = 1, .heads = 12, .queries = 128, .keys = 128, .d = 64}), kAttentionError);
        COMPARE_BELOW(attentionError({.batch = 1, .heads = 2, .queries = 130, .keys = 300, .d = 40}), kAttentionError);
        COMPARE_BELOW(attentionError({.batch = 1, .heads = 1, .queries = 20, .keys = 3000, .d = 8}), kAttentionError);
    }

    void attentionOfOneStep()
    {
        for (const std::int64_t queries : {1, 2, 3, 4, 5})
            for (const std::int64_t keys : {5, 64, 1000})
                COMPARE_BELOW(attentionError({.batch = 2,
                                              .heads = 4,
                                              .queries = queries,
                                              .keys = keys,
                                              .d = 64,
                                              .causalOffset = keys - queries}),
                              kAttentionError);
    }

    void attentionIsCausal()
    {
        for (const std::int64_t offset : {0, 3, 1000})
            COMPARE_BELOW(
                attentionError({.batch = 2, .heads = 2, .queries = 100, .keys = 103, .d = 32, .causalOffset = offset}),
                kAttentionError);
    }

    void attentionHidesKeys()
    {
        for (const std::int64_t queries : {1, 60})
            for (const bool isFirstHidden : {false, true}) {
                COMPARE_BELOW(attentionError({.batch = 3,
                                              .heads = 2,
                                              .queries = queries,
                                              .keys = 77,
                                              .d = 16,
                                              .hasBias = true,
                                              .isFirstHidden = isFirstHidden}),
                              kAttentionError);
                COMPARE_BELOW(attentionError({.batch = 3,
                                              .heads = 2,
                                              .queries = queries,
                                              .keys = 77,
                                              .d = 16,
                                              .causalOffset = 77 - queries,
                                              .hasBias = true,
                                              .isFirstHidden = isFirstHidden}),
                              kAttentionError);
            }
    }

    void attentionOfNothing()
    {
        const Tensor none = Tensor::zeros({1, 2, 0, 8});
        QCOMPARE(ops::fusedAttention(none, none, none, {}).shape().text(), std::string("(1, 0, 16)"));
        const Tensor y = ops::fusedAttention(Tensor::zeros({1, 2, 3, 8}), none, none, {});
        for (const float value : y.floats())
            QCOMPARE(value, 0.0F);
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(ops::fusedAttention(none, none, Tensor::zeros({1, 2, 1, 8}), {})),
                                 Error);
    }

    void memoryGrowsInPlace()
    {
        const Tensor all = randomTensor({2, 3, 200, 4}, 1);
        const auto slice = [&](std::int64_t begin, std::int64_t end) {
            const Tensor front = ops::firstPositions(all, end);
            Tensor out = Tensor::uninitialised({2, 3, end - begin, 4});
            for (std::int64_t head = 0; head < 6; ++head)
                std::copy_n(front.floats().data() + (head * end + begin) * 4, (end - begin) * 4,
                            out.mutableFloats().data() + head * (end - begin) * 4);
            return out;
        };
        Tensor memory = ops::extend({}, 0, slice(0, 5));
        QVERIFY(memory.size(2) > 5);
        int moves = 0;
        for (std::int64_t used = 5; used < 200; ++used) {
            const auto *before = memory.data();
            memory = ops::extend(std::move(memory), used, slice(used, used + 1));
            moves += memory.data() != before ? 1 : 0;
        }
        QVERIFY(moves < 10);
        QVERIFY(std::ranges::equal(ops::firstPositions(memory, 200).floats(), all.floats()));
        const Tensor shared = memory; // a beam or a trace holds it: it must stay as it is
        const Tensor other = ops::extend(memory, 7, slice(0, 1));
        QVERIFY(other.data() != shared.data());
        QVERIFY(std::ranges::equal(ops::firstPositions(shared, 200).floats(), all.floats()));
        QCOMPARE(ops::firstPositions(other, 8).size(2), std::int64_t{8});

        const Tensor q = randomTensor({2, 3, 2, 4}, 2);
        for (const std::int64_t keys : {1, 100}) {
            const Tensor front = ops::firstPositions(all, keys);
            const Tensor expected = ops::fusedAttention(q, front, front, {});
            const Tensor found = ops::fusedAttention(q, all, all, {.keys = keys});
            QVERIFY(std::ranges::equal(expected.floats(), found.floats()));
        }
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(ops::fusedAttention(q, all, all, {.keys = 201})), Error);
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(ops::extend(memory, memory.size(2) + 1, slice(0, 1))), Error);
    }

    void concatJoins()
    {
        const Tensor a = randomTensor({2, 3, 4, 5}, 1);
        const Tensor b = randomTensor({2, 3, 1, 5}, 2);
        const Tensor y = ops::concat(a, b, 2);
        QCOMPARE(y.shape().text(), std::string("(2, 3, 5, 5)"));
        QCOMPARE(y.floats()[20], b.floats()[0]);
        QCOMPARE(y.floats()[25], a.floats()[20]);
        QVERIFY(ops::concat({}, b, 2).data() == b.data());
        QVERIFY(std::ranges::equal(ops::concat(a, b, -2).floats(), y.floats()));
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(ops::concat(a, b, 1)), Error);
    }

    // As it is usually written: pad with a column of zeros, view the matrix with its sides exchanged, drop a row.
    void relativeShiftMatchesTheReviewedMatrix()
    {
        for (const auto &[queries, keys] : {std::pair{1, 1}, {1, 9}, {5, 5}, {4, 11}, {70, 130}}) {
            const Tensor x = randomTensor({2, 3, queries, keys}, 3);
            const Tensor y = ops::relativeShift(x, {.first = queries - 1, .keys = keys});
            QCOMPARE(y.shape(), x.shape());
            std::vector<float> padded;
            for (std::int64_t plane = 0; plane < 6; ++plane) {
                padded.clear();
                for (std::int64_t i = 0; i < queries; ++i) {
                    padded.push_back(0.0F);
                    const auto row = x.floats().subspan(static_cast<std::size_t>((plane * queries + i) * keys),
                                                        static_cast<std::size_t>(keys));
                    padded.insert(padded.end(), row.begin(), row.end());
                }
                for (std::int64_t i = 0; i < queries; ++i)
                    for (std::int64_t j = 0; j <= keys - queries + i; ++j) // what is not in the future
                        QCOMPARE(y.floats()[static_cast<std::size_t>((plane * queries + i) * keys + j)],
                                 padded[static_cast<std::size_t>(queries + i * keys + j)]);
            }
        }
        const Tensor x = Tensor::fromFloats({1, 1, 2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6});
        const Tensor y = ops::relativeShift(x, {.first = 1, .step = 2, .keys = 4});
        const std::vector<float> expected{2, 3, 0, 0, 0, 4, 5, 6};
        QVERIFY(std::ranges::equal(y.floats(), expected));
        QCOMPARE(ops::relativeShift(x, {.keys = 0}).elements(), std::int64_t{0});
    }

    void threadsAndBandwidth()
    {
        ops::setThreads(1);
        QCOMPARE(ops::threads(), 1);
        const double one = linearError({.rows = 20, .inputs = 100, .outputs = 90});
        ops::setThreads(2);
        QCOMPARE(ops::threads(), 2);
        COMPARE_BELOW(std::max(one, linearError({.rows = 20, .inputs = 100, .outputs = 90})), 5e-6);
        QVERIFY(ops::physicalCores() >= 1);
        QVERIFY(ops::readBandwidth() > 1e8);
    }
};

QTEST_GUILESS_MAIN(OpsTest)
#include "ops_test.moc"
