// SPDX-License-Identifier: GPL-3.0-or-later
#include "view_results.h"

#include "ui/mechanisms/axial_view.h"
#include "ui/mechanisms/chunk_rule.h"
#include "ui/mechanisms/distance_view.h"
#include "ui/mechanisms/input_view.h"
#include "ui/mechanisms/ledger_view.h"
#include "ui/mechanisms/mechanism_page.h"
#include "ui/mechanisms/memory_view.h"
#include "ui/mechanisms/pool_view.h"
#include "ui/mechanisms/sharing_view.h"
#include "ui/mechanisms/stream_view.h"
#include "ui/mechanisms/teacher_view.h"
#include "ui/mechanisms/window_view.h"
#include "ui/state/theme.h"

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <numeric>
#include <set>

using namespace ui;
using testing_views::Sizes;

namespace {

using TracePtr = std::shared_ptr<engine::Trace>;

// A result like that of a run on `length` tokens, with a trace to be filled.
struct Made {
    std::shared_ptr<engine::TaskResult> result;
    TracePtr trace = std::make_shared<engine::Trace>();

    explicit Made(std::int64_t length)
        : result(std::make_shared<engine::TaskResult>(*testing_views::randomFillMask({.tokens = length, .layers = 1})))
    {
        result->trace = trace;
    }
    void tell(engine::MechanismRecord record) { trace->mechanisms.push_back(std::move(record)); }
};

engine::AttentionRecord bandRecord(const WindowRule &rule, int layer)
{
    const auto globals = static_cast<std::int64_t>(rule.globals.size());
    engine::AttentionRecord record;
    record.layer = layer;
    record.data = engine::BandAttention{
        .weights = engine::Tensor::zeros({1, 2, rule.length, globals + 2 * rule.reach + 1}),
        .globalWeights = globals > 0 ? engine::Tensor::zeros({1, 2, rule.length, globals}) : engine::Tensor(),
        .globals = {rule.globals},
        .reach = rule.reach};
    record.mask.terms.push_back({engine::MaskRule::window(rule.reach, {rule.globals}), engine::MaskMode::Add, -1e9F});
    return record;
}

Made windowed(const WindowRule &rule, int layers)
{
    Made made(rule.length);
    std::vector<std::int64_t> numbers{rule.length, rule.reach};
    numbers.insert(numbers.end(), rule.globals.begin(), rule.globals.end());
    for (int layer = 0; layer < layers; ++layer) {
        made.trace->attentions.push_back(bandRecord(rule, layer));
        made.tell({.layer = layer,
                   .name = "window",
                   .tensor = engine::Tensor::fromInts({1, static_cast<std::int64_t>(numbers.size())}, numbers)});
    }
    return made;
}

engine::AttentionRecord pooledRecord(int layer, std::vector<engine::PositionSpan> queries,
                                     std::vector<engine::PositionSpan> keys)
{
    engine::AttentionRecord record;
    record.layer = layer;
    record.data = engine::DenseAttention{engine::Tensor::zeros(
        {1, 2, static_cast<std::int64_t>(queries.size()), static_cast<std::int64_t>(keys.size())})};
    record.mask.terms.push_back({engine::MaskRule::pooled({.queries = std::move(queries), .keys = std::move(keys)}),
                                 engine::MaskMode::Add, -1e6F});
    return record;
}

// Attention in chunks of 2 of 8 positions, each seeing the chunk before, sorted as `orders` say: one list a round.
engine::AttentionRecord chunkRecord(const std::vector<std::vector<std::int64_t>> &orders)
{
    const auto rounds = static_cast<std::int64_t>(orders.size());
    std::vector<std::int64_t> entries;
    std::vector<std::int64_t> buckets;
    for (std::int64_t round = 0; round < rounds; ++round)
        for (const std::int64_t position : orders[static_cast<std::size_t>(round)]) {
            entries.push_back(round * 8 + position);
            buckets.push_back(0);
        }
    engine::ChunkLayout layout{.length = 8, .rounds = rounds, .chunk = 2, .before = 1, .after = 0};
    layout.order = engine::Tensor::fromInts({1, 1, rounds * 8}, entries);
    layout.places = engine::placesOf(layout.order);
    layout.buckets = engine::Tensor::fromInts({1, 1, rounds, 8}, buckets);
    engine::AttentionRecord record;
    record.layer = 0;
    record.data = engine::ChunkAttention{.layout = layout,
                                         .weights = engine::Tensor::zeros({1, 1, layout.chunks(), 2, layout.span()}),
                                         .roundWeights = engine::Tensor::zeros({1, 1, rounds, 8})};
    record.mask.terms.push_back({engine::chunkMask(layout), engine::MaskMode::Replace, -1e9F});
    record.mask.terms.push_back({engine::MaskRule::causal(0), engine::MaskMode::Replace, -1e9F});
    return record;
}

QImage painted(View &view, const QSize &size)
{
    QImage image(size, QImage::Format_ARGB32_Premultiplied);
    image.fill(Theme::current().card);
    QPainter painter(&image);
    view.paintExport(painter, size);
    return image;
}

bool hasInk(const QImage &image)
{
    std::set<QRgb> colours;
    for (int y = 0; y < image.height(); y += 2)
        for (int x = 0; x < image.width(); x += 2)
            colours.insert(image.pixel(x, y));
    return colours.size() > 3;
}

} // namespace

class MechanismsTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { Theme::apply(Theme::light()); }
    void windowsCountTheirPairs();
    void windowsReachFurtherByLayer();
    void reasonsSurvivePooling();
    void curvesAndPixelsAreInverse();
    void stagesOfPooling();
    void biasesByDistance();
    void billOfSharing();
    void partsOfTheInput();
    void guessesOfStreams();
    void chunksCompareTheirNeighbours();
    void agreementGrowsWithTheRounds();
    void axialRowsOfAPosition();
    void segmentsRememberTheFormerOne();
    void teachersAreCompared();
    void viewsAreThereWhereTheyFit();
    void returnMakesATokenGlobal();
    void longTextsStaySmooth();
};

void MechanismsTest::windowsCountTheirPairs()
{
    for (const WindowRule &rule :
         {WindowRule{.length = 1, .reach = 3, .globals = {}}, WindowRule{.length = 20, .reach = 3, .globals = {}},
          WindowRule{.length = 20, .reach = 3, .globals = {0, 1, 12}},
          WindowRule{.length = 20, .reach = 50, .globals = {4}},
          WindowRule{.length = 9, .reach = 2, .globals = {0, 1, 2, 3, 4, 5, 6, 7, 8}}}) {
        const engine::MaskRule mask = engine::MaskRule::window(rule.reach, {rule.globals});
        const PairPicture picture = pairsOf(rule);
        std::int64_t visible = 0;
        for (std::int64_t query = 0; query < rule.length; ++query) {
            std::vector<std::uint8_t> reasons(static_cast<std::size_t>(rule.length), 0);
            picture.fillRow(query, reasons);
            for (std::int64_t key = 0; key < rule.length; ++key) {
                QCOMPARE(reasons[static_cast<std::size_t>(key)] > 0, mask.isVisible(0, query, key));
                visible += mask.isVisible(0, query, key) ? 1 : 0;
            }
        }
        QCOMPARE(rule.pairs(), visible);
    }
}

void MechanismsTest::windowsReachFurtherByLayer()
{
    const WindowRule local{.length = 100, .reach = 4, .globals = {}};
    const Reach reach = receptiveField({.token = 50, .positions = 100}, {3, seesOf(local)});
    QCOMPARE(reach.layers.size(), std::size_t{4});
    for (std::size_t layer = 0; layer < 4; ++layer) {
        QCOMPARE(reach.layers[layer].size(), std::size_t{1});
        QCOMPARE(reach.positions(layer), static_cast<std::int64_t>(8 * layer + 1));
    }
    // A global token is one more position after one layer, and everything after two.
    const WindowRule global{.length = 100, .reach = 4, .globals = {0}};
    const Reach whole = receptiveField({.token = 50, .positions = 100}, {2, seesOf(global)});
    QCOMPARE(whole.positions(1), 10);
    QCOMPARE(whole.positions(2), 100);
    // At the edge the window is cut off.
    QCOMPARE(receptiveField({.token = 0, .positions = 100}, {seesOf(local)}).positions(1), 5);
}

void MechanismsTest::reasonsSurvivePooling()
{
    const PairPicture picture = pairsOf({.length = 1000, .reach = 2, .globals = {777}});
    const auto pooled = pooledReasons(picture, fullRange(1000, 1000), QSize(100, 100));
    QCOMPARE(pooled.size(), std::size_t{10000});
    for (int line = 0; line < 100; ++line)
        QCOMPARE(int(pooled[static_cast<std::size_t>(line * 100 + 77)]), 2);
    QCOMPARE(int(pooled[50 * 100 + 50]), 1);
    QCOMPARE(int(pooled[50 * 100 + 20]), 0);
}

void MechanismsTest::curvesAndPixelsAreInverse()
{
    Curves curves{.first = -300, .lines = {std::vector<float>(420, 0.0F), std::vector<float>(420, 1.0F)}};
    const CurveGeometry geometry = layoutCurves(QRectF(0, 0, 500, 200), curves);
    QCOMPARE(geometry.last, 119);
    for (const std::int64_t distance : {-300, -64, -5, -1, 0, 1, 2, 7, 119})
        QCOMPARE(geometry.distanceAt(geometry.xOf(distance)), distance);
    QCOMPARE(curveAt(geometry, curves, QPointF(geometry.xOf(3), geometry.plot.top())), std::optional<std::size_t>(1));
    QCOMPARE(curveAt(geometry, curves, QPointF(geometry.xOf(3), geometry.plot.bottom())),
             std::optional<std::size_t>(0));
}

void MechanismsTest::stagesOfPooling()
{
    const std::vector<engine::PositionSpan> whole{{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}};
    const std::vector<engine::PositionSpan> half{{0, 1}, {1, 3}, {3, 5}};
    engine::Trace trace;
    engine::AttentionRecord plain;
    plain.layer = 0;
    plain.data = engine::DenseAttention{engine::Tensor::zeros({1, 2, 5, 5})};
    trace.attentions.push_back(plain);
    QVERIFY(poolStages(trace).empty());
    trace.attentions.push_back(pooledRecord(1, half, whole));
    trace.attentions.push_back(pooledRecord(2, half, half));
    plain.stack = engine::Stack::Decoder;
    trace.attentions.push_back(plain);
    const auto stages = poolStages(trace);
    QCOMPARE(stages.size(), std::size_t{3});
    QCOMPARE(stages[1].layers, 2);
    QCOMPARE(stages[1].pairs, 3 * 5 + 3 * 3);
    QVERIFY(stages[1].states == half);
    QVERIFY(stages[2].stack == engine::Stack::Decoder && stages[2].states == whole);
}

void MechanismsTest::biasesByDistance()
{
    engine::Tensor bias = engine::Tensor::uninitialised({1, 2, 3, 5}); // queries stand at 2 … 4
    for (std::int64_t head = 0; head < 2; ++head)
        for (std::int64_t query = 0; query < 3; ++query)
            for (std::int64_t key = 0; key < 5; ++key)
                bias.mutableFloats()[static_cast<std::size_t>((head * 3 + query) * 5 + key)] =
                    static_cast<float>(100 * head + key - (query + 2));
    engine::Trace trace;
    trace.mechanisms.push_back(
        {.stack = engine::Stack::Encoder, .layer = 0, .name = "relative_position_bias", .tensor = bias});
    const auto biases = distanceBiases(trace);
    QCOMPARE(biases.size(), std::size_t{1});
    QCOMPARE(biases[0].curves.first, -4);
    QCOMPARE(biases[0].curves.lines[1], (std::vector<float>{96, 97, 98, 99, 100, 101, 102}));
    trace.mechanisms[0].stack = engine::Stack::Decoder; // what lies ahead is hidden there
    QCOMPARE(distanceBiases(trace)[0].curves.lines[0], (std::vector<float>{-4, -3, -2, -1, 0}));
}

void MechanismsTest::billOfSharing()
{
    engine::ModelInfo info;
    info.parameterGroups = {{"embeddings", 1000}, {"layer 0", 500}, {"layer 1", 300}};
    engine::Trace trace;
    QCOMPARE(sharingBill(info, trace).plainLayers(), 0);
    trace.mechanisms.push_back(
        {.name = "layer_groups", .tensor = engine::Tensor::fromInts({4}, std::vector<std::int64_t>{0, 0, 1, 1})});
    trace.mechanisms.push_back(
        {.name = "embedding_sizes", .tensor = engine::Tensor::fromInts({3}, std::vector<std::int64_t>{100, 8, 32})});
    const SharingBill bill = sharingBill(info, trace);
    QCOMPARE(bill.layers(), 800);
    QCOMPARE(bill.plainLayers(), 1600);
    QCOMPARE(bill.words(), 100 * 8 + 8 * 32 + 32);
    QCOMPARE(bill.plainWords(), 3200);
}

void MechanismsTest::partsOfTheInput()
{
    engine::Trace trace;
    const std::vector<float> vectors{3, 4, 0, 0, 0, 5};
    trace.mechanisms.push_back({.name = "embeddings.words", .tensor = engine::Tensor::fromFloats({1, 3, 2}, vectors)});
    trace.mechanisms.push_back({.name = "embedding_rows.words",
                                .tensor = engine::Tensor::fromInts({1, 3}, std::vector<std::int64_t>{7, 8, 9})});
    const auto parts = inputParts(trace, 0);
    QCOMPARE(parts.size(), std::size_t{1});
    QCOMPARE(parts[0].norms, (std::vector<float>{5, 0, 5}));
    QCOMPARE(parts[0].rows, (std::vector<std::int64_t>{7, 8, 9}));
}

void MechanismsTest::guessesOfStreams()
{
    Made made(3);
    std::vector<float> logits(3 * 4, 0.0F);
    logits[0 * 4 + 2] = logits[1 * 4 + 3] = logits[2 * 4 + 0] = 50.0F;
    engine::GenerationResult generation;
    generation.logits = engine::Tensor::fromFloats({3, 4}, logits);
    made.result->payload = generation;
    made.tell({.stack = engine::Stack::Decoder,
               .layer = 0,
               .name = "logits_ngram",
               .tensor = engine::Tensor::fromFloats({1, 1, 3, 4}, logits)});
    const StreamGuesses guesses = streamGuesses(*made.result);
    QCOMPARE(guesses.size(), std::size_t{2});
    QCOMPARE(guesses[1][1].id, 3);
    QVERIFY(guesses[0][0].probability > 0.999);
}

void MechanismsTest::chunksCompareTheirNeighbours()
{
    const engine::AttentionRecord record = chunkRecord({{0, 4, 1, 5, 2, 6, 3, 7}, {0, 1, 2, 3, 4, 5, 6, 7}});
    const auto rule = chunkRule(record, {});
    QVERIFY(rule && rule->isHashed() && rule->looksBackOnly);
    QCOMPARE(rule->place(0, 4), 1);
    QCOMPARE(rule->positionAt(rule->place(1, 5)), 5);
    std::vector<std::int64_t> keys;
    rule->compared(0, 5, keys); // its chunk {1, 5}, and {0, 4} before it
    std::ranges::sort(keys);
    QCOMPARE(keys, (std::vector<std::int64_t>{0, 1, 4, 5}));
    keys.clear();
    rule->compared(0, 4, keys); // the first chunk's neighbour is the last one of the other round, {6, 7}: ahead
    std::ranges::sort(keys);
    QCOMPARE(keys, (std::vector<std::int64_t>{0, 4}));
    // The rule that the engine applies says the same.
    const engine::MaskRule mask = record.mask.rule();
    std::int64_t visible = 0;
    for (std::int64_t query = 0; query < 8; ++query)
        for (std::int64_t key = 0; key < 8; ++key)
            visible += mask.isVisible(0, query, key) ? 1 : 0;
    QCOMPARE(comparedPairs(*rule)[1], visible);
    QVERIFY(comparedPairs(*rule)[0] < visible);
    QCOMPARE(allPairs(*rule), 36);
    QVERIFY(!chunkRule(bandRecord({.length = 4, .reach = 1, .globals = {}}, 0), {}));
}

void MechanismsTest::agreementGrowsWithTheRounds()
{
    const engine::AttentionRecord record = chunkRecord({{0, 4, 1, 5, 2, 6, 3, 7}, {0, 1, 2, 3, 4, 5, 6, 7}});
    const auto rule = chunkRule(record, {});
    engine::QueryKeyRecord same; // equal scores: full attention is even over all keys before the query
    same.query = engine::Tensor::zeros({1, 1, 8, 4});
    same.key = engine::Tensor::zeros({1, 1, 8, 4});
    const auto agreement = agreementByRounds(*rule, {.vectors = &same});
    QCOMPARE(agreement.size(), std::size_t{2});
    QVERIFY(agreement[0] > 0.0 && agreement[1] > agreement[0] && agreement[1] <= 1.0);
    QVERIFY(agreementByRounds(*rule, {}).empty());
}

void MechanismsTest::axialRowsOfAPosition()
{
    engine::Trace trace;
    trace.mechanisms.push_back({.name = "axial_positions.0", .tensor = engine::Tensor::zeros({3, 2})});
    trace.mechanisms.push_back({.name = "axial_positions.1", .tensor = engine::Tensor::zeros({5, 6})});
    const AxialTables tables = axialTables(trace);
    QCOMPARE(tables.positions(), 15);
    QCOMPARE(tables.features(), 8);
    QCOMPARE(tables.parameters(), 36);
    QCOMPARE(tables.rowsOf(0), (std::vector<std::int64_t>{0, 0}));
    QCOMPARE(tables.rowsOf(13), (std::vector<std::int64_t>{2, 3}));
}

void MechanismsTest::segmentsRememberTheFormerOne()
{
    const engine::SegmentLayout layout{
        .segments = {{.first = 0, .queries = 4, .memory = 3}, {.first = 4, .queries = 2, .memory = 3}}};
    QVERIFY(seenKeys(layout, 0) == (engine::PositionSpan{0, 4}));
    QVERIFY(seenKeys(layout, 5) == (engine::PositionSpan{4, 9}));
    const PairPicture picture = pairsOf(layout);
    const engine::MaskRule mask = engine::segmentMask(layout);
    for (std::int64_t query = 0; query < layout.queries(); ++query) {
        std::vector<std::uint8_t> reasons(static_cast<std::size_t>(layout.keys()), 0);
        picture.fillRow(query, reasons);
        for (std::int64_t key = 0; key < layout.keys(); ++key)
            QCOMPARE(reasons[static_cast<std::size_t>(key)] > 0, mask.isVisible(0, query, key));
    }
    const Reach reach = receptiveField({.token = 3 + 5, .positions = layout.keys()}, {2, seesOf(layout)});
    QCOMPARE(reach.positions(1), 5); // 4 … 8
    QCOMPARE(reach.positions(2), 9); // what was remembered saw the memory before the text
}

void MechanismsTest::teachersAreCompared()
{
    const auto student = testing_views::randomFillMask({.tokens = 10, .layers = 2});
    auto teacher = std::make_shared<engine::TaskResult>(*testing_views::randomFillMask({.tokens = 10, .layers = 4}));
    TeacherComparison same = compareWithTeacher(*student, *student);
    QVERIFY(same.problem.isEmpty());
    QVERIFY(std::abs(same.masks[0].divergenceBits) < 1e-9);
    QCOMPARE(same.layers.size(), std::size_t{3});
    QVERIFY(std::abs(same.layers[2].cosine - 1.0) < 1e-6);
    const TeacherComparison other = compareWithTeacher(*student, *teacher);
    QCOMPARE(other.layers[1].teacher, 2);
    QCOMPARE(other.layers[2].teacher, 4);
    teacher->encoding.ids.back() = 7;
    QVERIFY(!compareWithTeacher(*student, *teacher).problem.isEmpty());
}

void MechanismsTest::viewsAreThereWhereTheyFit()
{
    SelectionModel selection;
    QWidget host;
    const InspectorTab tab = mechanismTab(selection, &host);
    const auto model = testing_views::describedModel({});
    Made window = windowed({.length = 12, .reach = 2, .globals = {0}}, 2);
    Made kernels(12);
    std::mt19937 random(3);
    kernels.tell({.name = "kernels", .tensor = testing_views::randomTensor({1, 2, 12, 5}, random)});
    Made hashed(8);
    hashed.trace->attentions.push_back(chunkRecord({{0, 4, 1, 5, 2, 6, 3, 7}, {0, 1, 2, 3, 4, 5, 6, 7}}));
    Made axial(8);
    axial.tell({.name = "axial_positions.0", .tensor = testing_views::randomTensor({4, 6}, random)});
    axial.tell({.name = "axial_positions.1", .tensor = testing_views::randomTensor({8, 10}, random)});
    Made reversible(8);
    reversible.tell({.name = "reversible_memory",
                     .tensor = engine::Tensor::fromInts({4}, std::vector<std::int64_t>{6, 1000, 200, 800})});
    Made remembered(6);
    engine::AttentionRecord segments;
    segments.layer = 0;
    segments.data = engine::SegmentAttention{
        .layout = {.segments = {{.first = 0, .queries = 4, .memory = 3}, {.first = 4, .queries = 2, .memory = 3}}},
        .weights = {engine::Tensor::zeros({1, 2, 4, 7}), engine::Tensor::zeros({1, 2, 2, 5})}};
    segments.mask.terms.push_back(
        {engine::segmentMask(std::get<engine::SegmentAttention>(segments.data).layout), engine::MaskMode::Add, -1e9F});
    remembered.trace->attentions.push_back(segments);
    remembered.tell({.stack = engine::Stack::Decoder,
                     .layer = 0,
                     .name = "segments",
                     .tensor = engine::Tensor::fromInts({2, 4}, std::vector<std::int64_t>{0, 4, 3, -1, 4, 2, 3, -1})});
    Made pooled(5);
    pooled.trace->attentions.push_back(pooledRecord(0, {{0, 1}, {1, 3}, {3, 5}}, {{0, 1}, {1, 3}, {3, 5}}));
    Made distances(6);
    distances.tell({.name = "relative_position_bias", .tensor = testing_views::randomTensor({1, 2, 6, 6}, random)});
    Made streams(4);
    streams.tell({.stack = engine::Stack::Decoder,
                  .layer = 0,
                  .name = "ngram_mask",
                  .tensor = engine::Tensor::zeros({2, 4, 8}, engine::DType::I64)});
    Made shared(4);
    shared.tell({.name = "layer_groups", .tensor = engine::Tensor::fromInts({2}, std::vector<std::int64_t>{0, 0})});
    const std::map<QString, Made *> made{
        {"hashing", &hashed},  {"axial", &axial},     {"reversible", &reversible}, {"memory", &remembered},
        {"window", &window},   {"kernels", &kernels}, {"pooling", &pooled},        {"distances", &distances},
        {"streams", &streams}, {"sharing", &shared}};
    const QTemporaryDir folder;
    for (const auto &[id, run] : made) {
        for (View *view : tab.views)
            view->show(model, run->result);
        for (View *view : tab.views) {
            const auto *mechanism = qobject_cast<MechanismView *>(view);
            QVERIFY(mechanism != nullptr);
            QVERIFY2(!view->accessibleName().isEmpty() && !view->windowTitle().isEmpty(), qPrintable(view->viewId()));
            const bool isAboutEveryRun =
                view->viewId() == QLatin1String("ledger") || view->viewId() == QLatin1String("teacher");
            QVERIFY2(isAboutEveryRun || mechanism->hasSubject() == (view->viewId() == id), qPrintable(view->viewId()));
            QVERIFY(hasInk(painted(*view, QSize(520, 700))));
            const QString file = folder.filePath(view->viewId() + QStringLiteral(".csv"));
            QCOMPARE(view->exportTo(file, QSize(520, 700), 1.0).isEmpty(), mechanism->hasSubject());
        }
    }
    for (View *view : tab.views) {
        view->show(nullptr, nullptr);
        QCOMPARE(view->isHidden(), view->viewId() != QLatin1String("ledger"));
    }
}

void MechanismsTest::returnMakesATokenGlobal()
{
    SelectionModel selection;
    WindowView view(selection);
    const Made made = windowed({.length = 12, .reach = 2, .globals = {0}}, 2);
    view.show(testing_views::describedModel({}), made.result);
    QSignalSpy chosen(&view, &View::rerunAsked);
    selection.selectPair(5, std::nullopt);
    QTest::keyClick(&view, Qt::Key_Right);
    QCOMPARE(selection.current().query, std::optional<std::int64_t>(6));
    QTest::keyClick(&view, Qt::Key_Return);
    QCOMPARE(chosen.size(), 1);
    QCOMPARE(chosen[0][0].value<RunChange>().globalTokens, std::optional(std::vector<std::int64_t>{0, 6}));
    QCOMPARE(withToggled({0, 6}, 0), (std::vector<std::int64_t>{6}));
}

void MechanismsTest::longTextsStaySmooth()
{
    SelectionModel selection;
    WindowView view(selection);
    Made made = windowed({.length = 4096, .reach = 256, .globals = {0}}, 12);
    made.trace->attentions.clear(); // they went over the budget
    QElapsedTimer timer;
    timer.start();
    view.show(testing_views::describedModel({}), made.result);
    QVERIFY(hasInk(painted(view, QSize(528, 1400))));
    constexpr int kMostMs = 1500; // without optimisation
    QVERIFY2(timer.elapsed() < kMostMs, qPrintable(QString::number(timer.elapsed())));
}

QTEST_MAIN(MechanismsTest)
#include "mechanisms_test.moc"
