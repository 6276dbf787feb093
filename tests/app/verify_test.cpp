// SPDX-License-Identifier: GPL-3.0-or-later
// The verifier itself: it passes what is right, and it must notice what is wrong.
#include "engine/verify.h"

#include <QTest>

#include <nlohmann/json.hpp>

#include <QTemporaryDir>
#include <filesystem>
#include <fstream>

namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

const fs::path kFixture = fs::path(MODELARIUM_FIXTURES) / "models/bert/question-answering";

Json readJson(const fs::path &file)
{
    std::ifstream stream(file);
    return Json::parse(stream);
}

// A copy of the fixture whose parity.json went through `change`.
template <typename Change> fs::path changed(const QTemporaryDir &folder, const Change &change)
{
    const fs::path copy = fs::path(folder.path().toStdString()) / "fixture";
    fs::copy(kFixture, copy);
    Json parity = readJson(kFixture / "parity.json");
    change(parity);
    fs::permissions(copy / "parity.json", fs::perms::owner_write, fs::perm_options::add);
    std::ofstream(copy / "parity.json") << parity;
    return copy;
}

} // namespace

class VerifyTest : public QObject {
    Q_OBJECT

private slots:
    void bundledFixturesPass_data()
    {
        QTest::addColumn<QString>("fixture");
        for (const fs::path &fixture : engine::findFixtures(MODELARIUM_FIXTURES))
            QTest::newRow(fixture.lexically_relative(MODELARIUM_FIXTURES).c_str()) << QString::fromStdString(fixture);
    }

    void bundledFixturesPass()
    {
        QFETCH(const QString, fixture);
        const auto report = engine::verifyFixture(fixture.toStdString(), {});
        QVERIFY2(report.isGood(), report.firstFailure().c_str());
        QVERIFY(report.worstError() <= 1.0);
    }

    void sharedFixturesPass_data()
    {
        QTest::addColumn<QString>("fixture");
        const fs::path shared(MODELARIUM_SHARED_FIXTURES);
        if (!fs::exists(shared)) {
            QTest::newRow("absent") << QString();
            return;
        }
        for (const char *part : {
                 "models/bart",
                 "models/pegasus",
                 "models/marian",
                 "models/t5",
                 "models/mt5",
                 "models/mbart",
                 "models/prophetnet",
                 "models/xlm-prophetnet",
                 "models/mmbt",
                 "models/bert",
                 "models/gpt2",
                 "models/roberta",
                 "models/distilbert",
                 "models/electra",
                 "models/albert",
                 "models/xlm-roberta",
                 "models/convbert",
                 "models/funnel",
                 "models/longformer",
                 "models/xlm",
                 "models/flaubert",
                 "models/openai-gpt",
                 "models/ctrl",
                 "models/transfo-xl",
                 "models/reformer",
                 "models/xlnet",
                 "models/dpr",
                 "models/rag",
                 "objectives",
                 "tokenizers/bert",
                 "tokenizers/bert-json",
                 "tokenizers/bert-cased",
                 "tokenizers/bert-accents",
                 "tokenizers/gpt2",
                 "tokenizers/gpt2-json",
                 "tokenizers/gpt2-prefix",
                 "tokenizers/bart-json",
                 "tokenizers/bert-accents-json",
                 "tokenizers/bert-cased-json",
                 "tokenizers/convbert-json",
                 "tokenizers/distilbert-json",
                 "tokenizers/dpr-json",
                 "tokenizers/dpr-context-json",
                 "tokenizers/electra-json",
                 "tokenizers/longformer-json",
                 "tokenizers/mmbt-json",
                 "tokenizers/albert-json",
                 "tokenizers/xlnet-json",
                 "tokenizers/reformer-json",
                 "tokenizers/mt5-json",
                 "tokenizers/xlm-roberta-json",
                 "tokenizers/pegasus-json",
                 "tokenizers/electra",
                 "tokenizers/convbert",
                 "tokenizers/distilbert",
                 "tokenizers/funnel",
                 "tokenizers/mmbt",
                 "tokenizers/dpr",
                 "tokenizers/dpr-context",
                 "tokenizers/rag-json",
                 "tokenizers/bart",
                 "tokenizers/longformer",
                 "tokenizers/flaubert",
                 "tokenizers/transfo-xl",
                 "tokenizers/dpr-reader-json",
                 "tokenizers/xlnet",
                 "tokenizers/t5",
                 "tokenizers/xlm-roberta",
                 "tokenizers/mbart",
                 "tokenizers/pegasus",
                 "tokenizers/xlm-prophetnet",
             }) {
            if (!fs::exists(shared / part))
                continue;
            for (const fs::path &fixture : engine::findFixtures(shared / part))
                QTest::newRow(fixture.lexically_relative(shared).c_str()) << QString::fromStdString(fixture);
        }
    }

    void sharedFixturesPass()
    {
        QFETCH(const QString, fixture);
        if (fixture.isEmpty())
            QSKIP("the shared fixtures are not on this machine");
        bundledFixturesPass();
    }

    void aWrongNumberIsNoticed()
    {
        const QTemporaryDir folder;
        const fs::path copy = changed(folder, [](Json &parity) {
            for (Json &entry : parity["cases"])
                if (entry["kind"] == "text")
                    entry["ids"][1] = entry["ids"][1].get<int>() + 1;
        });
        const auto report = engine::verifyFixture(copy, {});
        QVERIFY(!report.isGood());
        QCOMPARE(report.passed(), report.cases.size() - 1);
        QVERIFY2(report.firstFailure().starts_with("text: ids[1]"), report.firstFailure().c_str());
    }

    void aSwappedTensorIsNoticedByName()
    {
        const QTemporaryDir folder;
        const fs::path copy = changed(folder, [](Json &parity) {
            auto &states = parity["cases"][0]["outputs"]["hidden_states"];
            std::swap(states[0], states[1]);
        });
        const auto report = engine::verifyFixture(copy, {});
        QVERIFY(!report.isGood());
        QVERIFY2(report.firstFailure().find("hidden_states.0[") != std::string::npos, report.firstFailure().c_str());
        QVERIFY(report.worstError() > 1.0);
    }

    void whatIsNotKnownFails()
    {
        for (const char *field : {"kind", "call", "weather"}) {
            const QTemporaryDir folder;
            const fs::path copy = changed(folder, [&](Json &parity) {
                Json &entry = parity["cases"][0];
                if (std::string(field) == "call")
                    entry["call"]["no_such_argument"] = 3;
                else
                    entry[field] = "weather";
            });
            const auto report = engine::verifyFixture(copy, {});
            QVERIFY2(!report.cases.at(0).passed, field);
            QVERIFY2(report.firstFailure().find("is not known") != std::string::npos, report.firstFailure().c_str());
        }
    }

    void aDirectoryThatCannotBeOpenedFailsEveryCase()
    {
        const QTemporaryDir folder;
        const fs::path copy = changed(folder, [](Json &) {});
        fs::remove(copy / "config.json");
        const auto report = engine::verifyFixture(copy, {});
        QVERIFY(!report.isGood());
        QVERIFY(!report.cases.empty());
        QCOMPARE(report.passed(), std::size_t{0});
        QVERIFY(report.firstFailure().find("config.json") != std::string::npos);
    }

    void stopIsObeyed()
    {
        std::stop_source stop;
        stop.request_stop();
        QVERIFY_EXCEPTION_THROWN((void)engine::verifyFixture(kFixture, {.stopToken = stop.get_token()}),
                                 engine::Cancelled);
    }
};

QTEST_GUILESS_MAIN(VerifyTest)
#include "verify_test.moc"
