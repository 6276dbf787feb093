// SPDX-License-Identifier: GPL-3.0-or-later
// Attention in chunks and segments as views see it: rows, masks and the reasons for them.
#include "engine/trace.h"

#include <QTest>

#include <algorithm>
#include <numeric>
#include <vector>

using namespace engine;

namespace {

// Two rounds over four positions in chunks of two, one chunk before: round 0 keeps the order, round 1 pairs 0 with 2.
ChunkLayout hashedLayout()
{
    ChunkLayout layout{.length = 4, .rounds = 2, .chunk = 2};
    layout.order = Tensor::fromInts({1, 1, 8}, std::vector<std::int64_t>{0, 1, 2, 3, 4, 6, 5, 7});
    layout.places = placesOf(layout.order);
    layout.buckets = Tensor::fromInts({1, 1, 2, 4}, std::vector<std::int64_t>{0, 0, 1, 1, 4, 5, 4, 5});
    return layout;
}

void rowsAgree(const MaskRule &rule, std::int64_t queries, std::int64_t keys)
{
    std::vector<std::uint8_t> row(static_cast<std::size_t>(keys));
    for (std::int64_t q = 0; q < queries; ++q) {
        rule.fillRow(0, q, row);
        for (std::int64_t k = 0; k < keys; ++k) {
            QCOMPARE(row[static_cast<std::size_t>(k)] != 0, rule.isVisible(0, q, k));
            QVERIFY(rule.why(0, q, k).starts_with(row[static_cast<std::size_t>(k)] != 0 ? "visible: " : "hidden: "));
        }
    }
}

} // namespace

class AttentionFormsTest : public QObject {
    Q_OBJECT

private slots:
    void placesInvertAnOrder()
    {
        const auto layout = hashedLayout();
        for (std::int64_t place = 0; place < 8; ++place)
            QCOMPARE(
                layout.places.ints()[static_cast<std::size_t>(layout.order.ints()[static_cast<std::size_t>(place)])],
                place);
    }

    void bucketsDecideWhoMeets()
    {
        const auto rule = chunkMask(hashedLayout());
        rowsAgree(rule, 4, 4);
        QVERIFY(rule.isVisible(0, 0, 1));
        QVERIFY(rule.isVisible(0, 0, 2));
        QVERIFY(!rule.isVisible(0, 0, 3));
        QCOMPARE(
            rule.why(0, 0, 2),
            std::string(
                "visible: hash round 2 of head 0 puts position 2 in the same chunk as position 0 (both in bucket 4)"));
        QCOMPARE(rule.ofHead(0).why(0, 0, 3),
                 std::string("hidden: none of 2 hash rounds brings position 3 into the chunk of "
                             "position 0 or one beside it (buckets 1 and 0, 5 and 4)"));
        QCOMPARE(rule.text(), std::string("LSH buckets, 2 rounds, chunks of 2 with 0 before and 0 after"));
    }

    void localChunksReachTheirNeighbours()
    {
        const auto rule = chunkMask({.length = 6, .chunk = 2, .before = 1});
        rowsAgree(rule, 6, 6);
        QVERIFY(rule.isVisible(0, 4, 2));
        QVERIFY(!rule.isVisible(0, 4, 1));
        QVERIFY(rule.isVisible(0, 0, 5)); // around the end
        QCOMPARE(rule.why(0, 4, 2), std::string("visible: position 2 lies in a chunk beside that of position 4"));
    }

    void itselfComesLast()
    {
        const auto rule = itselfLastMask(MaskRule::causal(0), {.keys = 3});
        rowsAgree(rule, 3, 3);
        QVERIFY(rule.isVisible(0, 0, 0));
        QVERIFY(!rule.isVisible(0, 2, 2));
    }

    void chunkedRowsJoinTheRounds()
    {
        ChunkAttention form{
            .layout = hashedLayout(), .weights = Tensor::uninitialised({1, 1, 4, 2, 2}), .roundWeights = {}};
        std::ranges::fill(form.weights.mutableFloats(), 0.5F);
        form.roundWeights =
            Tensor::fromFloats({1, 1, 2, 4}, std::vector<float>{0.2F, 0.2F, 0.2F, 0.2F, 0.8F, 0.8F, 0.8F, 0.8F});
        const AttentionRecord record{.stack = Stack::Decoder, .layer = 0, .data = form, .mask = {}};
        QCOMPARE(record.queries(), std::int64_t{4});
        std::vector<float> row(4);
        record.fillRow({.query = 0}, row);
        const std::vector<float> expected{0.5F, 0.1F, 0.4F, 0.0F};
        for (std::size_t i = 0; i < row.size(); ++i)
            QVERIFY(std::abs(row[i] - expected[i]) < 1e-6F);
        QVERIFY(record.dense() == nullptr);
    }

    void segmentsSeeTheirMemory()
    {
        const SegmentLayout layout{.segments = {{.first = 0, .queries = 3, .memory = 2, .slack = 0},
                                                {.first = 3, .queries = 2, .memory = 2, .slack = 0}}};
        QCOMPARE(layout.keys(), std::int64_t{7});
        const auto rule = segmentMask(layout);
        rowsAgree(rule, 5, 7);
        QVERIFY(!rule.isVisible(0, 0, 0)); // equally many keys: two
        QVERIFY(rule.isVisible(0, 0, 1));
        QVERIFY(rule.isVisible(0, 0, 2));
        QVERIFY(!rule.isVisible(0, 0, 3));
        QCOMPARE(rule.why(0, 3, 4), std::string("visible: position 4 is remembered from a former segment"));
        QCOMPARE(rule.why(0, 3, 0), std::string("hidden: position 0 has left the memory of 2 positions"));

        SegmentAttention form{.layout = layout, .weights = {}};
        form.weights.push_back(Tensor::zeros({1, 1, 3, 5}));
        Tensor second = Tensor::uninitialised({1, 1, 2, 4});
        std::iota(second.mutableFloats().begin(), second.mutableFloats().end(), 1.0F);
        form.weights.push_back(second);
        std::vector<float> row(7);
        form.fillRow({.query = 4}, row);
        const std::vector<float> expected{0, 0, 0, 5, 6, 7, 8};
        QCOMPARE(row, expected);
    }
};

QTEST_GUILESS_MAIN(AttentionFormsTest)
#include "attention_forms_test.moc"
