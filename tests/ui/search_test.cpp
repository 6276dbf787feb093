// SPDX-License-Identifier: GPL-3.0-or-later
// What panels show of a search: processors, tape, beams, branches held against each other, two sides.
#include "fake_engine.h"

#include "ui/paint/beam_tree.h"
#include "ui/paint/pipeline.h"
#include "ui/paint/tape.h"
#include "ui/panels/branch_tree.h"
#include "ui/panels/generation_panel.h"
#include "ui/panels/panel_table.h"
#include "ui/panels/sampler_card.h"
#include "ui/panels/sentence_mass.h"
#include "ui/panels/undo_choice.h"
#include "ui/shell/main_window.h"
#include "ui/shell/workspace.h"
#include "ui/views/beam_tree_view.h"
#include "ui/views/difference_view.h"
#include "ui/views/pipeline_view.h"
#include "ui/views/tape_view.h"

#include <QAction>
#include <QLineEdit>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QUndoStack>

using namespace ui;
using namespace ui::test;
using engine::TaskKind;

namespace {

// Two beams: "sat on" (a result), "sat at" (outscored), "eats ." (ended), from tokens of WordTokenizer.
std::shared_ptr<const engine::BeamHistory> history()
{
    auto made = std::make_shared<engine::BeamHistory>();
    made->nodes = {
        {.parent = -1,
         .step = 0,
         .token = 16,
         .text = "sat",
         .logProbability = -0.5,
         .sum = -0.5,
         .score = -0.2,
         .beam = 0},
        {.parent = -1,
         .step = 0,
         .token = 8,
         .text = " eats",
         .logProbability = -1.0,
         .sum = -1.0,
         .score = -0.4,
         .beam = 1},
        {.parent = 0,
         .step = 1,
         .token = 17,
         .text = " on",
         .sum = -0.9,
         .score = -0.3,
         .beam = 0,
         .end = engine::BeamEnd::Length,
         .hypothesis = 0},
        {.parent = 0,
         .step = 1,
         .token = 10,
         .text = " at",
         .sum = -3.0,
         .score = -1.0,
         .beam = 1,
         .end = engine::BeamEnd::Outscored},
        {.parent = 1,
         .step = 1,
         .token = 12,
         .text = " .",
         .sum = -1.4,
         .score = -0.45,
         .end = engine::BeamEnd::EndToken,
         .hypothesis = 1},
    };
    return made;
}

TaskResultPtr beamResult(const LoadedModelPtr &model)
{
    auto result = std::make_shared<engine::TaskResult>(*generationResult(model, "the cat"));
    auto &payload = std::get<engine::GenerationResult>(result->payload);
    payload.beams = history();
    engine::Hypothesis other = payload.hypotheses.front();
    other.ids = {payload.hypotheses.front().ids[0], payload.hypotheses.front().ids[1], 8, 12};
    other.newText = " eats .";
    payload.hypotheses.push_back(other);
    return result;
}

} // namespace

class SearchTest : public QObject {
    Q_OBJECT
private slots:
    void init()
    {
        m_owned.reset();
        m_undo.clear();
        m_selection.select({});
        m_model = makeModel({.tasks = {TaskKind::TextGeneration},
                             .category = engine::Category::Autoregressive,
                             .controlCodes = {"the", "Anna", "Where"}});
    }
    void columnsSayWhatProcessorsDid();
    void theTapeIsHitWhereItIsPainted();
    void theTreeOfBeamsIsAnOutline();
    void theTapeBranches();
    void aBeamIsLookedAt();
    void branchesAreCompared();
    void wordsBecomeTokens();
    void optionsGiveWayToEachOther();
    void aControlCodeIsChosenAndTakenBack();
    void aPanelIsDoubled();
    void sentencesShareTheMass();
    void viewsAreExported();

private:
    GenerationPanel &panel()
    {
        auto *made = dynamic_cast<GenerationPanel *>(
            makePanel(TaskKind::TextGeneration, {.selection = m_selection, .undo = m_undo}));
        m_owned.reset(made);
        made->setModel(m_model);
        made->setRequest({.text = "the cat"});
        return *made;
    }
    void show(GenerationPanel &panel, const TaskResultPtr &result)
    {
        panel.showRun({.result = result, .baseline = nullptr, .baselineName = {}});
        QTest::qWait(1);
    }

    QUndoStack m_undo;
    SelectionModel m_selection;
    LoadedModelPtr m_model;
    std::unique_ptr<TaskPanel> m_owned;
};

void SearchTest::columnsSayWhatProcessorsDid()
{
    const std::vector<engine::RankStage> stages{
        {.name = "repetition penalty",
         .removed = 0,
         .changed = 2,
         .left = 4,
         .candidates = {{.id = 1, .before = 0.5, .after = 0.3}, {.id = 2, .before = 0.3, .after = 0.3}}},
        {.name = "top-k",
         .removed = 3,
         .changed = 0,
         .left = 1,
         .candidates = {{.id = 1, .before = 0.3, .after = 0.0, .isRemoved = true},
                        {.id = 2, .before = 0.3, .after = 1.0}}},
        {.name = "top-p",
         .removed = 0,
         .changed = 0,
         .left = 1,
         .candidates = {{.id = 1, .before = 0.0, .after = 0.0}, {.id = 2, .before = 1.0, .after = 1.0}}}};
    const PipelineTable table = pipelineTable(stages, {"cat", "dog"}, {0.5, 0.3});
    QCOMPARE(table.columns.size(), std::size_t{4});
    QCOMPARE(table.columns[1].cells[0].mark, StageMark::Moved);
    QCOMPARE(table.columns[1].cells[1].mark, StageMark::Kept);
    QCOMPARE(table.columns[2].cells[0].mark, StageMark::Removed);
    QCOMPARE(table.columns[2].cells[1].mark, StageMark::Kept); // only what the others had is shared out
    QCOMPARE(table.columns[3].cells[0].mark, StageMark::Gone);
    const PipelineGeometry geometry = layoutPipeline(QRectF(5, 7, 600, 0), table);
    for (std::size_t row = 0; row < 2; ++row) {
        QCOMPARE(geometry.rowAt(geometry.cellRect(row, 1).center(), 2), std::optional(row));
        QVERIFY(geometry.cellRect(row, 3).right() <= 605.5);
    }
    QVERIFY(!geometry.rowAt(QPointF(10, 7), 2)); // the heads
}

void SearchTest::theTapeIsHitWhereItIsPainted()
{
    std::vector<TapePlace> places(11);
    for (std::size_t i = 0; i < places.size(); ++i) {
        places[i].position = static_cast<std::int64_t>(i);
        places[i].alternatives.resize(i % 4);
    }
    const TapeGeometry geometry = layoutTape(QRectF(3, 4, 400, 0), places);
    QVERIFY(geometry.columns > 1 && geometry.columns < places.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
        QCOMPARE(geometry.hitAt(geometry.headRect(i).center(), places), std::optional(TapeHit{.place = i}));
        for (std::size_t k = 0; k < places[i].alternatives.size(); ++k) {
            const TapeHit hit{.place = i, .alternative = k};
            QCOMPARE(geometry.hitAt(geometry.alternativeRect(hit).center(), places), std::optional(hit));
        }
        QVERIFY(geometry.placeRect(i).bottom() <= 4 + geometry.height(places.size()) + 0.5);
    }
    QVERIFY(!geometry.hitAt(QPointF(0, 0), places));
    QCOMPARE(layoutTape(QRectF(0, 0, 400, 0), {}).height(0), 0.0);
}

void SearchTest::theTreeOfBeamsIsAnOutline()
{
    const auto made = history();
    const auto segments = beamSegments(*made, 100);
    QStringList texts;
    for (const BeamSegment &segment : segments)
        texts << segment.text;
    QCOMPARE(texts, (QStringList{"sat", "on", "at", "eats ."}));
    QCOMPARE(segments[1].parent, 0);
    QCOMPARE(segments[3].parent, -1);
    QVERIFY(segments[0].leadsToBest && segments[1].leadsToBest && !segments[2].leadsToBest);
    QVERIFY(beamEndText(segments[1]).contains("result 1"));
    QCOMPARE(beamEndText(segments[2]), QString("outscored"));
    QVERIFY(beamEndText(segments[0]).isEmpty());
    QCOMPARE(beamPath(*made, 4), (std::vector<std::int64_t>{8, 12}));
    const auto few = beamSegments(*made, 1); // results stay
    texts.clear();
    for (const BeamSegment &segment : few)
        texts << segment.text;
    QCOMPARE(texts, (QStringList{"sat", "on", "eats ."}));
    QVERIFY(beamSegments({}, 5).empty());
}

void SearchTest::theTapeBranches()
{
    GenerationPanel &made = panel();
    auto result = std::make_shared<engine::TaskResult>(*generationResult(m_model, "the cat"));
    auto &steps = std::get<engine::GenerationResult>(result->payload).steps;
    steps[2].top = {{.id = 16, .token = " sat", .probability = 0.6, .removedBy = {}},
                    {.id = 8, .token = " eats", .probability = 0.2, .removedBy = {}}};
    show(made, result);
    QSignalSpy runs(&made, &TaskPanel::runRequested);
    auto *tape = made.findChild<TapeView *>();
    QCOMPARE(tape->places().size(), steps.size() + 1);
    QVERIFY(tape->places()[2].alternatives[0].isActual);
    QVERIFY(tape->places().back().isNext && !tape->places().back().alternatives.empty());
    tape->resize(600, tape->heightForWidth(600));
    const TapeGeometry geometry = layoutTape(QRectF(0, 0, 600, 0), tape->places());
    QTest::mouseClick(tape, Qt::LeftButton, {},
                      geometry.alternativeRect({.place = 2, .alternative = 0}).center().toPoint());
    QCOMPARE(runs.count(), 0); // it stands there already
    QCOMPARE(m_selection.current().step, std::optional<std::int64_t>(2));
    QTest::mouseClick(tape, Qt::LeftButton, {},
                      geometry.alternativeRect({.place = 2, .alternative = 1}).center().toPoint());
    QCOMPARE(runs.count(), 1);
    QCOMPARE(made.request().text, std::string("the cat eats"));
    m_undo.undo();
    QCOMPARE(made.request().text, std::string("the cat"));
}

void SearchTest::aBeamIsLookedAt()
{
    GenerationPanel &made = panel();
    show(made, beamResult(m_model));
    auto *tree = made.findChild<BeamTreeView *>();
    QVERIFY(tree->history() != nullptr);
    std::vector<std::int64_t> asked;
    connect(&made, &TaskPanel::runRequested, this, [&] { asked = made.request().targetIds; });
    emit tree->chosen(4);
    const auto start = m_model->tokenizer().encode("the cat", std::nullopt, {.addSpecialTokens = false}).ids;
    QCOMPARE(asked, (std::vector<std::int64_t>{start[0], start[1], 8, 12}));
    QVERIFY(made.request().targetIds.empty()); // once
    auto given = std::make_shared<engine::TaskResult>(*beamResult(m_model));
    auto &payload = std::get<engine::GenerationResult>(given->payload);
    payload.beams = nullptr;
    payload.stopReason = "given";
    payload.hypotheses = {payload.hypotheses.back()};
    show(made, given);
    QVERIFY(tree->history() != nullptr); // the search that it came from stays in sight
    QVERIFY(!tree->parentWidget()->isHidden());
    show(made, generationResult(m_model, "the cat"));
    QVERIFY(tree->history() == nullptr);
}

void SearchTest::branchesAreCompared()
{
    GenerationPanel &made = panel();
    const auto first = generationResult(m_model, "the cat");
    auto other = std::make_shared<engine::TaskResult>(*first);
    auto &payload = std::get<engine::GenerationResult>(other->payload);
    payload.steps[3].id = 8;
    payload.steps[3].text = " eats";
    payload.steps[3].probability = 0.125;
    payload.logits = engine::Tensor::fromFloats(payload.logits.shape(), payload.logits.floats());
    payload.logits.mutableFloats()[static_cast<std::size_t>(3 * payload.logits.size(1) + 5)] += 4.0F;
    show(made, first);
    show(made, other);
    auto *view = made.findChild<DifferenceView *>();
    QVERIFY(view->parentWidget()->isHidden());
    made.compareWith(0);
    QVERIFY(!view->parentWidget()->isHidden());
    const RunComparison &comparison = view->comparison();
    QVERIFY(comparison.isPossible && comparison.hasRows);
    QCOMPARE(comparison.common, std::size_t{3});
    QCOMPARE(comparison.places.front().second, QString("eats"));
    QCOMPARE(comparison.places.front().secondProbability, std::optional(0.125));
    QVERIFY(comparison.distance && *comparison.distance > 0.0);
    QVERIFY(comparison.tokens.front().difference() > 0.0); // what the second finds likelier
    made.compareWith(-1);
    QVERIFY(view->parentWidget()->isHidden());
    QVERIFY(made.views().size() < 4);
}

void SearchTest::wordsBecomeTokens()
{
    GenerationPanel &made = panel();
    auto *sampler = made.findChild<SamplerCard *>();
    sampler->showMore(true);
    QLineEdit *words = sampler->words(QStringLiteral("bad-words"));
    QTest::keyClicks(words, QStringLiteral("cat|dog"));
    QCOMPARE(sampler->options().badWords, (std::vector<std::vector<std::int64_t>>{{14}, {15}}));
    QTest::keyClicks(sampler->words(QStringLiteral("stop")), QStringLiteral(".|\\n"));
    QCOMPARE(sampler->options().stopStrings, (std::vector<std::string>{".", "\n"}));
    sampler->words(QStringLiteral("first-token"))->setText(QString());
    QTest::keyClicks(sampler->words(QStringLiteral("first-token")), QStringLiteral("Anna"));
    QCOMPARE(sampler->options().forcedFirstToken, std::optional<std::int64_t>(7));
    m_undo.undo();
    QVERIFY(!sampler->options().forcedFirstToken);
    m_undo.undo();
    QVERIFY(sampler->options().stopStrings.empty());
    m_undo.undo();
    QVERIFY(sampler->options().badWords.empty());
}

void SearchTest::optionsGiveWayToEachOther()
{
    engine::GenerationOptions options;
    options.beams = 6;
    options.beamGroups = 4;
    options.minNewTokens = 90;
    const auto beams = searchOptions(options);
    QCOMPARE(beams.beamGroups, std::int64_t{3});
    QCOMPARE(beams.returnSequences, std::int64_t{6});
    QCOMPARE(beams.minNewTokens, beams.maxNewTokens);
    QVERIFY(beams.beamHistory > 0);
    options = {.returnSequences = 5};
    QCOMPARE(searchOptions(options).returnSequences, std::int64_t{1});
    options.sample = true;
    QCOMPARE(searchOptions(options).returnSequences, std::int64_t{5});
    QCOMPARE(searchOptions(options).beamHistory, std::size_t{0});
}

void SearchTest::aControlCodeIsChosenAndTakenBack()
{
    GenerationPanel &made = panel();
    auto *code = made.findChild<UndoChoice *>();
    QCOMPARE(code->count(), 4); // none, and three
    QVERIFY(made.request().controlCode.empty());
    code->setText(QStringLiteral("Anna"));
    QCOMPARE(made.request().controlCode, std::string("Anna"));
    m_undo.undo();
    QVERIFY(made.request().controlCode.empty());
    m_undo.redo();
    QCOMPARE(made.request().controlCode, std::string("Anna"));
}

void SearchTest::aPanelIsDoubled()
{
    const QTemporaryDir folder;
    QSettings settings(folder.filePath(QStringLiteral("s.ini")), QSettings::IniFormat);
    FakeEngine engine;
    MainWindow window(engine, settings,
                      {.path = QStringLiteral("/nowhere/tiny"),
                       .task = QStringLiteral("text-generation"),
                       .text = QStringLiteral("the cat")});
    window.resize(1200, 800);
    window.show();
    window.begin();
    engine.answerLoad(m_model);
    engine.answerRun();
    auto &workspace = *window.findChild<Workspace *>();
    QVERIFY(!workspace.isDoubled());
    window.findChild<QAction *>(QStringLiteral("double"))->trigger();
    QVERIFY(workspace.isDoubled());
    FakeEngine &second = *engine.lastOther;
    QCOMPARE(second.runs.size(), std::size_t{1}); // at once
    QCOMPARE(second.runs[0].text, std::string("the cat"));
    QCOMPARE(second.runs[0].controlCode, std::string("the"));
    second.answerRun();
    auto *difference = dynamic_cast<DifferenceView *>(workspace.view(QStringLiteral("difference")));
    QVERIFY(difference != nullptr && difference->comparison().isPossible);
    QVERIFY(!window.grab().isNull());
    workspace.panel()->setRequest({.text = "Anna eats"}); // the second side follows
    workspace.runNow();
    engine.answerRun();
    QCOMPARE(second.runs.size(), std::size_t{2});
    QCOMPARE(second.runs[1].text, std::string("Anna eats"));
    window.findChild<QAction *>(QStringLiteral("double"))->trigger();
    QVERIFY(!workspace.isDoubled());
    QVERIFY(workspace.view(QStringLiteral("difference")) == nullptr);
}

void SearchTest::sentencesShareTheMass()
{
    const QString text = QStringLiteral("Anna eats. The cat sat.  A dog");
    const auto sentences = sentencesOf(text);
    QCOMPARE(sentences.size(), std::size_t{3});
    QCOMPARE(text.mid(sentences[1].begin, sentences[1].length()), QString("The cat sat."));
    engine::Encoding source;
    source.offsets = {{0, 0}, {0, 4}, {4, 9}, {10, 14}, {25, 26}};
    source.ids = {0, 1, 2, 3, 4};
    source.sequence = {-1, 0, 0, 0, 0};
    const Alignment alignment{
        .targets = 2, .sources = 5, .weights = {0.2F, 0.3F, 0.1F, 0.4F, 0.0F, 0.0F, 0.1F, 0.1F, 0.2F, 0.6F}};
    const SentenceMasses masses = sentenceMasses(text, source, alignment);
    QCOMPARE(masses.shares.size(), std::size_t{3});
    QVERIFY(std::abs(masses.elsewhere - 0.1) < 1e-6);
    QVERIFY(std::abs(masses.shares[0] - 0.3) < 1e-6);
    QVERIFY(std::abs(masses.shares[1] - 0.3) < 1e-6);
    QVERIFY(std::abs(masses.shares[2] - 0.3) < 1e-6);
    QVERIFY(sentenceMasses(text, source, {}).sentences.empty());
}

void SearchTest::viewsAreExported()
{
    GenerationPanel &made = panel();
    made.resize(640, 2000);
    made.show();
    show(made, beamResult(m_model));
    show(made, beamResult(m_model));
    made.compareWith(0);
    const QTemporaryDir folder;
    QStringList ids;
    for (View *view : made.views()) {
        ids << view->viewId();
        for (const QString &extension : view->exportExtensions()) {
            const QString file = folder.filePath(view->viewId() + QLatin1Char('.') + extension);
            QCOMPARE(view->exportTo(file, QSize(500, std::max(40, view->heightForWidth(500))), 1.0), QString());
            QVERIFY(QFileInfo(file).size() > 60);
        }
    }
    QCOMPARE(ids, (QStringList{"pipeline", "tape", "beams", "difference"}));
}

QTEST_MAIN(SearchTest)
#include "search_test.moc"
