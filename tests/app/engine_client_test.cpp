// SPDX-License-Identifier: GPL-3.0-or-later
// The engine thread with the real engine. Meant to run under the thread sanitizer too.
#include "core/threaded_engine_client.h"

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTest>

using app::ThreadedEngineClient;
using ui::EngineClient;

namespace {

constexpr int kPatience = 20'000; // ms
const QString kBert = QStringLiteral(MODELARIUM_FIXTURES "/models/bert/fill-mask-legacy");
const QString kGpt2 = QStringLiteral(MODELARIUM_FIXTURES "/models/gpt2/text-generation-scaled");

// More tokens than the position table has: it would run until it fails, and it is stopped before.
engine::TaskRequest longRequest()
{
    engine::TaskRequest request{.task = engine::TaskKind::TextGeneration, .text = "The cat"};
    request.generation.maxNewTokens = 24;
    request.generation.beams = 64;
    return request;
}

engine::TaskRequest shortRequest()
{
    engine::TaskRequest request{.task = engine::TaskKind::TextGeneration, .text = "The cat"};
    request.generation.maxNewTokens = 3;
    return request;
}

ui::RunId idOf(const QSignalSpy &spy, int at = 0)
{
    return spy.at(at).at(0).value<ui::RunId>();
}

bool open(ThreadedEngineClient &client, const QString &path)
{
    QSignalSpy loaded(&client, &EngineClient::loaded);
    client.load(path);
    return loaded.wait(kPatience);
}

} // namespace

class EngineClientTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        qRegisterMetaType<ui::RunId>();
        qRegisterMetaType<ui::LoadedModelPtr>();
        qRegisterMetaType<ui::TaskResultPtr>();
        qRegisterMetaType<ui::ObjectiveAnswerPtr>();
        qRegisterMetaType<engine::Progress>();
    }

    void loadsAndRuns()
    {
        ThreadedEngineClient client({.threads = 1});
        QVERIFY(open(client, kGpt2));
        QSignalSpy finished(&client, &EngineClient::finished);
        QSignalSpy tokens(&client, &EngineClient::tokensGenerated);
        const ui::RunId id = client.run(shortRequest());
        QVERIFY(finished.wait(kPatience));
        QVERIFY(idOf(finished) == id);
        const auto result = finished.at(0).at(1).value<ui::TaskResultPtr>();
        const auto &generated = std::get<engine::GenerationResult>(result->payload);
        QCOMPARE(generated.hypotheses.at(0).ids.size(), generated.promptLength + 3);
        std::int64_t count = 0;
        for (const auto &signal : tokens)
            count += signal.at(2).value<std::int64_t>();
        QCOMPARE(count, std::int64_t{3});
    }

    void onlyTheLatestQuestionIsAnswered()
    {
        ThreadedEngineClient client({.threads = 1});
        QSignalSpy answered(&client, &EngineClient::answered);
        QSignalSpy refused(&client, &EngineClient::refused);
        client.ask({.request = {.id = "bert-masking", .text = "a b c"}});
        const ui::RunId last = client.ask({.request = {.id = "electra", .text = "a b c", .seed = 3}});
        QVERIFY(answered.wait(kPatience));
        QCOMPARE(answered.size(), 1);
        QVERIFY(idOf(answered) == last);
        const auto answer = answered.at(0).at(1).value<ui::ObjectiveAnswerPtr>();
        QCOMPARE(answer->result.info.id, std::string("electra"));
        client.ask({.request = {.id = "electra", .text = " "}});
        QVERIFY(refused.wait(kPatience));
        QVERIFY(refused.at(0).at(1).toString().contains(QStringLiteral("empty")));
    }

    void aTeacherThatCannotTeachLeavesTheObjective()
    {
        ThreadedEngineClient client({.threads = 1});
        QVERIFY(open(client, kBert));
        QSignalSpy answered(&client, &EngineClient::answered);
        client.ask({.request = {.id = "distilbert-losses", .text = "the cat"}, .teacher = kGpt2});
        QVERIFY(answered.wait(kPatience));
        const auto answer = answered.at(0).at(1).value<ui::ObjectiveAnswerPtr>();
        QVERIFY(!answer->distillation);
        QVERIFY(!answer->problem.isEmpty());
        QVERIFY(!answer->result.cases.empty());
        client.ask({.request = {.id = "distilbert-losses", .text = "the cat"}, .teacher = kBert});
        QVERIFY(answered.wait(kPatience));
        QVERIFY(answered.at(1).at(1).value<ui::ObjectiveAnswerPtr>()->distillation);
    }

    void onlyTheLatestLoadArrives()
    {
        ThreadedEngineClient client({.threads = 1});
        QSignalSpy loaded(&client, &EngineClient::loaded);
        QSignalSpy cancelled(&client, &EngineClient::cancelled);
        ui::RunId last;
        for (int i = 0; i < 20; ++i)
            last = client.load(i % 2 == 0 ? kBert : kGpt2);
        QVERIFY(loaded.wait(kPatience));
        QTest::qWait(50);
        QCOMPARE(loaded.size(), 1);
        QVERIFY(idOf(loaded) == last);
        QCOMPARE(loaded.at(0).at(1).value<ui::LoadedModelPtr>()->info().familyId, std::string("gpt2"));
        QVERIFY(cancelled.isEmpty());
    }

    void onlyTheLatestRunArrives()
    {
        ThreadedEngineClient client({.threads = 1});
        QVERIFY(open(client, kGpt2));
        QSignalSpy finished(&client, &EngineClient::finished);
        QSignalSpy cancelled(&client, &EngineClient::cancelled);
        client.run(longRequest());
        QTest::qWait(10);
        ui::RunId last;
        for (int i = 0; i < 10; ++i)
            last = client.run(shortRequest());
        QVERIFY(finished.wait(kPatience));
        QTest::qWait(50);
        QCOMPARE(finished.size(), 1);
        QVERIFY(idOf(finished) == last);
        QVERIFY(cancelled.isEmpty());
    }

    void stopCancelsSoon()
    {
        ThreadedEngineClient client({.threads = 1});
        QVERIFY(open(client, kGpt2));
        QSignalSpy cancelled(&client, &EngineClient::cancelled);
        QSignalSpy finished(&client, &EngineClient::finished);
        const ui::RunId id = client.run(longRequest());
        QElapsedTimer timer;
        timer.start();
        client.stop();
        QVERIFY(cancelled.wait(kPatience));
        qInfo("stopped after %lld ms", static_cast<long long>(timer.elapsed()));
        QVERIFY(idOf(cancelled) == id);
        QVERIFY(finished.isEmpty());
        client.stop(); // nothing under way: nothing happens
        client.run(shortRequest());
        QVERIFY(finished.wait(kPatience));
        QCOMPARE(cancelled.size(), 1);
    }

    void aFailedLoadKeepsTheModel()
    {
        ThreadedEngineClient client({.threads = 1});
        QVERIFY(open(client, kGpt2));
        QSignalSpy failed(&client, &EngineClient::loadFailed);
        const ui::RunId id = client.load(QStringLiteral("/nowhere/at/all"));
        QVERIFY(failed.wait(kPatience));
        QVERIFY(idOf(failed) == id);
        QVERIFY(failed.at(0).at(1).toString().contains("/nowhere/at/all"));
        QSignalSpy finished(&client, &EngineClient::finished);
        client.run(shortRequest());
        QVERIFY(finished.wait(kPatience));
    }

    void aLoadCancelsTheRun()
    {
        ThreadedEngineClient client({.threads = 1});
        QVERIFY(open(client, kGpt2));
        QSignalSpy cancelled(&client, &EngineClient::cancelled);
        QSignalSpy loaded(&client, &EngineClient::loaded);
        const ui::RunId run = client.run(longRequest());
        client.load(kBert);
        QVERIFY(loaded.wait(kPatience));
        QCOMPARE(cancelled.size(), 1);
        QVERIFY(idOf(cancelled) == run);
    }

    void badRequestsFail()
    {
        ThreadedEngineClient client({.threads = 1});
        QSignalSpy failed(&client, &EngineClient::runFailed);
        client.run(shortRequest()); // no model yet
        QVERIFY(failed.wait(kPatience));
        QVERIFY(open(client, kBert));
        const ui::RunId id = client.run({.task = engine::TaskKind::FillMask, .text = "nothing is hidden here"});
        QVERIFY(failed.wait(kPatience));
        QVERIFY(idOf(failed, 1) == id);
        QVERIFY(!failed.at(1).at(1).toString().isEmpty());
    }

    void endsInTheMiddleOfARun()
    {
        for (int i = 0; i < 5; ++i) {
            ThreadedEngineClient client({.threads = 1});
            QVERIFY(open(client, kGpt2));
            client.run(longRequest());
            client.findModels();
            QTest::qWait(i);
        }
    }

    void findsModels()
    {
        ThreadedEngineClient client({.threads = 1, .folders = {MODELARIUM_FIXTURES "/models"}});
        QSignalSpy found(&client, &EngineClient::modelsFound);
        client.findModels();
        QVERIFY(found.wait(kPatience));
        const auto models = found.at(0).at(0).value<std::vector<engine::FoundModel>>();
        QVERIFY(std::any_of(models.begin(), models.end(), [](const auto &m) { return m.source == "folder" && m.problem.empty(); }));
    }
};

QTEST_GUILESS_MAIN(EngineClientTest)
#include "engine_client_test.moc"
