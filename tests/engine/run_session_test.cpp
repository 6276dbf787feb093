// SPDX-License-Identifier: GPL-3.0-or-later
// Runs that follow each other: what they take over, and that nothing in the results tells of it.
#include "engine/error.h"
#include "engine/run_session.h"
#include "engine/words.h"

#include <QTest>

#include <algorithm>
#include <cmath>

using namespace engine;

namespace {

constexpr double kClose = 1e-4; // logits; other sums of the same products

TaskRequest prompt(const std::string &text, const GenerationOptions &options)
{
    return {.task = TaskKind::TextGeneration, .text = text, .generation = options};
}

const GenerationResult &payload(const TaskResult &result)
{
    return std::get<GenerationResult>(result.payload);
}

void compare(const TaskResult &again, const TaskResult &fresh)
{
    const auto &a = payload(again);
    const auto &b = payload(fresh);
    QCOMPARE(a.hypotheses.size(), b.hypotheses.size());
    for (std::size_t i = 0; i < a.hypotheses.size(); ++i) {
        QCOMPARE(a.hypotheses[i].ids, b.hypotheses[i].ids);
        QVERIFY(std::abs(a.hypotheses[i].score - b.hypotheses[i].score) < kClose);
    }
    QCOMPARE(a.stopReason, b.stopReason);
    const auto x = a.logits.floats();
    const auto y = b.logits.floats();
    QCOMPARE(x.size(), y.size());
    for (std::size_t i = 0; i < x.size(); ++i)
        QVERIFY(std::abs(static_cast<double>(x[i] - y[i])) < kClose);
}

std::string common(const Tokenizer &tokenizer)
{
    std::string text;
    for (std::int64_t id = tokenizer.size() / 2; text.size() < 60; ++id)
        text += tokenizer.display(id);
    return text;
}

} // namespace

class RunSessionTest : public QObject {
    Q_OBJECT

private slots:
    void decodersTakeOverWhatThePromptsShare_data()
    {
        QTest::addColumn<QString>("name");
        QTest::newRow("gpt2") << "gpt2/text-generation-legacy";
        QTest::newRow("ctrl") << "ctrl/text-generation";
        QTest::newRow("bart's decoder") << "bart/text-generation";
    }

    void decodersTakeOverWhatThePromptsShare()
    {
        QFETCH(QString, name);
        const auto model = openModel(MODELARIUM_FIXTURES "/models/" + name.toStdString(), {.threads = 2}, {});
        RunSession session(model);
        const std::string start = common(model->tokenizer());
        const auto tokens = [&](const std::string &text) {
            return model->tokenizer().encode(text, std::nullopt, {}).ids;
        };
        const GenerationOptions greedy{.maxNewTokens = 5};
        QCOMPARE(payload(session.run(prompt(start, greedy), {})).reusedPositions, std::int64_t{0});
        struct Next {
            std::string text;
            GenerationOptions options;
        };
        std::string before = start;
        for (const Next &next : {Next{start, {.maxNewTokens = 6, .sample = true, .seed = 5}},
                                 Next{start + " end", {.maxNewTokens = 4, .beams = 3, .returnSequences = 3}},
                                 Next{start + " is", {.maxNewTokens = 4, .returnSequences = 2, .sample = true}},
                                 Next{start.substr(0, start.size() / 2), {.maxNewTokens = 3}}}) {
            const auto old = tokens(before);
            const auto now = tokens(next.text);
            const auto again = session.run(prompt(next.text, next.options), {});
            const auto same = std::ranges::mismatch(old, now).in2 - now.begin();
            const auto expected = std::min<std::int64_t>(same, static_cast<std::int64_t>(now.size()) - 1);
            QVERIFY(payload(again).reusedPositions >= expected); // a row that was written may be shared, too
            QVERIFY(payload(again).reusedPositions < static_cast<std::int64_t>(now.size()));
            compare(again, runTask(*model, prompt(next.text, next.options), {}));
            before = next.text;
        }
        session.forget();
        QCOMPARE(payload(session.run(prompt(start, greedy), {})).reusedPositions, std::int64_t{0});
    }

    void aRowThatWasWrittenGoesOn()
    {
        const auto model = openModel(MODELARIUM_FIXTURES "/models/gpt2/text-generation-legacy", {.threads = 2}, {});
        RunSession session(model);
        const auto first = session.run(prompt(common(model->tokenizer()), {.maxNewTokens = 8}), {});
        const std::string longer = payload(first).hypotheses.front().text;
        const auto now = model->tokenizer().encode(longer, std::nullopt, {}).ids;
        const auto &written = payload(first).hypotheses.front().ids;
        const auto same = std::ranges::mismatch(written, now).in2 - now.begin();
        const auto second = session.run(prompt(longer, {.maxNewTokens = 3}), {});
        QCOMPARE(payload(second).reusedPositions,
                 std::min({static_cast<std::int64_t>(same), static_cast<std::int64_t>(written.size()) - 1,
                           static_cast<std::int64_t>(now.size()) - 1}));
        compare(second, runTask(*model, prompt(longer, {.maxNewTokens = 3}), {}));
    }

    void sourcesAreEncodedOnce()
    {
        const auto model = openModel(MODELARIUM_FIXTURES "/models/bart/text2text-generation", {.threads = 2}, {});
        RunSession session(model);
        TaskRequest request{.task = TaskKind::Text2TextGeneration, .text = common(model->tokenizer())};
        request.generation = {.maxNewTokens = 6, .beams = 3, .returnSequences = 2};
        const auto first = session.run(request, {});
        QCOMPARE(payload(first).reusedPositions, std::int64_t{0});
        request.generation.beams = 2;
        const auto second = session.run(request, {});
        QCOMPARE(payload(second).reusedPositions, static_cast<std::int64_t>(second.encoding.size()));
        compare(second, runTask(*model, request, {}));
        request.text += "?";
        const auto third = session.run(request, {});
        QCOMPARE(payload(third).reusedPositions, std::int64_t{0});
        compare(third, runTask(*model, request, {}));
    }

    void aGivenRowIsLookedAt()
    {
        for (const char *name : {"gpt2/text-generation-legacy", "bart/text2text-generation"}) {
            const auto model = openModel(std::string(MODELARIUM_FIXTURES "/models/") + name, {.threads = 2}, {});
            TaskRequest request{.task = model->info().tasks.front(), .text = common(model->tokenizer())};
            request.task = std::ranges::count(model->info().tasks, TaskKind::TextGeneration) > 0 &&
                                   std::string(name).starts_with("gpt2")
                               ? TaskKind::TextGeneration
                               : TaskKind::Text2TextGeneration;
            request.generation = {.maxNewTokens = 6, .beams = 3, .returnSequences = 3, .beamHistory = 100};
            const auto found = runTask(*model, request, {});
            const auto &beams = *payload(found).beams;
            QVERIFY(!beams.nodes.empty());
            QVERIFY(std::ranges::none_of(beams.nodes, [](const auto &node) { return node.text.empty(); }));
            request.targetIds = payload(found).hypotheses.back().ids;
            const auto given = runTask(*model, request, {});
            QCOMPARE(payload(given).stopReason, std::string("given"));
            QCOMPARE(payload(given).hypotheses.front().ids, request.targetIds);
            QCOMPARE(payload(given).hypotheses.front().text, payload(found).hypotheses.back().text);
            request.targetIds.push_back(1'000'000);
            QVERIFY_THROWS_EXCEPTION(Error, (void)runTask(*model, request, {}));
        }
    }

    void rowsEndAtAString()
    {
        const auto model = openModel(MODELARIUM_FIXTURES "/models/gpt2/text-generation-legacy", {.threads = 2}, {});
        const std::string start = common(model->tokenizer());
        const auto whole = runTask(*model, prompt(start, {.maxNewTokens = 12}), {});
        const std::string text = payload(whole).hypotheses.front().newText;
        QVERIFY(text.size() > 12);
        const std::string stop = text.substr(5, 4);
        GenerationOptions options{.maxNewTokens = 12, .stopStrings = {"\x01 never", stop}};
        const auto cut = runTask(*model, prompt(start, options), {});
        QCOMPARE(payload(cut).stopReason, std::string("stop string"));
        QCOMPARE(payload(cut).hypotheses.front().newText, text.substr(0, text.find(stop) + stop.size()));
        QVERIFY(payload(cut).hypotheses.front().text.ends_with(stop));
        QVERIFY(payload(cut).steps.size() < payload(whole).steps.size());
        options.stopStrings = {""};
        QVERIFY_THROWS_EXCEPTION(Error, (void)runTask(*model, prompt(start, options), {}));
    }

    void everyPlaceHasItsAlternatives()
    {
        const auto model = openModel(MODELARIUM_FIXTURES "/models/gpt2/text-generation-legacy", {.threads = 2}, {});
        TaskRequest request = prompt(common(model->tokenizer()), {.maxNewTokens = 3});
        request.topK = 4;
        const auto result = runTask(*model, request, {});
        const auto &steps = payload(result).steps;
        QVERIFY(steps.front().top.empty());
        for (std::size_t i = 1; i < steps.size(); ++i) {
            QCOMPARE(steps[i].top.size(), std::size_t{4});
            if (steps[i].rank <= 4) {
                const auto &own = steps[i].top[static_cast<std::size_t>(steps[i].rank - 1)];
                QCOMPARE(own.id, steps[i].id);
                QVERIFY(std::abs(own.probability - steps[i].probability) < 1e-6);
            }
        }
    }

    void wordsAreNamed()
    {
        const auto tokenizer = openTokenizer(MODELARIUM_FIXTURES "/models/gpt2/text-generation-legacy");
        const std::int64_t some = tokenizer->size() / 2;
        QCOMPARE(namedToken(*tokenizer, tokenizer->token(some)), some);
        QCOMPARE(namedToken(*tokenizer, "#7"), std::int64_t{7});
        QVERIFY_THROWS_EXCEPTION(Error, (void)namedToken(*tokenizer, "#99999999"));
        QVERIFY_THROWS_EXCEPTION(Error, (void)namedToken(*tokenizer, "several words that are no token"));
        QVERIFY_THROWS_EXCEPTION(Error, (void)spellings(*tokenizer, ""));
        const auto ways = spellings(*tokenizer, "cat");
        QVERIFY(!ways.empty() && ways.size() <= 2);
        for (const auto &way : ways)
            QVERIFY(tokenizer->decode(way, {}).find("cat") != std::string::npos);
    }
};

QTEST_APPLESS_MAIN(RunSessionTest)
#include "run_session_test.moc"
