// SPDX-License-Identifier: GPL-3.0-or-later
// Objectives on a text of one's own. What follows from recorded choices is checked by verify_test.
#include "engine/error.h"
#include "engine/family.h"
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

// The only row of a field of what follows.
std::vector<std::optional<std::string>> textOf(const ObjectiveResult &result, const std::string &name,
                                               std::size_t index = 0)
{
    return fieldOf(result.cases.at(index).expected, name).rows.front();
}

// What is written is a document that the verifier accepts.
void verifies(const ObjectiveResult &result)
{
    const QTemporaryDir folder;
    const auto file = std::filesystem::path(folder.path().toStdString()) / "objective.json";
    std::ofstream(file) << result.json;
    const auto report = verifyFixture(file, {});
    QVERIFY2(report.isGood(), report.firstFailure().c_str());
    QCOMPARE(report.cases.size(), result.cases.size());
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

    // The same for the same seed.
    void everyObjectiveRuns()
    {
        QFETCH(const QString, id);
        const auto result = run(id.toStdString(), 7);
        QVERIFY(!result.cases.empty());
        QCOMPARE(run(id.toStdString(), 7).json, result.json);
        QVERIFY(!result.info.rules.empty());
        for (const auto &entry : result.cases)
            QVERIFY(!entry.expected.empty());

        verifies(result);
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

    // A choice by hand changes its own position and no other.
    void aForcedPositionIsChosen()
    {
        const auto drawn = run("bert-masking", 3);
        const auto before = textOf(drawn, "targets");
        std::size_t free = 1; // behind [CLS]
        while (before[free])
            ++free;
        const auto forced = runObjective(
            {.id = "bert-masking", .text = kText, .textPair = kPair, .seed = 3, .forced = {{free, "mask"}}});
        auto after = textOf(forced, "targets");
        QVERIFY(after[free].has_value());
        QCOMPARE(textOf(forced, "input")[free], std::optional<std::string>("[MASK]"));
        after[free].reset();
        QCOMPARE(after, before);
        const auto back = runObjective({.id = "bert-masking",
                                        .text = kText,
                                        .textPair = kPair,
                                        .seed = 3,
                                        .forced = {{free, "mask"}, {free, "none"}}});
        QCOMPARE(textOf(back, "targets"), before);
    }

    void everyMaskingObjectiveTakesAForcedPosition_data()
    {
        QTest::addColumn<QString>("id");
        QTest::addColumn<QString>("action");
        for (const auto &info : allObjectives())
            for (const auto &action : info.actions)
                QTest::addRow("%s %s", info.id.c_str(), action.c_str())
                    << QString::fromStdString(info.id) << QString::fromStdString(action);
    }

    void everyMaskingObjectiveTakesAForcedPosition()
    {
        QFETCH(const QString, id);
        QFETCH(const QString, action);
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            ObjectiveRequest request{.id = id.toStdString(), .text = kText, .textPair = kPair, .seed = seed};
            request.forced = {{1, action.toStdString()}};
            const auto result = runObjective(request);
            QVERIFY(!result.cases.empty());
            verifies(result);
        }
    }

    void sentinelsOfTheOverview()
    {
        const auto result = runObjective(
            {.id = "t5-span-corruption",
             .text = "My dog is very cute .",
             .forced = {{0, "none"}, {1, "chosen"}, {2, "chosen"}, {3, "none"}, {4, "chosen"}, {5, "none"}}});
        using Row = std::vector<std::optional<std::string>>;
        QCOMPARE(textOf(result, "input"), (Row{"My", "<extra_id_0>", "very", "<extra_id_1>", "."}));
        QCOMPARE(textOf(result, "target"), (Row{"<extra_id_0>", "dog", "is", "<extra_id_1>", "cute", "<extra_id_2>"}));
    }

    void noisesCombine()
    {
        const std::vector<std::string> all = runObjective({.id = "bart-noise", .text = kText}).info.noises;
        QCOMPARE(all.size(), std::size_t{5});
        for (std::uint64_t seed = 0; seed < 30; ++seed) {
            const auto result = runObjective({.id = "bart-noise", .text = kText, .seed = seed, .noise = all});
            QCOMPARE(result.cases.size(), std::size_t{1});
            const auto input = textOf(result, "input");
            const auto origin = textOf(result, "input_origin");
            const auto target = textOf(result, "target");
            QCOMPARE(input.size(), origin.size());
            for (std::size_t i = 0; i < input.size(); ++i)
                QVERIFY(input[i] == "<mask>" || (origin[i] && input[i] == target[std::stoul(*origin[i])]));
            verifies(result);
        }
        const auto one = runObjective({.id = "bart-noise", .text = kText, .noise = {"document-rotation"}});
        QCOMPARE(one.cases.front().name, std::string("document-rotation"));
        QCOMPARE(textOf(one, "input").size(), textOf(one, "target").size());
    }

    void orderAndPairByHand()
    {
        const auto order =
            runObjective({.id = "xlnet-permutation", .text = "a b c", .order = {2, 0, 1}, .predicted = 2});
        QCOMPARE(fieldOf(order.cases.front().expected, "query_visible").rows[1],
                 (std::vector<std::optional<std::string>>{"1", "0", "1"}));
        QCOMPARE(textOf(order, "targets", 1), (std::vector<std::optional<std::string>>{"0", "1"}));
        const auto pair = runObjective({.id = "albert-sentence-order", .text = kText, .sentence = 1, .follows = false});
        QCOMPARE(textOf(pair, "label").front(), std::optional<std::string>("1"));
        QCOMPARE(textOf(pair, "input")[1], std::optional<std::string>("Nobody"));
        const auto seen = runObjective({.id = "roberta-masking", .text = kText, .epochs = 5});
        QCOMPARE(fieldOf(seen.cases[1].expected, "mask_of_epoch").rows.front().size(), std::size_t{5});
    }

    void familiesOfObjectivesAreKnown()
    {
        for (const auto &info : allObjectives())
            for (const auto &id : info.families)
                QVERIFY2(std::ranges::find(families(), id, &FamilyInfo::id) != families().end(), id.c_str());
        QCOMPARE(objectivesOf("albert").front()->id, std::string("albert-sentence-order"));
        QCOMPARE(objectivesOf("bert").size(), std::size_t{2});
        QVERIFY(objectivesOf("nothing").empty());
    }

    void wordsKnowTheirPlaces()
    {
        const auto words = objectiveWords("Où est-il ?");
        QCOMPARE(words.size(), std::size_t{5});
        QCOMPARE(words[0].end, std::size_t{2});
        QCOMPARE(words[1].begin, std::size_t{3});
        QCOMPARE(words[4].begin, std::size_t{10});
        QCOMPARE(objectiveSentences("One. Two! three"), std::size_t{3});
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
        QVERIFY(
            messageOf({.id = "bert-masking", .text = "a b", .forced = {{0, "mask"}}}).contains(QStringLiteral("0")));
        QVERIFY(
            messageOf({.id = "bert-masking", .text = "a b", .forced = {{1, "eat"}}}).contains(QStringLiteral("keep")));
        QVERIFY(messageOf({.id = "bert-masking", .text = "a b", .epochs = 2}).contains(QStringLiteral("epochs")));
        QVERIFY(
            messageOf({.id = "xlnet-permutation", .text = "a b", .order = {0, 0}}).contains(QStringLiteral("order")));
        QVERIFY(messageOf({.id = "bart-noise", .text = "a b", .noise = {"none"}}).contains(QStringLiteral("rotation")));
        QVERIFY(messageOf({.id = "nothing", .text = "a"}).contains(QStringLiteral("bert-masking")));
        QVERIFY(messageOf({.id = "bert-masking", .text = " "}).contains(QStringLiteral("empty")));
        QVERIFY(messageOf({.id = "bert-next-sentence", .text = kText}).contains(QStringLiteral("--text-pair")));
        QVERIFY(messageOf({.id = "albert-sentence-order", .text = "One sentence."}).contains(QStringLiteral("two")));
    }
};

QTEST_GUILESS_MAIN(ObjectivesTest)
#include "objectives_test.moc"
