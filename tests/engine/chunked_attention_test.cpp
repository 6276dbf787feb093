// SPDX-License-Identifier: GPL-3.0-or-later
// Attention in chunks and hashing, against loops in double precision over the whole list.
#include "engine/error.h"
#include "ops/ops.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

using namespace engine;

namespace {

Tensor randomTensor(const Shape &shape, unsigned seed)
{
    std::mt19937 generator(seed);
    std::normal_distribution<float> normal;
    Tensor t = Tensor::uninitialised(shape);
    for (auto &value : t.mutableFloats())
        value = normal(generator);
    return t;
}

// A list of `rounds` random arrangements of n positions for each (batch, head).
Tensor randomOrder(std::int64_t planes, std::int64_t rounds, std::int64_t n)
{
    std::mt19937 generator(7);
    Tensor order = Tensor::uninitialised({1, planes, rounds * n}, DType::I64);
    auto to = order.mutableInts().begin();
    for (std::int64_t i = 0; i < planes * rounds; ++i, to += n) {
        std::iota(to, to + n, i % rounds * n);
        std::shuffle(to, to + n, generator);
    }
    return order;
}

struct Case {
    std::int64_t heads = 1, n = 1, d = 1, rounds = 1, chunk = 1, before = 0, after = 0;
    bool isCausal = false;
    bool hasOwnScore = false;
    bool hidesLast = false;
};

// Largest difference of mixed values, log-sums and weights.
double error(const Case &c)
{
    const Shape shape{1, c.heads, c.n, c.d};
    const Tensor q = randomTensor(shape, 1);
    const Tensor k = randomTensor(shape, 2);
    const Tensor v = randomTensor(shape, 3);
    Tensor keep = Tensor::uninitialised({1, c.n}, DType::I64);
    std::ranges::fill(keep.mutableInts(), 1);
    keep.mutableInts().back() = c.hidesLast ? 0 : 1;
    ops::ChunkedAttentionOptions options{.chunk = c.chunk,
                                         .before = c.before,
                                         .after = c.after,
                                         .order = randomOrder(c.heads, c.rounds, c.n),
                                         .factor = 0.7F,
                                         .isCausal = c.isCausal,
                                         .keep = keep,
                                         .hiddenScore = -1e9F,
                                         .keepsWeights = true};
    if (c.hasOwnScore)
        options.ownScore = -1e5F;
    const auto found = ops::chunkedAttention(q, k, v, options);

    const std::int64_t entries = c.rounds * c.n;
    const std::int64_t chunks = entries / c.chunk;
    const std::int64_t span = c.chunk * (c.before + 1 + c.after);
    double worst = 0.0;
    for (std::int64_t head = 0; head < c.heads; ++head)
        for (std::int64_t place = 0; place < entries; ++place) {
            const auto at = [&](std::int64_t p) {
                return options.order.ints()[static_cast<std::size_t>(head * entries + p)];
            };
            const auto row = [&](const Tensor &x, std::int64_t position) {
                return x.floats().subspan(static_cast<std::size_t>((head * c.n + position) * c.d),
                                          static_cast<std::size_t>(c.d));
            };
            const std::int64_t query = at(place) % c.n;
            std::vector<double> scores;
            std::vector<std::int64_t> keys;
            for (std::int64_t i = 0; i < span; ++i) {
                const std::int64_t offset = i / c.chunk - c.before;
                const std::int64_t own = place / c.chunk;
                const std::int64_t chunk = std::abs(offset) >= chunks ? own : (own + offset + chunks) % chunks;
                const std::int64_t key = at(chunk * c.chunk + i % c.chunk) % c.n;
                const auto a = row(q, query);
                const auto b = row(k, key);
                double score = 0.7 * std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
                if ((c.isCausal && key > query) || keep.ints()[static_cast<std::size_t>(key)] == 0)
                    score = -1e9;
                if (key == query && c.hasOwnScore)
                    score = -1e5;
                scores.push_back(score);
                keys.push_back(key);
            }
            const double largest = *std::ranges::max_element(scores);
            double sum = 0.0;
            for (const double score : scores)
                sum += std::exp(score - largest);
            // In single precision, as the reference does it: far from 0 the weights do not sum to 1.
            const float logSum = static_cast<float>(largest) + static_cast<float>(std::log(sum));
            worst = std::max(
                worst, std::fabs(double(found.logSums.floats()[static_cast<std::size_t>(head * entries + at(place))]) -
                                 double(logSum)));
            std::vector<double> mixed(static_cast<std::size_t>(c.d), 0.0);
            for (std::size_t i = 0; i < scores.size(); ++i) {
                const double weight = std::exp(scores[i] - double(logSum));
                const auto index = static_cast<std::size_t>((head * entries + place) * span) + i;
                worst = std::max(worst, std::fabs(weight - double(found.weights.floats()[index])));
                for (std::size_t x = 0; x < mixed.size(); ++x)
                    mixed[x] += weight * double(row(v, keys[i])[x]);
            }
            for (std::size_t x = 0; x < mixed.size(); ++x) {
                const auto index = static_cast<std::size_t>((head * entries + at(place)) * c.d) + x;
                worst = std::max(worst, std::fabs(mixed[x] - double(found.mixed.floats()[index])));
            }
        }
    return worst;
}

} // namespace

class ChunkedAttentionTest : public QObject {
    Q_OBJECT

private slots:
    void matchesLoops()
    {
        QVERIFY(error({}) < 1e-5);
        QVERIFY(error({.heads = 2, .n = 12, .d = 5, .chunk = 4, .before = 1}) < 1e-5);
        QVERIFY(error({.heads = 1, .n = 30, .d = 17, .rounds = 3, .chunk = 5, .before = 2, .after = 1}) < 1e-5);
        QVERIFY(error({.heads = 3,
                       .n = 64,
                       .d = 16,
                       .rounds = 2,
                       .chunk = 16,
                       .before = 1,
                       .isCausal = true,
                       .hasOwnScore = true}) < 1e-5);
        QVERIFY(error({.heads = 2,
                       .n = 8,
                       .d = 3,
                       .rounds = 4,
                       .chunk = 2,
                       .isCausal = true,
                       .hasOwnScore = true,
                       .hidesLast = true}) < 1e-5);
        QVERIFY(error({.heads = 1, .n = 4, .d = 3, .chunk = 2, .before = 3, .after = 1}) < 1e-5);
        QVERIFY(error({.heads = 1, .n = 260, .d = 40, .chunk = 130, .before = 1, .after = 1, .hidesLast = true}) <
                1e-5);
        const Tensor x = randomTensor({1, 1, 6, 2}, 1);
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(ops::chunkedAttention(x, x, x, {.chunk = 4})), Error);
    }

    void roundsAreWeightedByTheirLogSums()
    {
        const ops::ChunkedAttention attention{
            .mixed = Tensor::fromFloats({1, 1, 4, 1}, std::vector<float>{1, 2, 3, 4}),
            .logSums = Tensor::fromFloats({1, 1, 4}, std::vector<float>{0.0F, -1e5F, std::log(3.0F), 0.5F}),
            .weights = {}};
        const auto averaged = ops::averageRounds(attention, 2);
        const std::vector<float> expected{0.25F * 1 + 0.75F * 3, 4};
        for (std::size_t i = 0; i < expected.size(); ++i)
            QVERIFY(std::fabs(averaged.mixed.floats()[i] - expected[i]) < 1e-6F);
        QVERIFY(std::fabs(averaged.weights.floats()[2] - 0.75F) < 1e-6F);
    }

    void bucketsAreTheNearestRotatedAxis()
    {
        const Tensor x = randomTensor({2, 3, 50, 7}, 4);
        const Tensor rotations = randomTensor({3, 7, 2, 5}, 5);
        const std::vector<std::int64_t> factors{4, 6};
        const Tensor buckets = ops::hashBuckets(x, rotations, factors);
        QCOMPARE(buckets.shape(), (Shape{2, 3, 2, 50}));
        for (std::int64_t i = 0; i < buckets.elements(); ++i) {
            const auto [plane, round, position] = std::tuple{i / 100, i / 50 % 2, i % 50};
            std::vector<double> turned(5, 0.0);
            for (std::int64_t c = 0; c < 5; ++c)
                for (std::int64_t f = 0; f < 7; ++f)
                    turned[static_cast<std::size_t>(c)] +=
                        double(x.floats()[static_cast<std::size_t>((plane * 50 + position) * 7 + f)]) *
                        double(rotations.floats()[static_cast<std::size_t>(((plane % 3 * 7 + f) * 2 + round) * 5 + c)]);
            const auto largest = [&](std::size_t begin, std::size_t end) {
                std::vector<double> both(turned.begin() + begin, turned.begin() + end);
                for (std::size_t c = begin; c < end; ++c)
                    both.push_back(-turned[c]);
                return std::ranges::max_element(both) - both.begin();
            };
            QCOMPARE(buckets.ints()[static_cast<std::size_t>(i)], std::int64_t{largest(0, 2) + 4 * largest(2, 5)});
        }
    }

    void entriesAreSortedStably()
    {
        const Tensor buckets = Tensor::fromInts({1, 2, 4}, std::vector<std::int64_t>{3, 1, 3, 0, 5, 5, 5, 1'000'000});
        const std::vector<std::int64_t> expected{3, 1, 0, 2, 0, 1, 2, 3};
        QVERIFY(std::ranges::equal(ops::sortByBucket(buckets).ints(), expected));
        const Tensor few = Tensor::fromInts({1, 1, 4}, std::vector<std::int64_t>{7, 5, 7, 5});
        const std::vector<std::int64_t> inOrder{1, 3, 0, 2};
        QVERIFY(std::ranges::equal(ops::sortByBucket(few).ints(), inOrder));
    }

    void rowsAreDividedByTheirRootMeanSquare()
    {
        const Tensor x = Tensor::fromFloats({1, 2}, std::vector<float>{3, 4});
        const Tensor y = ops::divideByRootMeanSquare(x, {.epsilon = 0.5, .factor = 2});
        QVERIFY(std::fabs(y.floats()[0] - 2.0F * 3.0F / std::sqrt(13.0F)) < 1e-6F);
    }
};

QTEST_GUILESS_MAIN(ChunkedAttentionTest)
#include "chunked_attention_test.moc"
