// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/mask_rule.h"

#include <QTest>

using namespace engine;

class MaskRuleTest : public QObject {
    Q_OBJECT

private slots:
    void rowsAgreeWithPairs()
    {
        const auto rule = MaskRule::all({MaskRule::causal(2), MaskRule::padding({{true, false, true, true, true, true}})});
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
