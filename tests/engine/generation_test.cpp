// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/error.h"
#include "engine/generation.h"
#include "engine/names.h"
#include "generation/beam.h"
#include "generation/processors.h"
#include "generation/rows.h"
#include "generation/scores.h"
#include "generation/search.h"
#include "table_model.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <set>

using namespace engine;
using namespace engine::test;

namespace {

TableModel scrambledModel(std::int64_t vocabulary)
{
    return {vocabulary, [vocabulary](const Ids &row) { return scrambled(row, vocabulary); }};
}

// The score of `best` is 5, all others 0 minus a little for the id.
Logits favouring(std::int64_t best, std::int64_t vocabulary)
{
    Logits out;
    for (std::int64_t id = 0; id < vocabulary; ++id)
        out.push_back(id == best ? 5.0F : -0.01F * static_cast<float>(id));
    return out;
}

std::vector<Ids> rowsOf(const Tensor &t)
{
    std::vector<Ids> rows;
    for (std::int64_t row = 0; row < t.size(0); ++row) {
        const auto ids = t.rows(row, row + 1).ints();
        rows.emplace_back(ids.begin(), ids.end());
    }
    return rows;
}

generation::SearchResult run(const TableModel &model, const std::vector<Ids> &prompts, const GenerationOptions &options,
                             const generation::SearchCallbacks &callbacks = {})
{
    return generation::search(model, {.ids = generation::toTensor(prompts), .mask = {}}, options, {}, callbacks);
}

struct Scored {
    double score = 0.0;
    Ids ids; // padded and ended as a search gives it
};

// Every sequence there is, best first: what a beam search with room for all must find.
std::vector<Scored> everything(const TableModel &model, const Ids &prompt, const GenerationOptions &options,
                               std::int64_t vocabulary)
{
    const std::size_t maxLength = prompt.size() + static_cast<std::size_t>(options.maxNewTokens);
    std::vector<Scored> out;
    const std::function<void(const Ids &, double)> grow = [&](const Ids &row, double sum) {
        const auto finish = [&](double total, bool hasEnd) {
            Scored s{.score = total / std::pow(static_cast<double>(row.size()), options.lengthPenalty), .ids = row};
            if (hasEnd)
                s.ids.push_back(options.eosTokenIds.front());
            s.ids.resize(maxLength, options.padTokenId);
            out.push_back(s);
        };
        if (row.size() == maxLength)
            return finish(sum, false);
        Logits scores = scrambled(row, vocabulary);
        generation::logSoftmax(scores);
        for (std::int64_t id = 0; id < vocabulary; ++id) {
            const double next = sum + static_cast<double>(scores[static_cast<std::size_t>(id)]);
            if (!options.eosTokenIds.empty() && id == options.eosTokenIds.front()) {
                finish(next, true);
                continue;
            }
            Ids longer = row;
            longer.push_back(id);
            grow(longer, next);
        }
    };
    (void)model;
    grow(prompt, 0.0);
    std::stable_sort(out.begin(), out.end(), [](const Scored &a, const Scored &b) { return a.score > b.score; });
    return out;
}

std::map<std::int64_t, Candidate> byId(const std::vector<Candidate> &candidates)
{
    std::map<std::int64_t, Candidate> out;
    for (const auto &candidate : candidates)
        out[candidate.id] = candidate;
    return out;
}

} // namespace

class GenerationTest : public QObject {
    Q_OBJECT

private slots:
    void greedyTakesTheBestAndFillsFinishedRows()
    {
        // A row counts up from its last id; 7 ends it.
        const TableModel model(9, [](const Ids &row) { return favouring(row.back() + 1, 9); });
        const auto result = run(model, {{2, 5}, {0, 1}}, {.maxNewTokens = 6, .eosTokenIds = {7}, .padTokenId = 8});
        const std::vector<Ids> expected{{2, 5, 6, 7, 8, 8, 8, 8}, {0, 1, 2, 3, 4, 5, 6, 7}};
        QCOMPARE(rowsOf(result.sequences), expected);
        QCOMPARE(result.stopReason, std::string("end token"));

        const auto cut = run(model, {{0, 1}}, {.maxNewTokens = 3, .eosTokenIds = {7}});
        QCOMPARE(rowsOf(cut.sequences).front(), (Ids{0, 1, 2, 3, 4}));
        QCOMPARE(cut.stopReason, std::string("length"));
        QCOMPARE(rowsOf(run(model, {{0, 1}}, {.maxNewTokens = 0}).sequences).front(), (Ids{0, 1}));
    }

    void cacheOrNotAndPrefixReuseGiveTheSameRow()
    {
        TableModel model = scrambledModel(11);
        const GenerationOptions options{.maxNewTokens = 6};
        const auto withCache = rowsOf(run(model, {{1, 2, 3}}, options).sequences);
        QCOMPARE(model.positionsFed, std::int64_t{3 + 5});
        auto recomputing = options;
        recomputing.useCache = false;
        model.positionsFed = 0;
        QCOMPARE(rowsOf(run(model, {{1, 2, 3}}, recomputing).sequences), withCache);
        QCOMPARE(model.positionsFed, std::int64_t{3 + 4 + 5 + 6 + 7 + 8});
        model.hasCache = false;
        QCOMPARE(rowsOf(run(model, {{1, 2, 3}}, options).sequences), withCache);

        model.hasCache = true;
        model.positionsFed = 0;
        TableState prefix;
        prefix.rows = {{1, 2}};
        QCOMPARE(rowsOf(run(model, {{1, 2, 3}}, options, {.state = &prefix}).sequences), withCache);
        QCOMPARE(model.positionsFed, std::int64_t{1 + 5});
        QCOMPARE(prefix.length(), std::int64_t{8}); // all but the last token
        QVERIFY_THROWS_EXCEPTION(Error, (void)run(model, {{1, 2, 3}}, options, {.state = &prefix}));
    }

    void maskGrowsByOnes()
    {
        const TableModel model = scrambledModel(5);
        const generation::SearchInput input{.ids = generation::toTensor({{0, 0, 3}, {1, 2, 3}}),
                                            .mask = generation::toTensor({{0, 0, 1}, {1, 1, 1}})};
        (void)generation::search(model, input, {.maxNewTokens = 3}, {});
        QCOMPARE(model.masks, (std::vector<Ids>{{0, 0, 1, 1, 1}, {1, 1, 1, 1, 1}}));
        const generation::SearchInput wrong{.ids = input.ids, .mask = generation::toTensor({{1, 1}})};
        QVERIFY_THROWS_EXCEPTION(Error, (void)generation::search(model, wrong, {}, {}));
    }

    void repetitionPenaltyDividesPositiveAndMultipliesNegativeScoresOnce()
    {
        std::vector<float> scores{4.0F, -2.0F, 1.0F};
        const auto parts = generation::processors({.repetitionPenalty = 2.0});
        generation::applyAll(parts, scores, {.ids = Ids{0, 1, 0, 99, -1}});
        QCOMPARE(scores, (std::vector<float>{2.0F, -4.0F, 1.0F}));
    }

    void ngramsAreNotRepeated()
    {
        std::vector<float> scores(6, 0.0F);
        const auto parts = generation::processors({.noRepeatNgram = 3});
        const Ids row{1, 2, 3, 1, 2, 4, 1, 2};
        generation::applyAll(parts, scores, {.ids = row});
        for (std::size_t id = 0; id < scores.size(); ++id)
            QCOMPARE(std::isinf(scores[id]), id == 3 || id == 4);

        const TableModel model(3, [](const Ids &) { return Logits{2.0F, 1.0F, 0.0F}; });
        const auto rows = rowsOf(run(model, {{0}}, {.maxNewTokens = 5, .noRepeatNgram = 2}).sequences);
        std::set<std::pair<std::int64_t, std::int64_t>> seen;
        for (std::size_t i = 1; i < rows[0].size(); ++i)
            QVERIFY(seen.emplace(rows[0][i - 1], rows[0][i]).second);
        // n = 1 bans every token that occurred.
        QCOMPARE(rowsOf(run(model, {{0}}, {.maxNewTokens = 2, .noRepeatNgram = 1}).sequences)[0], (Ids{0, 1, 2}));
    }

    void endTokensWaitForTheMinimum()
    {
        const TableModel model(4, [](const Ids &) { return Logits{0.0F, 1.0F, 3.0F, 2.0F}; });
        const GenerationOptions options{.maxNewTokens = 6, .minNewTokens = 2, .eosTokenIds = {2, 3}};
        QCOMPARE(rowsOf(run(model, {{0, 2}}, options).sequences)[0], (Ids{0, 2, 1, 1, 2}));
        QCOMPARE(pipeline(options), std::vector<std::string>{"min new tokens"});
        QVERIFY(pipeline({.minNewTokens = 2}).empty()); // nothing ends a row anyway
    }

    void processorsActInTheReferencesOrder()
    {
        const GenerationOptions all{.minNewTokens = 1,
                                    .noRepeatNgram = 2,
                                    .repetitionPenalty = 1.1,
                                    .sample = true,
                                    .temperature = 0.5,
                                    .topK = 3,
                                    .topP = 0.9,
                                    .eosTokenIds = {0}};
        QCOMPARE(pipeline(all), (std::vector<std::string>{"repetition penalty", "no-repeat n-gram", "min new tokens",
                                                          "temperature", "top-k", "top-p"}));
        auto greedy = all;
        greedy.sample = false;
        QCOMPARE(pipeline(greedy),
                 (std::vector<std::string>{"repetition penalty", "no-repeat n-gram", "min new tokens"}));
    }

    void beamsFindWhatTryingEverythingFinds_data()
    {
        QTest::addColumn<double>("lengthPenalty");
        QTest::addColumn<bool>("hasEnd");
        QTest::addRow("no end") << 1.0 << false;
        QTest::addRow("end") << 1.0 << true;
        QTest::addRow("end, long preferred") << 2.5 << true;
        QTest::addRow("end, short preferred") << -0.5 << true;
        QTest::addRow("end, sums") << 0.0 << true;
    }
    void beamsFindWhatTryingEverythingFinds()
    {
        QFETCH(double, lengthPenalty);
        QFETCH(bool, hasEnd);
        const TableModel model = scrambledModel(4);
        GenerationOptions options{.maxNewTokens = 3, .beams = 64, .returnSequences = 12, .padTokenId = 0};
        options.lengthPenalty = lengthPenalty;
        if (hasEnd)
            options.eosTokenIds = {3};
        const auto expected = everything(model, {1, 2}, options, 4);
        const auto result = run(model, {{1, 2}}, options);
        const auto rows = rowsOf(result.sequences);
        QCOMPARE(rows.size(), std::size_t{12});
        for (std::size_t i = 0; i < rows.size(); ++i) {
            QVERIFY2(std::abs(result.scores[i] - expected[i].score) < 1e-5, std::to_string(i).c_str());
            QCOMPARE(rows[i], expected[i].ids);
        }
    }

    void oneBeamIsGreedy()
    {
        const TableModel model = scrambledModel(13);
        for (std::int64_t start = 0; start < 13; ++start) {
            const GenerationOptions options{.maxNewTokens = 7, .eosTokenIds = {}, .padTokenId = 0};
            const generation::SearchInput input{.ids = generation::toTensor({{start, 3}}), .mask = {}};
            const RunControl control;
            generation::Rows rows({.model = model, .input = input, .control = control});
            QCOMPARE(rowsOf(generation::beamSearch(rows, options, control).sequences),
                     rowsOf(run(model, {{start, 3}}, options).sequences));
        }
    }

    void beamsAreIndependentOfTheBatchAndOfTheCache()
    {
        TableModel model = scrambledModel(9);
        for (const auto early : {EarlyStopping::No, EarlyStopping::Yes, EarlyStopping::Never}) {
            const GenerationOptions options{.maxNewTokens = 6,
                                            .beams = 3,
                                            .returnSequences = 2,
                                            .earlyStopping = early,
                                            .noRepeatNgram = 2,
                                            .eosTokenIds = {4},
                                            .padTokenId = 0};
            model.hasCache = true;
            const auto together = run(model, {{1, 2}, {3, 8}, {7, 7}}, options);
            std::size_t next = 0;
            for (const Ids &prompt : {Ids{1, 2}, Ids{3, 8}, Ids{7, 7}}) {
                model.hasCache = next != 0;
                const auto alone = run(model, {prompt}, options);
                const auto rows = rowsOf(alone.sequences);
                for (std::size_t i = 0; i < 2; ++i, ++next) {
                    QCOMPARE(together.scores[next], alone.scores[i]);
                    Ids row = rowsOf(together.sequences)[next];
                    Ids padded = rows[i];
                    padded.resize(row.size(), 0);
                    QCOMPARE(row, padded);
                }
            }
        }
    }

    void anEndTokenCountsOnlyAmongTheFirstRanks()
    {
        // Two beams; the end token (3) ranks third of four candidates at the first step, so it is ignored there.
        const TableModel model(4, [](const Ids &row) {
            return row.size() == 1 ? Logits{3.0F, 2.0F, -9.0F, 1.5F} : Logits{-9.0F, -9.0F, -9.0F, 9.0F};
        });
        const auto result =
            run(model, {{0}}, {.maxNewTokens = 3, .beams = 2, .returnSequences = 2, .eosTokenIds = {3}});
        QCOMPARE(rowsOf(result.sequences), (std::vector<Ids>{{0, 0, 3}, {0, 1, 3}}));
        QCOMPARE(result.stopReason, std::string("end token"));
        // log p(0) of the first step over length 2: the prompt counts, the end token does not.
        const double sum = 3.0 - std::log(std::exp(3.0) + std::exp(2.0) + std::exp(-9.0) + std::exp(1.5));
        QVERIFY(std::abs(result.scores[0] - sum / 2.0) < 1e-5);
    }

    void earlyStoppingDecidesWhenItIsOver()
    {
        const GenerationOptions base{.maxNewTokens = 10, .beams = 1, .lengthPenalty = 1.0};
        const auto isDone = [&](EarlyStopping early, double penalty, double bestSum) {
            auto options = base;
            options.earlyStopping = early;
            options.lengthPenalty = penalty;
            generation::BeamHypotheses hypotheses(options, 20);
            if (hypotheses.isDone(0.0, 5))
                return false; // never before it is full; the callers below expect true or a reason for false
            hypotheses.add({.ids = Ids(4, 1), .score = -4.0, .hasEnd = true});
            return hypotheses.isDone(bestSum, 5);
        };
        QVERIFY(isDone(EarlyStopping::Yes, 1.0, 0.0));
        QVERIFY(isDone(EarlyStopping::No, 1.0, -5.0)); // −5 / 5 = −1: not better
        QVERIFY(!isDone(EarlyStopping::No, 1.0, -4.9));
        QVERIFY(!isDone(EarlyStopping::Never, 1.0, -19.0)); // −19 / 20 may still come
        QVERIFY(isDone(EarlyStopping::Never, 1.0, -20.0));
        QVERIFY(isDone(EarlyStopping::Never, -1.0, -4.0)); // −16 against −20: growing only makes it worse
    }

    void samplingRepeatsBySeedAndFollowsTheProbabilities()
    {
        const TableModel model(3, [](const Ids &) { return Logits{std::log(0.6F), std::log(0.3F), std::log(0.1F)}; });
        const GenerationOptions options{.maxNewTokens = 3000, .sample = true, .seed = 7};
        const auto rows = rowsOf(run(model, {{0}}, options).sequences);
        QCOMPARE(rowsOf(run(model, {{0}}, options).sequences), rows);
        auto other = options;
        other.seed = 8;
        QVERIFY(rowsOf(run(model, {{0}}, other).sequences) != rows);
        const auto share = static_cast<double>(std::count(rows[0].begin() + 1, rows[0].end(), 0)) / 3000.0;
        QVERIFY2(std::abs(share - 0.6) < 0.03, std::to_string(share).c_str());

        auto nucleus = options;
        nucleus.topP = 0.7;
        const auto kept = rowsOf(run(model, {{0}}, nucleus).sequences);
        QCOMPARE(std::count(kept[0].begin(), kept[0].end(), 2), std::ptrdiff_t{0});
        auto first = options;
        first.topK = 1;
        first.maxNewTokens = 5;
        QCOMPARE(rowsOf(run(model, {{1}}, first).sequences)[0], (Ids{1, 0, 0, 0, 0, 0}));
        first.topK = 0;
        first.returnSequences = 4;
        QCOMPARE(rowsOf(run(model, {{1}, {2}}, first).sequences).size(), std::size_t{8});
    }

    void beamSamplingIsReproducible()
    {
        const TableModel model = scrambledModel(20);
        const GenerationOptions options{.maxNewTokens = 8,
                                        .beams = 3,
                                        .returnSequences = 3,
                                        .sample = true,
                                        .topK = 5,
                                        .seed = 3,
                                        .eosTokenIds = {2}};
        const auto result = run(model, {{1}}, options);
        QCOMPARE(rowsOf(run(model, {{1}}, options).sequences), rowsOf(result.sequences));
        QVERIFY(std::is_sorted(result.scores.rbegin(), result.scores.rend()));
        auto other = options;
        other.seed = 4;
        QVERIFY(rowsOf(run(model, {{1}}, other).sequences) != rowsOf(result.sequences));
    }

    void aTinyVocabularyOutlastsManyBeams()
    {
        const TableModel model = scrambledModel(2);
        const auto result = run(model, {{0}}, {.maxNewTokens = 2, .beams = 6, .eosTokenIds = {1}});
        QCOMPARE(result.sequences.size(0), std::int64_t{1});
        QVERIFY(std::isfinite(result.scores[0]));
    }

    void candidatesSayWhatRemovedThem()
    {
        const Logits logits{std::log(0.5F), std::log(0.3F), std::log(0.15F), std::log(0.05F)};
        GenerationOptions options{.sample = true, .topK = 3, .topP = 0.75};
        const auto candidates = rankNextTokens(logits, Ids{}, options, 4);
        QCOMPARE(candidates.size(), std::size_t{4});
        QCOMPARE(candidates[0].id, std::int64_t{0});
        QCOMPARE(candidates[2].removedBy, std::string("top-p"));
        QCOMPARE(candidates[3].removedBy, std::string("top-k"));
        QVERIFY(std::abs(candidates[0].probability - 0.625) < 1e-6);
        QVERIFY(std::abs(candidates[0].rawProbability - 0.5) < 1e-6);
        QCOMPARE(candidates[2].probability, 0.0);
        QCOMPARE(candidates[3].logit, logits[3]);

        // Kept ones come first even when a removed one was more probable.
        options = {.minNewTokens = 3, .eosTokenIds = {0}};
        const auto early =
            rankNextTokens({.logits = logits, .priorIds = Ids{1, 1, 1}, .promptLength = 2, .count = 2}, options);
        QCOMPARE(early[0].id, std::int64_t{1});
        QCOMPARE(byId(rankNextTokens({.logits = logits, .priorIds = Ids{1, 1}, .promptLength = 2, .count = 9}, options))
                     .at(0)
                     .removedBy,
                 std::string("min new tokens"));
        QVERIFY(byId(rankNextTokens(logits, Ids{1, 1, 1}, options, 4)).at(0).removedBy.empty());
    }

    void topKKeepsExactlyTheBest()
    {
        const float removed = -std::numeric_limits<float>::infinity();
        for (std::int64_t k = 1; k < 50; ++k) {
            Logits logits = scrambled({k}, 50);
            logits[static_cast<std::size_t>(k)] = removed;
            logits[0] = -0.0F;
            Logits sorted = logits;
            std::sort(sorted.rbegin(), sorted.rend());
            Logits scores = logits;
            generation::applyAll(generation::warpers({.sample = true, .topK = k}, 1), scores, {});
            for (std::size_t i = 0; i < scores.size(); ++i)
                QCOMPARE(scores[i], logits[i] >= sorted[static_cast<std::size_t>(k - 1)] ? logits[i] : removed);
        }
    }

    void topPKeepsExactlyTheNucleus()
    {
        // Against a plain sort, on rows of many shapes.
        for (std::int64_t seed = 1; seed <= 40; ++seed) {
            Logits logits = scrambled({seed}, 300);
            for (float &score : logits)
                score *= 0.1F * static_cast<float>(seed);
            const double p = 0.02 + 0.024 * static_cast<double>(seed);
            std::vector<std::size_t> order(logits.size());
            for (std::size_t i = 0; i < order.size(); ++i)
                order[i] = i;
            std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return logits[a] > logits[b]; });
            const double total = generation::logSumExp(logits);
            std::set<std::size_t> expected;
            double mass = 0.0;
            for (std::size_t i = 0; i < order.size() && mass < p; ++i) {
                expected.insert(order[i]);
                mass += std::exp(static_cast<double>(logits[order[i]]) - total);
            }
            Logits scores = logits;
            generation::applyAll(generation::warpers({.sample = true, .topP = p}, 1), scores, {});
            for (std::size_t i = 0; i < scores.size(); ++i)
                QCOMPARE(!std::isinf(scores[i]), expected.contains(i));
        }
    }

    void everyProcessorTakesALargeVocabulary()
    {
        constexpr std::int64_t kVocabulary = 250000;
        const GenerationOptions options{.noRepeatNgram = 2,
                                        .repetitionPenalty = 1.2,
                                        .sample = true,
                                        .temperature = 1.7,
                                        .topK = 100000,
                                        .topP = 0.9};
        Logits logits = scrambled({1}, kVocabulary);
        const Ids prior(200, 5);
        QCOMPARE(rankNextTokens(logits, prior, options, 20).size(), std::size_t{20});
    }

    void tokensAndLogitsAreReported()
    {
        const TableModel model = scrambledModel(10);
        Ids followed;
        std::vector<Logits> seen;
        const auto result = run(model, {{4}}, {.maxNewTokens = 4},
                                {.onToken =
                                     [&](std::int64_t id, double probability) {
                                         followed.push_back(id);
                                         QVERIFY(probability > 0.0 && probability <= 1.0);
                                     },
                                 .onLogits =
                                     [&](const Tensor &logits) {
                                         QCOMPARE(logits.rank(), 1);
                                         seen.emplace_back(logits.floats().begin(), logits.floats().end());
                                     }});
        const Ids row = rowsOf(result.sequences)[0];
        QCOMPARE(followed, Ids(row.begin() + 1, row.end()));
        QCOMPARE(seen.size(), std::size_t{4});
        QCOMPARE(seen[0], scrambled({4}, 10));
    }

    void stopsAtEveryCheckpoint()
    {
        const TableModel model = scrambledModel(10);
        for (const std::int64_t beams : {1, 3}) {
            for (std::int64_t stopAfter = 0; stopAfter < 5; ++stopAfter) {
                std::stop_source source;
                std::int64_t steps = 0;
                RunControl control{.stopToken = source.get_token()};
                if (stopAfter == 0)
                    source.request_stop();
                control.progress = [&](const Progress &p) {
                    steps = p.done;
                    if (p.done == stopAfter)
                        source.request_stop();
                };
                QVERIFY_THROWS_EXCEPTION(
                    Cancelled, (void)generation::search(model, {.ids = generation::toTensor({{1}}), .mask = {}},
                                                        {.maxNewTokens = 6, .beams = beams}, control));
                QCOMPARE(steps, stopAfter);
            }
        }
    }

    void optionsThatMakeNoSenseAreRefused_data()
    {
        QTest::addColumn<QString>("option");
        for (const char *option : {"max-new-tokens", "min-new-tokens", "beams", "beam-groups", "return-sequences", "no-repeat-ngram",
                                   "repetition-penalty", "temperature", "top-k", "top-p", "length-penalty"})
            QTest::addRow("%s", option) << QString(option);
    }
    void optionsThatMakeNoSenseAreRefused()
    {
        QFETCH(QString, option);
        const std::map<QString, std::function<void(GenerationOptions &)>> spoil{
            {"max-new-tokens", [](auto &o) { o.maxNewTokens = -1; }},
            {"min-new-tokens", [](auto &o) { o.minNewTokens = 41; }},
            {"beams", [](auto &o) { o.beams = 1'000'000'000; }},
            {"beam-groups", [](auto &o) { o.beamGroups = 2; }},
            {"return-sequences", [](auto &o) { o.returnSequences = 2; }},
            {"no-repeat-ngram", [](auto &o) { o.noRepeatNgram = -1; }},
            {"repetition-penalty", [](auto &o) { o.repetitionPenalty = 0.0; }},
            {"temperature", [](auto &o) { o.temperature = -1.0; }},
            {"top-k", [](auto &o) { o.topK = -5; }},
            {"top-p", [](auto &o) { o.topP = 1.5; }},
            {"length-penalty", [](auto &o) { o.lengthPenalty = std::numeric_limits<double>::quiet_NaN(); }}};
        GenerationOptions options;
        spoil.at(option)(options);
        const TableModel model = scrambledModel(4);
        try {
            (void)run(model, {{1}}, options);
            QFAIL("accepted");
        } catch (const Error &error) {
            QCOMPARE(error.kind(), ErrorKind::Argument);
            QVERIFY2(std::string(error.what()).starts_with(option.toStdString() + " must be"), error.what());
        }
    }

    void scoresThatAreNoNumbersAreAnError()
    {
        const TableModel model(3, [](const Ids &row) {
            return Logits{0.0F, row.size() > 2 ? std::numeric_limits<float>::quiet_NaN() : 1.0F, 0.5F};
        });
        for (const std::int64_t beams : {1, 2}) {
            try {
                (void)run(model, {{1}}, {.maxNewTokens = 5, .beams = beams});
                QFAIL("accepted");
            } catch (const Error &error) {
                QVERIFY2(std::string(error.what()).find("new token 3") != std::string::npos, error.what());
            }
        }
        const auto candidates = rankNextTokens(Logits{0.0F, std::nanf(""), 1.0F}, Ids{}, {}, 3);
        QCOMPARE(candidates[0].id, std::int64_t{2});
        QCOMPARE(candidates[2].id, std::int64_t{1});
    }
};

QTEST_APPLESS_MAIN(GenerationTest)
#include "generation_test.moc"
