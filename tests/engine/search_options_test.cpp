// SPDX-License-Identifier: GPL-3.0-or-later
// Words that must not or have to come up, and beams in groups.
#include "engine/generation.h"
#include "generation/processors.h"
#include "generation/rows.h"
#include "generation/search.h"
#include "table_model.h"

#include <QTest>

#include <cmath>
#include <set>

using namespace engine;
using namespace engine::test;

namespace {

std::vector<Ids> rowsOf(const Tensor &t)
{
    std::vector<Ids> rows;
    for (std::int64_t row = 0; row < t.size(0); ++row) {
        const auto ids = t.rows(row, row + 1).ints();
        rows.emplace_back(ids.begin(), ids.end());
    }
    return rows;
}

generation::SearchResult run(const TableModel &model, const std::vector<Ids> &prompts, const GenerationOptions &options)
{
    return generation::search(model, {.ids = generation::toTensor(prompts), .mask = {}}, options, {});
}

} // namespace

class SearchOptionsTest : public QObject {
    Q_OBJECT

private slots:
    void badWordsNeverComeUp()
    {
        const auto parts = generation::processors({.eosTokenIds = {2}, .badWords = {{0}, {2}, {5, 3, 4}, {3, 4, 9}}});
        std::vector<float> scores(6, 0.0F);
        generation::applyAll(parts, scores, {.ids = Ids{5, 3}});
        for (std::size_t id = 0; id < scores.size(); ++id) // the end token alone is no bad word
            QCOMPARE(std::isinf(scores[id]), id == 0 || id == 4);
    }

    void forcedTokensStandAloneAtTheirPlaces()
    {
        const TableModel model(4, [](const Ids &) { return Logits{3.0F, 2.0F, 1.0F, 0.0F}; });
        for (const std::int64_t beams : {1, 3}) {
            GenerationOptions options{.maxNewTokens = 4, .beams = beams, .eosTokenIds = {3}, .padTokenId = 0};
            options.forcedFirstToken = 2;
            options.forcedLastToken = 3;
            const auto found = run(model, {{1}}, options);
            QCOMPARE(rowsOf(found.sequences)[0], (Ids{1, 2, 0, 0, 3}));
            QCOMPARE(found.stopReason, std::string("end token"));
        }
        GenerationOptions late{.maxNewTokens = 2};
        late.forcedFirstToken = 2; // the row is longer than one token already
        QCOMPARE(rowsOf(run(model, {{1, 1}}, late).sequences)[0], (Ids{1, 1, 0, 0}));
    }

    void groupsOfBeamsKeepApart()
    {
        const TableModel model(5, [](const Ids &) { return Logits{2.0F, 1.9F, 1.8F, -5.0F, -9.0F}; });
        GenerationOptions options{.maxNewTokens = 1, .beams = 3, .beamGroups = 3, .returnSequences = 3};
        const auto firsts = [&] {
            std::set<std::int64_t> out;
            for (const auto &row : rowsOf(run(model, {{0}}, options).sequences))
                out.insert(row.back());
            return out;
        };
        QCOMPARE(firsts(), std::set<std::int64_t>{0}); // groups that do not know of each other
        options.diversityPenalty = 1.0;
        QCOMPARE(firsts(), (std::set<std::int64_t>{0, 1, 2}));
    }

    void beamsLeaveOutWhatTheyNeverConsider()
    {
        const TableModel model(3, [](const Ids &) { return Logits{5.0F, 1.0F, 0.0F}; });
        GenerationOptions options{.maxNewTokens = 1, .beams = 2};
        options.beamExcludedTokens = {0};
        const auto found = run(model, {{1}}, options);
        QCOMPARE(rowsOf(found.sequences)[0], (Ids{1, 1}));
        const double share = 1.0 / (1.0 + std::exp(-1.0)); // of the two that are left
        QVERIFY(std::fabs(found.scores[0] - std::log(share) / 2.0) < 1e-6);
        options.beams = 1;
        QCOMPARE(rowsOf(run(model, {{1}}, options).sequences)[0], (Ids{1, 0}));
    }
};

QTEST_GUILESS_MAIN(SearchOptionsTest)
#include "search_options_test.moc"
