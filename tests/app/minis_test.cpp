// SPDX-License-Identifier: GPL-3.0-or-later
// The bundled minis: each opens, does every task it offers on its own examples, and can be measured.
#include "engine/evaluate.h"
#include "engine/session.h"
#include "session/text_scores.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>

namespace fs = std::filesystem;

namespace {

std::vector<fs::path> minis()
{
    std::vector<fs::path> found;
    for (const auto &entry : fs::directory_iterator(MODELARIUM_MINIS))
        if (fs::exists(entry.path() / "config.json"))
            found.push_back(entry.path());
    std::ranges::sort(found);
    return found;
}

void addMiniRows()
{
    QTest::addColumn<QString>("mini");
    for (const fs::path &mini : minis())
        QTest::newRow(mini.filename().c_str()) << QString::fromStdString(mini.string());
}

std::string lineOfTask(const std::string &line)
{
    const auto begin = line.find("\"task\": \"") + 9;
    return line.substr(begin, line.find('"', begin) - begin);
}

// The mini in `to` by links, with the first `count` lines a task of its test set.
void linkMini(const fs::path &mini, const fs::path &to, std::size_t count)
{
    for (const auto &entry : fs::directory_iterator(mini)) {
        const fs::path link = to / entry.path().filename();
        if (entry.path().filename() == "test.jsonl")
            continue;
        entry.is_directory() ? fs::create_directory_symlink(entry.path(), link)
                             : fs::create_symlink(entry.path(), link);
    }
    std::ifstream in(mini / "test.jsonl");
    std::ofstream out(to / "test.jsonl");
    std::map<std::string, std::size_t> seen;
    for (std::string line; std::getline(in, line);)
        if (++seen[lineOfTask(line)] <= count)
            out << line << '\n';
}

std::string messageOf(const std::function<void()> &run)
{
    try {
        run();
    } catch (const engine::Error &error) {
        return error.what();
    }
    return {};
}

} // namespace

class MinisTest : public QObject {
    Q_OBJECT

private slots:
    void everyTaskRunsOnItsExamples_data() { addMiniRows(); }
    void everyTaskRunsOnItsExamples()
    {
        QFETCH(QString, mini);
        const auto model = engine::openModel(mini.toStdString(), {}, {});
        QVERIFY(model->info().unusedTensors.empty());
        QVERIFY(model->info().missingTensors.empty());
        for (const engine::TaskKind task : model->info().tasks) {
            const std::string name(engine::id(task));
            const auto requests = engine::examples(mini.toStdString(), task);
            QVERIFY2(!requests.empty() || task == engine::TaskKind::FeatureExtraction, name.c_str());
            for (engine::TaskRequest request : requests) {
                request.generation.maxNewTokens = std::min<std::int64_t>(request.generation.maxNewTokens, 8);
                const auto result = engine::runTask(*model, request, {});
                QVERIFY2(!std::holds_alternative<std::monostate>(result.payload), name.c_str());
                QVERIFY2(result.encoding.size() > 0, name.c_str());
            }
        }
    }

    void everyMiniIsMeasured_data() { addMiniRows(); }
    void everyMiniIsMeasured()
    {
        QFETCH(QString, mini);
        const QTemporaryDir directory;
        linkMini(mini.toStdString(), directory.path().toStdString(), 8);
        const auto model = engine::openModel(directory.path().toStdString(), {}, {});
        const engine::Evaluation evaluation = engine::evaluate(*model, {});
        for (const engine::TaskKind task : model->info().tasks) {
            const auto figure = std::ranges::find(evaluation.figures, task, &engine::Figure::task);
            if (task == engine::TaskKind::FeatureExtraction)
                continue;
            QVERIFY2(figure != evaluation.figures.end(), std::string(engine::id(task)).c_str());
            QVERIFY(figure->recorded && figure->baseline && figure->bar);
            QVERIFY(figure->examples <= 8);
            // A handful of examples is a rough measure; a tokenizer or head gone wrong would be further off.
            const double room = figure->isLowerBetter ? 0.5 * *figure->recorded : 0.35;
            QVERIFY2(std::abs(figure->value - *figure->recorded) <= room, qPrintable(QString("%1: %2, recorded %3")
                                                                                         .arg(engine::id(task).data())
                                                                                         .arg(figure->value)
                                                                                         .arg(*figure->recorded)));
        }
    }

    void badTestSetsAreNamed()
    {
        const QTemporaryDir directory;
        const fs::path folder = directory.path().toStdString();
        linkMini(fs::path(MODELARIUM_MINIS) / "bert-mini", folder, 0);
        const auto model = engine::openModel(folder, {}, {});
        const auto complaint = [&](const char *line) {
            std::ofstream(folder / "test.jsonl") << line << '\n';
            return messageOf([&] { (void)engine::evaluate(*model, {}); });
        };
        QVERIFY(complaint("{\"task\": \"juggling\", \"text\": \"a\"}").find("test.jsonl line 1: expected a task") !=
                std::string::npos);
        QVERIFY(complaint("{\"task\": \"next-sentence\", \"text\": \"a\", \"text_pair\": \"b\"}").find("label") !=
                std::string::npos);
        QVERIFY(complaint("not JSON").find("test.jsonl line 1") != std::string::npos);
        fs::remove(folder / "test.jsonl");
        QVERIFY(messageOf([&] { (void)engine::evaluate(*model, {}); }).find("no test set") != std::string::npos);
    }

    void textsAreScored()
    {
        using engine::session::Bleu;
        using engine::session::rougeL;
        QCOMPARE(engine::session::words("Où est l'oiseau ? A1.").size(), std::size_t{8});
        Bleu same;
        same.add("a b c d e", "a b c d e");
        QCOMPARE(same.value(), 1.0);
        Bleu shorter; // all of it right, one word in five missing
        shorter.add("a b c d", "a b c d e");
        QVERIFY(std::abs(shorter.value() - std::exp(1.0 - 5.0 / 4.0)) < 1e-12);
        Bleu mixed; // 5 of 6 words, 3 of 5 pairs, 2 of 4 triples, 1 of 3 fours
        mixed.add("a b c d x e", "a b c d e f");
        QVERIFY(std::abs(mixed.value() - std::pow(5.0 / 6 * 3 / 5 * 2 / 4 * 1 / 3, 0.25)) < 1e-12);
        Bleu none;
        none.add("x", "a b");
        QCOMPARE(none.value(), 0.0);
        QCOMPARE(rougeL("The cat sits.", "the CAT sits."), 1.0);
        QCOMPARE(rougeL("a c d", "a b c"), 2.0 / 3.0);
        QCOMPARE(rougeL("", "a"), 0.0);
    }
};

QTEST_GUILESS_MAIN(MinisTest)
#include "minis_test.moc"
