// SPDX-License-Identifier: GPL-3.0-or-later
// What a beam search writes down, rows that end by their text, and processors stage by stage.
#include "engine/error.h"
#include "engine/rank_stages.h"
#include "generation/search.h"
#include "table_model.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

using namespace engine;
using namespace engine::test;

namespace {

constexpr std::int64_t kVocabulary = 11;

TableModel scrambledModel()
{
    return {kVocabulary, [](const Ids &row) { return scrambled(row, kVocabulary); }};
}

generation::SearchResult run(const Model &model, const Ids &prompt, const GenerationOptions &options,
                             const generation::SearchCallbacks &callbacks = {})
{
    return generation::search(model, {.ids = generation::toTensor({prompt}), .mask = {}}, options, {}, callbacks);
}

Ids firstRow(const generation::SearchResult &found)
{
    const auto row = found.sequences.rows(0, 1).ints();
    return {row.begin(), row.begin() + static_cast<std::ptrdiff_t>(found.lengths.front())};
}

// The new tokens from the prompt to a node.
Ids pathTo(const BeamHistory &history, std::int64_t node)
{
    Ids path;
    for (; node >= 0; node = history.nodes[static_cast<std::size_t>(node)].parent)
        path.push_back(history.nodes[static_cast<std::size_t>(node)].token);
    std::ranges::reverse(path);
    return path;
}

} // namespace

class BeamHistoryTest : public QObject {
    Q_OBJECT

private slots:
    void nothingIsKeptUnlessAskedFor()
    {
        const TableModel model = scrambledModel();
        QVERIFY(!run(model, {1, 2}, {.maxNewTokens = 4, .beams = 3}).history);
        QVERIFY(!run(model, {1, 2}, {.maxNewTokens = 4, .beamHistory = 100}).history); // no beams
    }

    void theTreeHoldsTheResultsAndSaysWhyBranchesEnd_data()
    {
        QTest::addColumn<int>("stopping");
        QTest::addColumn<int>("groups");
        for (const int groups : {1, 3}) {
            QTest::addRow("no, %d", groups) << static_cast<int>(EarlyStopping::No) << groups;
            QTest::addRow("yes, %d", groups) << static_cast<int>(EarlyStopping::Yes) << groups;
            QTest::addRow("never, %d", groups) << static_cast<int>(EarlyStopping::Never) << groups;
        }
    }

    void theTreeHoldsTheResultsAndSaysWhyBranchesEnd()
    {
        QFETCH(int, stopping);
        QFETCH(int, groups);
        const TableModel model = scrambledModel();
        for (std::int64_t start = 0; start < kVocabulary; ++start) {
            GenerationOptions options{.maxNewTokens = 7,
                                      .beams = 3,
                                      .beamGroups = groups,
                                      .diversityPenalty = groups > 1 ? 1.0 : 0.0,
                                      .returnSequences = 3,
                                      .earlyStopping = static_cast<EarlyStopping>(stopping),
                                      .eosTokenIds = {4},
                                      .padTokenId = 0};
            const auto plain = run(model, {start, 3}, options);
            options.beamHistory = 1000;
            const auto found = run(model, {start, 3}, options);
            QVERIFY(std::ranges::equal(found.sequences.ints(), plain.sequences.ints()));
            QVERIFY(found.history);
            checkTree(*found.history);
            checkResults(found);
        }
    }

    void theLimitLeavesAWholeTree()
    {
        const TableModel model = scrambledModel();
        GenerationOptions options{.maxNewTokens = 9, .beams = 4, .beamHistory = 10};
        const auto found = run(model, {1}, options);
        QCOMPARE(found.history->nodes.size(), std::size_t{10});
        QVERIFY(found.history->dropped > 0);
        for (std::size_t i = 0; i < found.history->nodes.size(); ++i)
            QVERIFY(found.history->nodes[i].parent < static_cast<std::int64_t>(i));
    }

    void aRowEndsByItsText()
    {
        const TableModel model = scrambledModel();
        const auto endless = firstRow(run(model, {5}, {.maxNewTokens = 8}));
        const generation::SearchCallbacks third{
            .endsRow = [](std::span<const std::int64_t> ids) { return ids.size() == 4; }};
        const auto greedy = run(model, {5}, {.maxNewTokens = 8}, third);
        QCOMPARE(firstRow(greedy), Ids(endless.begin(), endless.begin() + 4));
        QCOMPARE(greedy.stopReason, std::string("stop string"));
        const auto beams = run(model, {5}, {.maxNewTokens = 8, .beams = 2, .beamHistory = 100}, third);
        QCOMPARE(firstRow(beams).size(), std::size_t{4});
        QCOMPARE(beams.stopReason, std::string("stop string"));
        const auto isStop = [](const BeamNode &node) { return node.end == BeamEnd::StopString; };
        QVERIFY(std::ranges::any_of(beams.history->nodes, isStop));
    }

    void samplesEndOneByOne()
    {
        const TableModel model = scrambledModel();
        const generation::SearchCallbacks atThree{
            .endsRow = [](std::span<const std::int64_t> ids) { return ids.back() == 3; }};
        const auto found = run(model, {5}, {.maxNewTokens = 12, .returnSequences = 4, .sample = true, .seed = 3}, atThree);
        QCOMPARE(found.lengths.size(), std::size_t{4});
        for (std::int64_t row = 0; row < 4; ++row) {
            const auto ids = found.sequences.rows(row, row + 1).ints();
            const auto at = std::ranges::find(ids.subspan(1), std::int64_t{3}) - ids.begin();
            QCOMPARE(found.lengths[static_cast<std::size_t>(row)],
                     std::min(static_cast<std::size_t>(at + 1), ids.size()));
        }
    }

    void stagesLeadFromTheModelToTheSampler()
    {
        const Logits logits = scrambled({1, 2, 3}, kVocabulary);
        const Ids row{1, 2, 3, 1};
        GenerationOptions options{.noRepeatNgram = 2, .repetitionPenalty = 1.4, .sample = true, .temperature = 0.7};
        options.topK = 5;
        options.topP = 0.8;
        const RankRequest request{.logits = logits, .priorIds = row, .promptLength = 2, .count = 8};
        const auto stages = rankStages(request, options);
        std::vector<std::string> names;
        for (const auto &stage : stages)
            names.push_back(stage.name);
        QCOMPARE(names, pipeline(options));
        const auto ranked = rankNextTokens(request, options);
        std::map<std::int64_t, Candidate> last;
        for (const auto &candidate : ranked)
            last[candidate.id] = candidate;
        std::int64_t left = kVocabulary;
        for (std::size_t s = 0; s < stages.size(); ++s) {
            left -= stages[s].removed;
            QCOMPARE(stages[s].left, left);
            QCOMPARE(stages[s].candidates.size(), std::size_t{8});
            for (std::size_t i = 0; i < stages[s].candidates.size(); ++i) {
                const auto &candidate = stages[s].candidates[i];
                QCOMPARE(candidate.id, stages.front().candidates[i].id);
                if (s > 0)
                    QCOMPARE(candidate.before, stages[s - 1].candidates[i].after);
                if (candidate.isRemoved && last.contains(candidate.id))
                    QCOMPARE(last[candidate.id].removedBy, stages[s].name);
            }
        }
        for (const auto &candidate : stages.back().candidates)
            if (last.contains(candidate.id))
                QVERIFY(std::abs(candidate.after - last[candidate.id].probability) < 1e-9);
        QCOMPARE(stages.front().name, std::string("repetition penalty"));
        QCOMPARE(stages.front().changed, std::int64_t{3}); // 1, 2 and 3 stand in the row
        QCOMPARE(stages[1].removed, std::int64_t{1});      // 1 2 was there
        QVERIFY(rankStages(request, {}).empty());
    }

private:
    static void checkTree(const BeamHistory &history)
    {
        std::vector<int> children(history.nodes.size(), 0);
        for (std::size_t i = 0; i < history.nodes.size(); ++i) {
            const BeamNode &node = history.nodes[i];
            QVERIFY(node.parent < static_cast<std::int64_t>(i));
            double before = 0.0;
            if (node.parent >= 0) {
                const BeamNode &parent = history.nodes[static_cast<std::size_t>(node.parent)];
                QCOMPARE(node.step, parent.step + 1);
                before = parent.sum;
                ++children[static_cast<std::size_t>(node.parent)];
            } else {
                QCOMPARE(node.step, std::int64_t{0});
            }
            QVERIFY(std::abs(before + node.logProbability - node.sum) < 1e-9);
        }
        for (std::size_t i = 0; i < history.nodes.size(); ++i)
            QCOMPARE(children[i] == 0, history.nodes[i].end != BeamEnd::None);
    }

    static void checkResults(const generation::SearchResult &found)
    {
        int results = 0;
        const auto &nodes = found.history->nodes;
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            if (nodes[i].hypothesis < 0)
                continue;
            ++results;
            const auto rank = nodes[i].hypothesis;
            const auto row = found.sequences.rows(rank, rank + 1).ints();
            const auto length = static_cast<std::ptrdiff_t>(found.lengths[static_cast<std::size_t>(rank)]);
            QCOMPARE(pathTo(*found.history, static_cast<std::int64_t>(i)), Ids(row.begin() + 2, row.begin() + length));
            QVERIFY(std::abs(nodes[i].score - found.scores[static_cast<std::size_t>(rank)]) < 1e-9);
        }
        QCOMPARE(results, 3);
    }
};

QTEST_APPLESS_MAIN(BeamHistoryTest)
#include "beam_history_test.moc"
