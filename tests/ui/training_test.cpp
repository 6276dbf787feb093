// SPDX-License-Identifier: GPL-3.0-or-later
// The tab "Training": every objective makes a picture of the engine's own result, and a click changes what is asked.
#include "fake_engine.h"

#include "ui/views/objective_page.h"
#include "ui/views/objective_pictures.h"

#include "engine/verify.h"

#include <QImage>
#include <QJsonDocument>
#include <QPainter>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <set>

using namespace ui;
using namespace ui::test;

namespace {

constexpr int kPatience = 2000; // ms
const std::string kText = "The cat sleeps on the warm mat . Anna bakes bread . The bread is warm and dark .";

// A page with an engine that answers at once.
struct Shown {
    FakeEngine engine;
    SelectionModel selection;
    ObjectivePage page;

    explicit Shown(const QString &objective = {}) : page(selection)
    {
        view().setEngine(engine);
        view().setInputs({.text = kText});
        page.resize(560, 700);
        page.show();
        if (!objective.isEmpty())
            view().controller().choose(objective.toStdString());
        answer();
    }
    ObjectiveView &view() { return page.view(); }
    ObjectiveController &controller() { return page.view().controller(); }
    void answer()
    {
        for (int i = 0; i < 50 && controller().isWaiting(); ++i) {
            QTest::qWait(10);
            if (!engine.questions.empty())
                engine.answerQuestion();
        }
    }
    // The first place of that kind that fits.
    template <typename Fits> std::optional<ObjectivePlace> find(Fits &&fits)
    {
        for (const ObjectivePlace &place : clickablePlaces(view().picture()))
            if (fits(*clickAt(view().picture(), place)))
                return place;
        return {};
    }
    void click(const ObjectivePlace &place)
    {
        const ObjectiveLayout layout = layoutObjective(view().picture(), view().width());
        for (int y = 0; y < static_cast<int>(layout.height); y += 3)
            for (int x = 0; x < view().width(); x += 3)
                if (placeAt(view().picture(), layout, QPointF(x, y)) == place) {
                    QTest::mouseClick(&view(), Qt::LeftButton, {}, QPoint(x, y));
                    answer();
                    return;
                }
        QFAIL("the place is nowhere");
    }
};

bool hasInk(const QImage &image)
{
    std::set<QRgb> colours;
    for (int y = 0; y < image.height(); y += 2)
        for (int x = 0; x < image.width(); x += 2)
            colours.insert(image.pixel(x, y));
    return colours.size() > 3;
}

void addObjectives()
{
    QTest::addColumn<QString>("objective");
    for (const ObjectiveKind &kind : objectiveKinds()) {
        const std::string id(kind.id);
        QTest::newRow(id.c_str()) << QString::fromStdString(id);
    }
}

} // namespace

class TrainingTest : public QObject {
    Q_OBJECT
private slots:
    void lanesWrapTogether();
    void squaresFit();
    void everyFamilyHasPictures();
    void everyObjectivePaints_data() { addObjectives(); }
    void everyObjectivePaints();
    void everyObjectiveExports_data() { addObjectives(); }
    void everyObjectiveExports();
    void thePageIsAsHighAsItsPicture();
    void aClickForcesAWord();
    void theKeyboardDoesWhatTheMouseDoes();
    void aPairTurnsAround();
    void anOrderIsDragged();
    void seedsAreRolledAndRemembered();
    void nothingIsAskedUnseen();
    void aShortTextShowsAnExample();
    void masksGiveWayToWords();
};

void TrainingTest::lanesWrapTogether()
{
    TokenLanes lanes;
    Lane words{.title = QStringLiteral("reads"), .cells = {}};
    Lane notes{.title = QStringLiteral("why"), .cells = {}};
    for (int i = 0; i < 30; ++i) {
        words.cells.push_back(LaneCell{.text = QStringLiteral("word%1").arg(i)});
        notes.cells.push_back(
            i % 3 == 0 ? std::optional(LaneCell{.text = QStringLiteral("0.5"), .tone = LaneTone::Note}) : std::nullopt);
    }
    lanes.lanes = {words, notes};
    const QRectF area(10, 20, 300, 0);
    const LanesGeometry geometry = layoutLanes(area, lanes);
    QCOMPARE(geometry.columns.size(), std::size_t{30});
    QVERIFY(geometry.blocks.size() > 1);
    QVERIFY(geometry.blocks[0].heights[1] < geometry.blocks[0].heights[0]);
    for (std::size_t i = 0; i < geometry.columns.size(); ++i) {
        QVERIFY(geometry.columns[i].right() <= area.right() + 0.5);
        QVERIFY(geometry.rectOf({1, i}).isEmpty() || geometry.rectOf({1, i}).top() >= geometry.rectOf({0, i}).bottom());
        QVERIFY(geometry.placeAt(geometry.rectOf({0, i}).center()) == (LanePlace{0, i}));
    }
    QVERIFY(geometry.columns.back().top() > geometry.columns.front().bottom());
    QVERIFY(!geometry.placeAt({0, 0}));
    lanes.lanes[1].cells.assign(30, std::nullopt); // a lane of nothing takes no room
    QVERIFY(layoutLanes(area, lanes).height < geometry.height);
    QCOMPARE(layoutLanes(area, {}).height, 0.0);
}

void TrainingTest::squaresFit()
{
    Squares squares;
    for (int i = 0; i < 40; ++i)
        squares.labels.columns.push_back(QStringLiteral("word"));
    squares.labels.rows = {QStringLiteral("epoch 1"), QStringLiteral("epoch 2")};
    squares.rows.assign(2, std::vector<Square>(40));
    const QRectF area(0, 0, 400, 0);
    const HeatMapGeometry geometry = layoutSquares(area, squares);
    QVERIFY(geometry.cells.right() <= 400.0);
    QVERIFY(squaresHeight(geometry, area) > 20.0);
    QVERIFY(geometry.cellAt(geometry.rectOf({1, 39}).center()) == (Cell{1, 39}));
    QCOMPARE(squaresHeight(layoutSquares(area, {}), area), 0.0);
}

void TrainingTest::everyFamilyHasPictures()
{
    for (const auto &family : engine::families())
        for (const auto *info : engine::objectivesOf(family.id))
            QVERIFY2(objectiveKind(info->id) != nullptr, info->id.c_str());
}

void TrainingTest::everyObjectivePaints()
{
    QFETCH(const QString, objective);
    Shown shown(objective);
    QVERIFY2(shown.controller().problem().isEmpty(), qPrintable(shown.controller().problem()));
    const ObjectivePicture &picture = shown.view().picture();
    QVERIFY(picture.sections.size() >= 2);
    QVERIFY(!picture.summary.text.isEmpty());
    for (const int width : {260, 520, 900}) {
        const ObjectiveLayout layout = layoutObjective(picture, width);
        QVERIFY(layout.height > 60.0);
        for (std::size_t i = 1; i < layout.parts.size(); ++i)
            QVERIFY(layout.parts[i].area.top() >= layout.parts[i - 1].area.bottom());
        for (const Theme &theme : {Theme::light(), Theme::dark()}) {
            Theme::apply(theme);
            QImage image(width, static_cast<int>(layout.height), QImage::Format_RGB32);
            image.fill(theme.card);
            QPainter painter(&image);
            paintObjective(painter, picture, layout, std::nullopt);
            painter.end();
            QVERIFY(hasInk(image));
        }
    }
    for (const ObjectivePlace &place : clickablePlaces(picture))
        QVERIFY(!wordsOf(picture, place).text.isEmpty());
}

void TrainingTest::everyObjectiveExports()
{
    QFETCH(const QString, objective);
    Shown shown(objective);
    const QTemporaryDir folder;
    for (const QString &extension : shown.view().exportExtensions()) {
        const QString file = folder.filePath(QStringLiteral("objective.") + extension);
        QCOMPARE(shown.view().exportTo(file, QSize(500, 600), 1.0), QString());
        QVERIFY(QFileInfo(file).size() > 100);
    }
    const auto report = engine::verifyFixture(folder.filePath(QStringLiteral("objective.json")).toStdString(), {});
    QVERIFY2(report.isGood(), report.firstFailure().c_str());
}

void TrainingTest::thePageIsAsHighAsItsPicture()
{
    Shown shown(QStringLiteral("bert-masking"));
    for (const char *objective : {"t5-span-corruption", "xlnet-permutation", "bert-masking"}) {
        shown.controller().choose(objective);
        shown.answer();
        ObjectiveView &view = shown.view();
        QTRY_VERIFY_WITH_TIMEOUT(
            view.height() >= static_cast<int>(layoutObjective(view.picture(), view.width()).height), kPatience);
    }
}

void TrainingTest::aClickForcesAWord()
{
    Shown shown(QStringLiteral("bert-masking"));
    const auto free = shown.find([](const ObjectiveClick &click) { return !click.isChosen; });
    QVERIFY(free);
    const std::size_t position = clickAt(shown.view().picture(), *free)->index;
    const auto forced = [&] { return shown.engine.questions.back().request.forced; };
    for (const char *action : {"mask", "random", "keep"}) {
        shown.click(*free);
        QCOMPARE(forced(), (std::vector<engine::ForcedChoice>{{position, action}}));
        QVERIFY(clickAt(shown.view().picture(), *free)->isChosen);
    }
    shown.click(*free); // the dice's again
    QVERIFY(forced().empty());
    const auto chosen = shown.find([](const ObjectiveClick &click) { return click.isChosen; });
    shown.click(*chosen);
    QCOMPARE(forced().front().action, std::string("none"));
    QVERIFY(shown.controller().isByHand());
    shown.controller().forgetHand();
    shown.answer();
    QVERIFY(forced().empty());
}

void TrainingTest::theKeyboardDoesWhatTheMouseDoes()
{
    Shown shown(QStringLiteral("t5-span-corruption"));
    QTest::keyClick(&shown.view(), Qt::Key_Right);
    QTest::keyClick(&shown.view(), Qt::Key_Return);
    shown.answer();
    QCOMPARE(shown.engine.questions.back().request.forced.size(), std::size_t{1});
}

void TrainingTest::aPairTurnsAround()
{
    Shown shown(QStringLiteral("albert-sentence-order"));
    const auto label =
        shown.find([](const ObjectiveClick &click) { return click.kind == ObjectiveClick::Kind::Follows; });
    QVERIFY(label);
    const bool wasInOrder = clickAt(shown.view().picture(), *label)->isChosen;
    shown.click(*label);
    QCOMPARE(shown.engine.questions.back().request.follows, std::optional(!wasInOrder));
    const auto first = shown.find(
        [](const ObjectiveClick &click) { return click.kind == ObjectiveClick::Kind::First && click.index == 1; });
    shown.click(*first);
    QCOMPARE(shown.engine.questions.back().request.sentence, std::optional(std::size_t{1}));
}

void TrainingTest::anOrderIsDragged()
{
    Shown shown(QStringLiteral("xlnet-permutation"));
    const ObjectiveLayout layout = layoutObjective(shown.view().picture(), shown.view().width());
    const auto centre = [&](std::size_t turn) {
        const auto place = shown.find([&](const ObjectiveClick &click) { return click.index == turn; });
        const auto &part = layout.parts[place->section];
        return (part.body.topLeft() +
                std::get<LanesGeometry>(part.geometry).rectOf({place->row, place->column}).center())
            .toPoint();
    };
    const auto before = FieldReader(shown.controller().answer()->result.cases.front().choices).numbers("order");
    QTest::mousePress(&shown.view(), Qt::LeftButton, {}, centre(0));
    QTest::mouseRelease(&shown.view(), Qt::LeftButton, {}, centre(2));
    const auto &after = shown.engine.questions.back().request.order;
    QCOMPARE(after.size(), before.size());
    QCOMPARE(after[2], before[0]);
    QCOMPARE(after[0], before[1]);
}

void TrainingTest::seedsAreRolledAndRemembered()
{
    Shown shown(QStringLiteral("electra"));
    const auto before = shown.controller().seed();
    shown.controller().roll();
    QVERIFY(shown.controller().seed() != before);
    QCOMPARE(shown.engine.questions.back().request.seed, shown.controller().seed());
    const QVariantMap state = shown.view().state();
    Shown other;
    other.view().restoreState(state);
    QCOMPARE(other.controller().seed(), shown.controller().seed());
    QCOMPARE(other.controller().info().id, std::string("electra"));
    other.view().show(makeModel({}), nullptr); // a model that arrives later changes nothing of it
    QCOMPARE(other.controller().info().id, std::string("electra"));
    QCOMPARE(other.controller().own().front()->id, std::string("bert-masking"));
}

void TrainingTest::nothingIsAskedUnseen()
{
    FakeEngine engine;
    SelectionModel selection;
    ObjectivePage page(selection);
    page.view().setEngine(engine);
    page.view().setInputs({.text = kText});
    page.view().controller().roll();
    QTest::qWait(200);
    QVERIFY(engine.questions.empty());
    QVERIFY(!page.view().isWaiting());
    page.show();
    QTRY_COMPARE_WITH_TIMEOUT(engine.questions.size(), std::size_t{1}, kPatience);
}

void TrainingTest::aShortTextShowsAnExample()
{
    Shown shown(QStringLiteral("pegasus-gap-sentences"));
    QVERIFY(!shown.controller().showsExample());
    shown.view().setInputs({.text = "One sentence alone ."});
    shown.answer();
    QVERIFY(shown.controller().mustShowExample());
    QVERIFY(shown.controller().problem().isEmpty());
    shown.controller().choose("bert-masking");
    QVERIFY(!shown.controller().showsExample());
}

void TrainingTest::masksGiveWayToWords()
{
    const auto model = makeModel({});
    const engine::TaskRequest inputs{.text = "Anna eats [MASK] at noon ."};
    QCOMPARE(unmasked(inputs, model, nullptr), QStringLiteral("Anna eats  at noon ."));
    auto result = std::make_shared<engine::TaskResult>(*fillMaskResult(model, inputs.text));
    result->text = inputs.text;
    QCOMPARE(unmasked(inputs, model, result), QStringLiteral("Anna eats bread at noon ."));
}

QTEST_MAIN(TrainingTest)
#include "training_test.moc"
