// SPDX-License-Identifier: GPL-3.0-or-later
// Objectives on a text of one's own. What follows from recorded choices is checked by verify_test.
#include "engine/error.h"
#include "engine/objective.h"
#include "engine/verify.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <fstream>

using namespace engine;

namespace {

constexpr char kText[] =
    "The cat sleeps on the table. A small river runs past the house. Nobody sees the yellow letter.";
constexpr char kPair[] = "Le chat dort. La rivière est petite. Personne ne voit la lettre.";

ObjectiveResult run(const std::string &id, std::uint64_t seed)
{
    return runObjective({.id = id, .text = kText, .textPair = kPair, .seed = seed});
}

const ObjectiveField &fieldOf(const std::vector<ObjectiveField> &fields, const std::string &name)
{
    const auto it = std::ranges::find(fields, name, &ObjectiveField::name);
    if (it == fields.end())
        qFatal("no field %s", name.c_str());
    return *it;
}

} // namespace

class ObjectivesTest : public QObject {
    Q_OBJECT

private slots:
    void everyObjectiveRuns_data()
    {
        QTest::addColumn<QString>("id");
        for (const auto &info : allObjectives())
            QTest::newRow(info.id.c_str()) << QString::fromStdString(info.id);
    }

    // What is written is a document that the verifier accepts, the same for the same seed.
    void everyObjectiveRuns()
    {
        QFETCH(const QString, id);
        const auto result = run(id.toStdString(), 7);
        QVERIFY(!result.cases.empty());
        QCOMPARE(run(id.toStdString(), 7).json, result.json);
        QVERIFY(!result.info.rules.empty());
        for (const auto &entry : result.cases)
            QVERIFY(!entry.expected.empty());

        const QTemporaryDir folder;
        const auto file = std::filesystem::path(folder.path().toStdString()) / "objective.json";
        std::ofstream(file) << result.json;
        const auto report = verifyFixture(file, {});
        QVERIFY2(report.isGood(), report.firstFailure().c_str());
        QCOMPARE(report.cases.size(), result.cases.size());
    }

    void anotherSeedDrawsAnotherMask()
    {
        QVERIFY(run("bert-masking", 1).json != run("bert-masking", 2).json);
        QVERIFY(run("xlnet-permutation", 1).json != run("xlnet-permutation", 2).json);
    }

    void aPositionWithoutTargetIsEmpty()
    {
        const auto result = run("bert-masking", 3);
        const auto &targets = fieldOf(result.cases.front().expected, "targets").rows.front();
        const auto &chosen = fieldOf(result.cases.front().given, "candidates").rows.front();
        const auto predicted = std::ranges::count_if(targets, [](const auto &cell) { return cell.has_value(); });
        QVERIFY(predicted >= 1);
        QVERIFY(predicted <= static_cast<std::ptrdiff_t>(chosen.size()));
    }

    void whatIsMissingIsNamed()
    {
        const auto messageOf = [](const ObjectiveRequest &request) {
            try {
                static_cast<void>(runObjective(request));
            } catch (const Error &error) {
                return QString::fromUtf8(error.what());
            }
            return QString();
        };
        QVERIFY(messageOf({.id = "nothing", .text = "a"}).contains(QStringLiteral("bert-masking")));
        QVERIFY(messageOf({.id = "bert-masking", .text = " "}).contains(QStringLiteral("empty")));
        QVERIFY(messageOf({.id = "bert-next-sentence", .text = kText}).contains(QStringLiteral("--text-pair")));
        QVERIFY(messageOf({.id = "albert-sentence-order", .text = "One sentence."}).contains(QStringLiteral("two")));
    }
};

QTEST_GUILESS_MAIN(ObjectivesTest)
#include "objectives_test.moc"
