// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/mask_rule.h"

#include <QTest>

using namespace engine;

class MaskRuleTest : public QObject {
    Q_OBJECT

private slots:
    void rowsAgreeWithPairs()
    {
        const auto rule =
            MaskRule::all({MaskRule::causal(2), MaskRule::padding({{true, false, true, true, true, true}})});
        std::vector<std::uint8_t> row(6);
        for (std::int64_t q = 0; q < 4; ++q) {
            rule.fillRow(0, q, row);
            for (std::int64_t k = 0; k < 6; ++k)
                QCOMPARE(row[static_cast<std::size_t>(k)] != 0, rule.isVisible(0, q, k));
        }
        QVERIFY(rule.isVisible(0, 0, 2));
        QVERIFY(!rule.isVisible(0, 0, 3));
        QVERIFY(!rule.isVisible(0, 3, 1));
    }

    void saysWhy()
    {
        const auto rule = MaskRule::all({MaskRule::causal(0), MaskRule::padding({{true, false, true}})});
        QCOMPARE(rule.why(0, 0, 2), std::string("hidden: position 2 comes after position 0"));
        QCOMPARE(rule.why(0, 2, 1), std::string("hidden: position 1 is padding"));
        QCOMPARE(rule.why(0, 2, 0), std::string("visible: position 0 is not after position 2"));
        QCOMPARE(rule.text(), std::string("causal, padding hidden"));
        QCOMPARE(MaskRule::full().why(0, 0, 0), std::string("visible: full attention, no mask"));
    }

    void windowHasGlobalTokens()
    {
        const auto rule = MaskRule::window(2, {{0, 6}, {}});
        std::vector<std::uint8_t> row(9);
        for (std::int64_t b = 0; b < 2; ++b)
            for (std::int64_t q = 0; q < 9; ++q) {
                rule.fillRow(b, q, row);
                for (std::int64_t k = 0; k < 9; ++k)
                    QCOMPARE(row[static_cast<std::size_t>(k)] != 0, rule.isVisible(b, q, k));
            }
        QCOMPARE(rule.why(0, 3, 0), std::string("visible: position 0 is a global token and is seen by all"));
        QCOMPARE(rule.why(0, 6, 1), std::string("visible: position 6 is a global token and sees all"));
        QCOMPARE(rule.why(1, 3, 5), std::string("visible: position 5 is within 2 of position 3"));
        QCOMPARE(rule.why(1, 3, 0), std::string("hidden: position 0 is more than 2 away from position 3"));
        QCOMPARE(rule.text(), std::string("sliding window, 2 positions to each side, 2 global tokens"));
        QCOMPARE(MaskRule::window(1, {}).text(), std::string("sliding window, 1 position to each side"));
        QVERIFY(!rule.isTrivial());
    }

    void idleRowsSeeNothing()
    {
        const auto rule = MaskRule::all({MaskRule::window(5, {}), MaskRule::idle({{true, false}})});
        QVERIFY(rule.isVisible(0, 0, 1));
        QVERIFY(!rule.isVisible(0, 1, 0));
        QVERIFY(rule.isIdle(0, 1));
        QVERIFY(!rule.isIdle(0, 0));
        QVERIFY(!MaskRule::padding({{false}}).isIdle(0, 0));
        QCOMPARE(rule.why(0, 1, 0), std::string("hidden: position 1 is padding and looks at nothing"));
    }

    void pooledStatesStandForSpans()
    {
        const auto rule = MaskRule::pooled(
            {.queries = {{0, 1}, {1, 3}}, .keys = {{0, 1}, {1, 2}, {2, 4}}, .keep = {{true, true, false}}});
        QCOMPARE(rule.why(0, 1, 1), std::string("visible: query 1 stands for positions 1 to 2, key 1 for position 1"));
        QCOMPARE(rule.why(0, 0, 2), std::string("hidden: key 2 stands for positions 2 to 3, where padding is"));
        QCOMPARE(rule.querySpan(1), (PositionSpan{1, 3}));
        QCOMPARE(rule.keySpan(2), (PositionSpan{2, 4}));
        QCOMPARE(MaskRule::causal(0).keySpan(2), (PositionSpan{2, 3}));
        QCOMPARE(rule.text(), std::string("full attention, 2 pooled queries and 3 keys, padding hidden"));
        QVERIFY(MaskRule::pooled({.queries = {{0, 2}}, .keys = {{0, 2}}}).isTrivial());
    }

    void trivialPartsFallAway()
    {
        QVERIFY(MaskRule::all({MaskRule::full(), MaskRule::full()}).isTrivial());
        QCOMPARE(MaskRule::all({MaskRule::full(), MaskRule::causal(0)}).kind(), MaskKind::Causal);
        QVERIFY(MaskRule::padding({{true, true}}).isTrivial());
        QVERIFY(!MaskRule::padding({{true}, {false}}).isTrivial());
    }
};

QTEST_GUILESS_MAIN(MaskRuleTest)
#include "mask_rule_test.moc"
