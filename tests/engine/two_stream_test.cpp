// SPDX-License-Identifier: GPL-3.0-or-later
// What permutation language models need: the masks of both streams, memory of former segments, scores by class.
#include "engine/error.h"
#include "layers/attention/two_stream_mask.h"
#include "models/recipes/memory_state.h"
#include "ops/ops.h"

#include <QTest>

#include <algorithm>
#include <numeric>
#include <vector>

using namespace engine;
using layers::Stream;
using layers::twoStreamMask;

namespace {

// Words 0, 1, 2 predicted in the order 2, 0, 1.
Tensor orderMask()
{
    return Tensor::fromFloats({1, 3, 3}, std::vector<float>{1, 1, 0, 0, 1, 0, 1, 1, 1});
}

Tensor counted(const Shape &shape, float first)
{
    Tensor x = Tensor::uninitialised(shape);
    auto values = x.mutableFloats();
    std::iota(values.begin(), values.end(), first);
    return x;
}

QString why(const MaskRule &rule, std::int64_t query, std::int64_t key)
{
    return QString::fromStdString(rule.why(0, query, key));
}

} // namespace

class TwoStreamTest : public QObject {
    Q_OBJECT

private slots:
    void nothingHiddenIsFull() { QCOMPARE(twoStreamMask({.queries = 3}, Stream::Query).kind(), MaskKind::Full); }

    void onlyTheContentStreamSeesItsWord()
    {
        const layers::TwoStreamHiding hiding{.order = orderMask(), .queries = 3};
        const auto content = twoStreamMask(hiding, Stream::Content);
        const auto query = twoStreamMask(hiding, Stream::Query);
        for (std::int64_t i = 0; i < 3; ++i) {
            QVERIFY(content.isVisible(0, i, i));
            QVERIFY(!query.isVisible(0, i, i));
            QVERIFY(why(query, i, i).startsWith(QStringLiteral("hidden: the query stream")));
            QVERIFY(why(content, i, i).startsWith(QStringLiteral("visible: the content stream")));
        }
        QVERIFY(query.isVisible(0, 1, 0));
        QVERIFY(!query.isVisible(0, 0, 1));
        QVERIFY(why(query, 0, 1).contains(QStringLiteral("not predicted before")));
    }

    void rowsAgreeWithPairs_data()
    {
        QTest::addColumn<bool>("isCausal");
        QTest::addColumn<bool>("hasSameLength");
        QTest::addColumn<int>("memory");
        QTest::newRow("order") << false << false << 0;
        QTest::newRow("memory") << false << false << 4;
        QTest::newRow("causal") << true << false << 2;
        QTest::newRow("same length") << true << true << 2;
    }

    void rowsAgreeWithPairs()
    {
        QFETCH(const bool, isCausal);
        QFETCH(const bool, hasSameLength);
        QFETCH(const int, memory);
        const Tensor mask = Tensor::fromInts({1, 3}, std::vector<std::int64_t>{0, 1, 1});
        for (const auto stream : {Stream::Content, Stream::Query}) {
            const auto rule = twoStreamMask({.attentionMask = mask,
                                             .order = orderMask(),
                                             .queries = 3,
                                             .memory = memory,
                                             .isCausal = isCausal,
                                             .hasSameLength = hasSameLength},
                                            stream);
            std::vector<std::uint8_t> row(static_cast<std::size_t>(memory + 3));
            for (std::int64_t q = 0; q < 3; ++q) {
                rule.fillRow(0, q, row);
                for (std::int64_t k = 0; k < memory + 3; ++k) {
                    QCOMPARE(row[static_cast<std::size_t>(k)] != 0, rule.isVisible(0, q, k));
                    QCOMPARE(why(rule, q, k).startsWith(QStringLiteral("visible")), rule.isVisible(0, q, k));
                }
            }
            QVERIFY(!rule.text().empty());
        }
    }

    void shapesThatDoNotFitAreNamed()
    {
        try {
            static_cast<void>(twoStreamMask({.order = orderMask(), .queries = 4}, Stream::Content));
            QFAIL("accepted a mask of another length");
        } catch (const Error &error) {
            QVERIFY(QString::fromUtf8(error.what()).contains(QStringLiteral("perm_mask")));
        }
    }

    void memoryKeepsTheLastPositions()
    {
        models::MemoryState memory({.layers = 1, .kept = 3, .reused = 2});
        QVERIFY(memory.isEmpty());
        memory.append(0, counted({1, 4, 1}, 0));  // 0 1 enter
        memory.append(0, counted({1, 3, 1}, 10)); // 10 11 enter, 0 goes
        QVERIFY(std::ranges::equal(memory.layer(0).floats(), std::vector<float>{1, 10, 11}));
        QCOMPARE(memory.length(), 7);
        memory.dropLast(2);
        QVERIFY(std::ranges::equal(memory.layer(0).floats(), std::vector<float>{1}));
        memory.dropLast(5); // more than there is
        QCOMPARE(memory.layer(0).size(1), 0);
        QVERIFY(!memory.isEmpty());
    }

    void memoryIsHandedOutByPosition()
    {
        models::MemoryState memory({.layers = 2});
        for (int layer = 0; layer < 2; ++layer)
            memory.append(layer, counted({2, 3, 1}, 0));
        const auto tensors = memory.tensors();
        QCOMPARE(tensors.size(), std::size_t{2});
        QCOMPARE(tensors.at("mems.0").shape(), (Shape{3, 2, 1}));
        QVERIFY(std::ranges::equal(tensors.at("mems.0").floats(), std::vector<float>{0, 3, 1, 4, 2, 5}));
        models::MemoryState other({.layers = 2});
        other.assign(tensors);
        other.reorder(std::vector<std::int64_t>{1, 1, 0});
        QVERIFY(std::ranges::equal(other.layer(1).floats(), std::vector<float>{3, 4, 5, 3, 4, 5, 0, 1, 2}));
        QVERIFY_EXCEPTION_THROWN(other.assign({}), Error);
    }

    void scoresByClass()
    {
        const Tensor scores = Tensor::zeros({1, 2, 1, 3});
        const Tensor values = Tensor::fromFloats({1, 2, 1, 2}, std::vector<float>{1, 2, 3, 4});
        const Tensor classes = Tensor::fromInts({1, 1, 3}, std::vector<std::int64_t>{0, 1, 1});
        const Tensor y = ops::addByClass(scores, values, classes);
        QVERIFY(std::ranges::equal(y.floats(), std::vector<float>{1, 2, 2, 3, 4, 4}));
        const Tensor wrong = Tensor::fromInts({1, 1, 3}, std::vector<std::int64_t>{0, 1, 2});
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(ops::addByClass(scores, values, wrong)), Error);
    }
};

QTEST_GUILESS_MAIN(TwoStreamTest)
#include "two_stream_test.moc"
