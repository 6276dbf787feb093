// SPDX-License-Identifier: GPL-3.0-or-later
// What encoder-decoders are made of: their operations, positions, starts and states, and the searches over them.
#include "engine/error.h"
#include "engine/names.h"
#include "engine/session.h"
#include "files/config.h"
#include "generation/rows.h"
#include "generation/search.h"
#include "layers/attention/relative_buckets.h"
#include "layers/key_value_cache.h"
#include "models/backbone.h"
#include "models/generation_config.h"
#include "models/model.h"
#include "ops/ops.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

using namespace engine;

namespace {

using Doubles = std::vector<double>;
using Ids = std::vector<std::int64_t>;

Tensor randomTensor(const Shape &shape, unsigned seed, float spread = 1.0F)
{
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> value(-spread, spread);
    Tensor out = Tensor::uninitialised(shape);
    for (float &x : out.mutableFloats())
        x = value(random);
    return out;
}

double largestError(const Tensor &found, const Doubles &expected)
{
    double worst = found.floats().size() == expected.size() ? 0.0 : 1e9;
    for (std::size_t i = 0; i < std::min(found.floats().size(), expected.size()); ++i)
        worst = std::max(worst, std::fabs(static_cast<double>(found.floats()[i]) - expected[i]));
    return worst;
}

Ids idsOf(const Tensor &t)
{
    return {t.ints().begin(), t.ints().end()};
}

std::shared_ptr<const LoadedModel> writer()
{
    return openModel(MODELARIUM_FIXTURES "/models/bart/text2text-generation", {.threads = 2}, {});
}

} // namespace

#define COMPARE_BELOW(value, limit)                                                                                    \
    do {                                                                                                               \
        const double measured = (value);                                                                               \
        QVERIFY2(measured < (limit), (std::to_string(measured) + " is not below " + std::to_string(limit)).c_str());   \
    } while (false)

class EncoderDecoderTest : public QObject {
    Q_OBJECT

private slots:
    void rmsNormDividesByTheRootMeanSquare()
    {
        for (const std::int64_t features : {1, 3, 17, 768, 5000}) {
            const Tensor x = randomTensor({4, features}, 1, 30.0F);
            const Tensor weight = randomTensor({features}, 2);
            Doubles expected;
            for (std::int64_t r = 0; r < 4; ++r) {
                const auto row = x.rows(r, r + 1).floats();
                double squares = 0.0;
                for (const double value : row)
                    squares += value * value / static_cast<double>(features);
                for (std::int64_t i = 0; i < features; ++i)
                    expected.push_back(row[i] / std::sqrt(squares + 1e-6) * weight.floats()[i]);
            }
            COMPARE_BELOW(largestError(ops::rmsNorm(x, {.weight = weight, .epsilon = 1e-6}), expected), 2e-6);
        }
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(ops::rmsNorm(randomTensor({2, 3}, 1), {})), Error);
    }

    void gateMultipliesTheHalves()
    {
        for (const std::int64_t half : {1, 7, 64, 515}) {
            const Tensor x = randomTensor({3, 2, 2 * half}, 1);
            const Tensor y = ops::gate(x, ops::Activation::Silu);
            QVERIFY(y.shape() == (Shape{3, 2, half}));
            Doubles expected;
            for (std::int64_t r = 0; r < 6; ++r)
                for (std::int64_t i = 0; i < half; ++i) {
                    const double a = x.floats()[r * 2 * half + i];
                    expected.push_back(a / (1.0 + std::exp(-a)) * x.floats()[r * 2 * half + half + i]);
                }
            COMPARE_BELOW(largestError(y, expected), 1e-6);
        }
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(ops::gate(randomTensor({2, 3}, 1), ops::Activation::Relu)), Error);
    }

    void scoreBiasEntersTheScores()
    {
        for (const std::int64_t queries : {1, 3, 70}) {
            const Tensor q = randomTensor({2, 3, queries, 8}, 1);
            const Tensor k = randomTensor({2, 3, 33, 8}, 2);
            const Tensor v = randomTensor({2, 3, 33, 8}, 3);
            const Tensor shared = randomTensor({3, queries, 33}, 4);
            const Tensor own = randomTensor({2, 3, queries, 33}, 5);
            for (const auto &bias : {shared, own}) {
                const Tensor weights = ops::softmax(ops::add(ops::matmulTransposed(q, k, 0.5F), bias));
                const Tensor expected = ops::mergeHeads(ops::matmul(weights, v));
                const Tensor found = ops::fusedAttention(q, k, v, {.factor = 0.5F, .scoreBias = bias});
                COMPARE_BELOW(largestError(found, Doubles(expected.floats().begin(), expected.floats().end())), 1e-5);
            }
            QVERIFY_EXCEPTION_THROWN(static_cast<void>(ops::fusedAttention(q, k, v, {.scoreBias = k})), Error);
        }
    }

    // Beams share their past by index; what they see must be what copying their rows gives.
    void movedRowsKeepTheirPast()
    {
        layers::KeyValueCache cache(1);
        std::vector<std::vector<Tensor>> past(3); // keys of each row, position by position
        std::mt19937 random(3);
        for (unsigned step = 0; step < 40; ++step) {
            const Tensor key = randomTensor({3, 2, 1, 4}, step);
            const auto memory = cache.extend(0, key, key);
            for (std::size_t row = 0; row < 3; ++row)
                past[row].push_back(key.rows(static_cast<std::int64_t>(row), static_cast<std::int64_t>(row) + 1));
            const Tensor found = layers::takenPositions(memory.key, memory);
            Tensor expected;
            for (const auto &row : past) {
                Tensor all;
                for (const auto &part : row)
                    all = ops::concat(all, part, 2);
                expected = ops::concat(expected, all, 0);
            }
            QVERIFY(std::ranges::equal(found.floats(), expected.floats()));
            const Tensor query = randomTensor({3, 2, 1, 4}, 100 + step);
            const Tensor direct = ops::fusedAttention(query, expected, expected, {});
            const auto places = memory.places ? std::span(*memory.places) : std::span<const std::int32_t>();
            const Tensor byIndex =
                ops::fusedAttention(query, memory.key, memory.value, {.keys = memory.length, .places = places});
            COMPARE_BELOW(largestError(byIndex, Doubles(direct.floats().begin(), direct.floats().end())), 1e-6);

            std::vector<std::int64_t> rows(3);
            for (auto &row : rows)
                row = static_cast<std::int64_t>(random() % 3);
            cache.reorder(rows);
            std::vector<std::vector<Tensor>> moved;
            for (const auto row : rows)
                moved.push_back(past[static_cast<std::size_t>(row)]);
            past = std::move(moved);
            if (step == 20) {
                cache.truncate(15);
                for (auto &row : past)
                    row.resize(15);
            }
        }
        cache.reorder(std::vector<std::int64_t>{2}); // fewer rows: copies
        QCOMPARE(cache.tensors().at("past_key_values.0.0").shape().text(), std::string("(1, 2, 34, 4)"));
        const Tensor q = randomTensor({1, 2, 1, 4}, 1);
        const Tensor k = randomTensor({2, 2, 3, 4}, 2);
        const std::array<std::int32_t, 3> outside{0, 2, 1};
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(ops::fusedAttention(q, k, k, {.places = outside})), Error);
    }

    void distancesFallIntoBuckets()
    {
        const layers::BucketOptions both{.buckets = 8, .maxDistance = 16, .isBidirectional = true};
        // Two exact ones a direction, then logarithmic ones; keys behind the query come second.
        const std::vector<std::pair<std::int64_t, std::int64_t>> expected{
            {0, 0}, {-1, 1}, {-2, 2}, {-5, 2}, {-6, 3}, {-1000, 3}, {1, 5}, {2, 6}, {16, 7}, {1000, 7}};
        for (const auto &[distance, bucket] : expected)
            QCOMPARE(layers::relativeBucket(distance, both), bucket);
        const layers::BucketOptions back{.buckets = 8, .maxDistance = 16, .isBidirectional = false};
        QCOMPARE(layers::relativeBucket(3, back), std::int64_t{0}); // what comes after is not seen anyway
        QCOMPARE(layers::relativeBucket(-3, back), std::int64_t{3});
        QCOMPARE(layers::relativeBucket(-500, back), std::int64_t{7});
        const Tensor late = layers::relativeBuckets({.queries = 1, .keys = 4, .firstQuery = 3}, back);
        QCOMPARE(idsOf(late), (Ids{3, 2, 1, 0}));
    }

    void targetsMoveRight()
    {
        const Tensor labels = Tensor::fromInts({2, 4}, std::array<std::int64_t, 8>{5, 6, 7, 2, 8, 9, 2, -100});
        QCOMPARE(idsOf(models::shiftedRight(labels, {.start = 0, .pad = 1})), (Ids{0, 5, 6, 7, 0, 8, 9, 2}));
        QCOMPARE(idsOf(models::rotatedRight(labels, 1)), (Ids{2, 5, 6, 7, 2, 8, 9, 2}));
        QVERIFY_EXCEPTION_THROWN(
            static_cast<void>(models::rotatedRight(Tensor::fromInts({1, 2}, std::array<std::int64_t, 2>{1, 1}), 1)),
            Error);
    }

    void filesSayHowToSearch()
    {
        const auto config = files::Config::fromText("config.json", R"({
            "max_length": 30, "min_length": 5, "num_beams": 4, "early_stopping": true, "bad_words_ids": [[7], [1, 2]],
            "eos_token_id": 2, "pad_token_id": 1, "decoder_start_token_id": 9, "forced_eos_token_id": null,
            "task_specific_params": {"summarization": {"prefix": "summarize: ", "num_beams": 2, "max_length": 11}}})");
        GenerationOptions base;
        base.forcedLastToken = 2;
        const QTemporaryDir folder;
        const std::filesystem::path directory = folder.path().toStdString();
        const models::GenerationSource source{
            .directory = directory, .config = config, .base = base, .isEncoderDecoder = true};
        const auto options = models::generationDefaults(source);
        QCOMPARE(options.maxNewTokens, std::int64_t{29}); // the start token counts
        QCOMPARE(options.minNewTokens, std::int64_t{4});
        QCOMPARE(options.beams, std::int64_t{4});
        QVERIFY(options.earlyStopping == EarlyStopping::Yes);
        QCOMPARE(options.badWords.size(), std::size_t{2});
        QVERIFY(options.decoderStartToken == 9);
        QVERIFY(!options.forcedLastToken); // null switches the family's own off

        const auto presets = models::taskPresets(source, options, {{"a", "summarize: "}, {"b", "question: "}});
        QCOMPARE(presets.size(), std::size_t{2}); // the file's own prefix is there already
        QCOMPARE(presets[0].prefix, std::string("summarize: "));
        QCOMPARE(presets[0].options.beams, std::int64_t{2});
        QCOMPARE(presets[0].options.maxNewTokens, std::int64_t{10});
        QCOMPARE(presets[1].options.beams, std::int64_t{4});

        const auto bad = files::Config::fromText("config.json", R"({"bad_words_ids": [7]})");
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(models::generationDefaults({.directory = directory, .config = bad})),
                                 Error);
    }

    // Rows share the keys and values of their source; rows that stand in no order get copies. Both give what each
    // row gives alone.
    void rowsFindTheirSource_data()
    {
        QTest::addColumn<QList<int>>("order");
        QTest::newRow("as they are") << QList<int>{0, 1};
        QTest::newRow("two each") << QList<int>{0, 0, 1, 1};
        QTest::newRow("mixed") << QList<int>{1, 0, 1};
        QTest::newRow("one left") << QList<int>{1};
    }
    void rowsFindTheirSource()
    {
        QFETCH(const QList<int>, order);
        const auto loaded = writer();
        const Model &model = loaded->model();
        const auto &head = model.heads().front().id;
        const Tensor sources =
            Tensor::fromInts({2, 5}, std::array<std::int64_t, 10>{0, 50, 60, 70, 2, 0, 90, 80, 2, 1});
        const Tensor mask = Tensor::fromInts({2, 5}, std::array<std::int64_t, 10>{1, 1, 1, 1, 1, 1, 1, 1, 1, 0});
        const auto state = model.encode({{names::kInputIds, sources}, {names::kAttentionMask, mask}}, {});
        const std::vector<std::int64_t> rows(order.begin(), order.end());
        state->reorder(rows);
        const Ids tokens{2, 11, 12, 13};
        const auto count = static_cast<std::int64_t>(rows.size());
        const Tensor first = Tensor::fromInts({count, 1}, Ids(rows.size(), 2));
        const Tensor second = Tensor::fromInts({count, 1}, std::span(tokens).first(rows.size()));
        static_cast<void>(model.forward({{names::kDecoderInputIds, first}}, {.head = head, .state = state.get()}, {}));
        const auto found =
            require(model.forward({{names::kDecoderInputIds, second}}, {.head = head, .state = state.get()}, {}),
                    names::kLogits);
        QCOMPARE(state->length(), std::int64_t{2});
        for (std::int64_t row = 0; row < count; ++row) {
            const auto source = rows[static_cast<std::size_t>(row)];
            const Tensor pair =
                Tensor::fromInts({1, 2}, std::array{std::int64_t{2}, tokens[static_cast<std::size_t>(row)]});
            const auto alone = require(model.forward({{names::kInputIds, sources.rows(source, source + 1)},
                                                      {names::kAttentionMask, mask.rows(source, source + 1)},
                                                      {names::kDecoderInputIds, pair}},
                                                     {.head = head}, {}),
                                       names::kLogits);
            const auto last = alone.floats().last(static_cast<std::size_t>(alone.size(2)));
            COMPARE_BELOW(largestError(found.rows(row, row + 1), Doubles(last.begin(), last.end())), 1e-4);
        }
    }

    void searchesAgreeWithAndWithoutACache()
    {
        const auto loaded = writer();
        const Tensor ids = Tensor::fromInts({2, 4}, std::array<std::int64_t, 8>{0, 50, 60, 2, 0, 90, 80, 2});
        for (const std::int64_t beams : {1, 4}) {
            GenerationOptions options = loaded->info().generation;
            options.maxNewTokens = 9;
            options.beams = beams;
            const generation::SearchInput input{.ids = ids, .mask = {}, .head = loaded->model().heads().front().id};
            const auto cached = generation::search(loaded->model(), input, options, {});
            options.useCache = false;
            const auto plain = generation::search(loaded->model(), input, options, {});
            QVERIFY(std::ranges::equal(cached.sequences.ints(), plain.sequences.ints()));
        }
    }

    void aTargetIsLookedAtInsteadOfSearched()
    {
        const auto loaded = writer();
        TaskRequest request{.task = TaskKind::Text2TextGeneration, .text = "Where is it?", .target = "It is here."};
        request.trace.wantsAttentions = true;
        request.generation = generationFor(loaded->info(), request.task);
        const auto result = runTask(*loaded, request, {});
        const auto &payload = std::get<GenerationResult>(result.payload);
        QCOMPARE(payload.stopReason, std::string("given"));
        QCOMPARE(payload.hypotheses.front().text, std::string("It is here."));
        QVERIFY(result.decoder);
        QCOMPARE(result.decoder->ids.front(), std::int64_t{2});
        QCOMPARE(payload.steps.size(), result.decoder->size());
        for (const auto &record : result.trace->attentions) {
            const auto axes = attentionAxes(result, record.stack);
            QCOMPARE(static_cast<std::int64_t>(axes.queries->size()), record.queries());
            QCOMPARE(static_cast<std::int64_t>(axes.keys->size()), record.keys());
        }
        QCOMPARE(result.trace->attentions.back().stack, Stack::Cross);
    }

    void aPrefixIsNoPartOfTheText()
    {
        const auto loaded = writer();
        TaskRequest request{.task = TaskKind::Summarization, .text = "Where is it?", .prefix = "ask: "};
        request.generation.maxNewTokens = 3;
        const auto result = runTask(*loaded, request, {});
        std::int64_t end = 0;
        for (std::size_t i = 0; i < result.encoding.size(); ++i)
            end = std::max(end, result.encoding.offsets[i].end);
        QCOMPARE(end, std::int64_t{12});
        QCOMPARE(result.encoding.sequence[1], -1);
        TaskRequest foreign = request;
        foreign.encode.targetLanguage = "xx_XX";
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(runTask(*loaded, foreign, {})), Error);
    }
};

QTEST_GUILESS_MAIN(EncoderDecoderTest)
#include "encoder_decoder_test.moc"
