// SPDX-License-Identifier: GPL-3.0-or-later
// A row is scored alike whether its logits fit into memory or come in blocks.
#include "engine/session.h"
#include "models/model.h"
#include "tasks/scored_row.h"

#include <QTest>

using namespace engine;

class ScoredRowTest : public QObject {
    Q_OBJECT

private slots:
    void blocksGiveWhatOnePassGives_data()
    {
        QTest::addColumn<QString>("checkpoint");
        QTest::newRow("causal") << "gpt2/text-generation-scaled";
        QTest::newRow("log-probabilities, a memory") << "transfo-xl/text-generation-all-visible";
        QTest::newRow("steps of their own") << "reformer/text-generation";
    }
    void blocksGiveWhatOnePassGives()
    {
        QFETCH(QString, checkpoint);
        const auto loaded = openModel(MODELARIUM_FIXTURES "/models/" + checkpoint.toStdString(), {}, {});
        const RunControl control;
        const tasks::TaskContext context{
            .model = loaded->model(), .tokenizer = loaded->tokenizer(), .control = control, .info = loaded->info()};
        const HeadInfo &head = *loaded->model().headFor(TaskKind::TextGeneration);
        const std::vector<std::int64_t> ids{5, 9, 14, 3, 7, 21, 8, 8, 2, 30, 11, 6};
        tasks::RowToScore row{.ids = ids, .promptLength = 5, .topK = 3};
        const auto whole = tasks::scoreRow(context, head, row);
        const auto vocabulary = static_cast<std::size_t>(whole.logits.size(1));
        row.mostBytes = 4 * vocabulary * sizeof(float);
        const auto parts = tasks::scoreRow(context, head, row);

        QCOMPARE(whole.first, std::size_t{0});
        QCOMPARE(parts.first, ids.size() - 4);
        QCOMPARE(parts.logits.size(0), std::int64_t{4});
        const auto expected = whole.logits.floats().subspan(parts.first * vocabulary);
        for (std::size_t i = 0; i < expected.size(); ++i)
            QVERIFY(std::abs(parts.logits.floats()[i] - expected[i]) < 1e-4F);
        QCOMPARE(parts.steps.size(), whole.steps.size());
        for (std::size_t i = 0; i < ids.size(); ++i) {
            QCOMPARE(parts.steps[i].id, ids[i]);
            QCOMPARE(parts.steps[i].rank, whole.steps[i].rank);
            QVERIFY(std::abs(parts.steps[i].probability - whole.steps[i].probability) < 1e-4);
            QCOMPARE(parts.steps[i].top.size(), i == 0 ? std::size_t{0} : std::size_t{3});
        }
    }
};

QTEST_GUILESS_MAIN(ScoredRowTest)
#include "scored_row_test.moc"
