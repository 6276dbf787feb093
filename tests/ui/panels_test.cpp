// SPDX-License-Identifier: GPL-3.0-or-later
#include "fake_engine.h"

#include "ui/panels/answer_panel.h"
#include "ui/panels/branch_tree.h"
#include "ui/panels/choice_panel.h"
#include "ui/panels/feature_panel.h"
#include "ui/panels/fill_mask_panel.h"
#include "ui/panels/generation_panel.h"
#include "ui/panels/image_text_panel.h"
#include "ui/panels/index_card.h"
#include "ui/panels/label_panel.h"
#include "ui/panels/lit_text.h"
#include "ui/panels/panel_table.h"
#include "ui/panels/passages_card.h"
#include "ui/panels/picture_card.h"
#include "ui/panels/region_picture.h"
#include "ui/panels/rows.h"
#include "ui/panels/sampler_card.h"
#include "ui/panels/similarity_grid.h"
#include "ui/panels/tagging_panel.h"
#include "ui/panels/undo_text.h"
#include "ui/panels/vote_grid.h"
#include "ui/shell/card.h"
#include "ui/shell/pill_button.h"
#include "ui/shell/token_chips.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QMimeData>
#include <QSignalSpy>
#include <QSlider>
#include <QTemporaryDir>
#include <QTest>
#include <QUndoStack>

using namespace ui;
using namespace ui::test;
using engine::TaskKind;

class PanelsTest : public QObject {
    Q_OBJECT
private slots:
    void init()
    {
        m_undo.clear();
        m_selection.select({});
        m_model = makeModel({.tasks = {engine::allTasks().begin(), engine::allTasks().end()}});
    }
    void everyTaskOfTheTableHasItsPanel();
    void answersArePainted_data();
    void answersArePainted();
    void textsAreComparedInPairs();
    void aChosenTokenLightsThePicture();
    void picturesAreDroppedPastedAndTakenBack();
    void clickMasksTheWordByItsOffsets();
    void secondClickBringsTheWordBack();
    void acceptPutsTheWordIntoTheMask();
    void differenceAgainstTheRunBefore();
    void slidersNeverRun();
    void removedCandidatesAreHatched();
    void barsBranchAndUndoGoesBack();
    void undoTakesTextBack();
    void taggedSpansAreLit();
    void answerIsLitInThePassage();
    void choicesFollowTheRequest();
    void passagesAreTypedOneALine();
    void votesHaveACellForEveryDocument();
    void anIndexIsAskedForAndShown();
    void branchesInOrder();
    void offsetsCountCodePoints();

private:
    template <typename Panel> Panel *make(TaskKind task)
    {
        auto *panel = dynamic_cast<Panel *>(makePanel(task, {.selection = m_selection, .undo = m_undo}));
        m_owned.reset(panel);
        panel->setModel(m_model);
        return panel;
    }
    void press(TaskPanel &panel, int chip)
    {
        auto *chips = panel.findChild<TokenChips *>();
        emit chips->clicked(chip);
    }

    QUndoStack m_undo;
    SelectionModel m_selection;
    LoadedModelPtr m_model;
    std::unique_ptr<TaskPanel> m_owned;
};

void PanelsTest::everyTaskOfTheTableHasItsPanel()
{
    int panels = 0;
    for (const TaskKind task : engine::allTasks()) {
        const std::unique_ptr<TaskPanel> panel(makePanel(task, {.selection = m_selection, .undo = m_undo}));
        QCOMPARE(panel != nullptr, hasPanel(task));
        if (!panel)
            continue;
        ++panels;
        QCOMPARE(panel->task(), task);
        QVERIFY(!taskTitle(task).isEmpty());
        QVERIFY(!panel->obstacle().isEmpty()); // nothing typed yet, and it says so
    }
    QCOMPARE(panels, 19);
}

void PanelsTest::answersArePainted_data()
{
    QTest::addColumn<int>("task");
    QTest::addColumn<QString>("answer");
    QTest::newRow("fill mask") << static_cast<int>(TaskKind::FillMask) << "bread";
    QTest::newRow("classify") << static_cast<int>(TaskKind::TextClassification) << "positive";
    QTest::newRow("next sentence") << static_cast<int>(TaskKind::NextSentence) << "positive";
    QTest::newRow("answer") << static_cast<int>(TaskKind::QuestionAnswering) << "kitchen";
    QTest::newRow("choose") << static_cast<int>(TaskKind::MultipleChoice) << "the dog";
    QTest::newRow("tag") << static_cast<int>(TaskKind::TokenClassification) << "Anna (PER)";
    QTest::newRow("replaced") << static_cast<int>(TaskKind::ReplacedTokenDetection) << "eats";
    QTest::newRow("picture and text") << static_cast<int>(TaskKind::MultimodalClassification) << "drama, crime";
    QTest::newRow("find passages") << static_cast<int>(TaskKind::QuestionEmbedding) << "Cat";
    QTest::newRow("read") << static_cast<int>(TaskKind::Reading) << "Anna";
    QTest::newRow("by token") << static_cast<int>(TaskKind::RagToken) << "bread at";
    QTest::newRow("by sequence") << static_cast<int>(TaskKind::RagSequence) << "bread at";
    QTest::newRow("vectors") << static_cast<int>(TaskKind::FeatureExtraction) << "a vector of 32 numbers";
}

void PanelsTest::answersArePainted()
{
    QFETCH(int, task);
    QFETCH(QString, answer);
    TaskPanel *panel = make<TaskPanel>(static_cast<TaskKind>(task));
    engine::TaskRequest request{.task = panel->task(), .text = "Anna eats [MASK] at noon"};
    request.textPair = "Anna is in the kitchen";
    request.choices = {"the cat", "the dog"};
    request.image = twoColours();
    request.retrieval.passages = {{.title = "Cat", .text = "Anna sat on the mat."},
                                  {.title = "Dog", .text = "The dog sat."}};
    panel->setRequest(request);
    QVERIFY(panel->obstacle().isEmpty());
    const engine::TaskRequest asked = panel->request();
    QCOMPARE(asked.text, request.text);
    panel->resize(600, 800);
    panel->showRun({.result = resultFor(m_model, asked), .baseline = nullptr, .baselineName = {}});
    QStringList answers;
    for (const Headline *headline : panel->findChildren<Headline *>())
        answers << headline->answer();
    QVERIFY2(answers.contains(answer), qPrintable(answers.join(", ")));
    QVERIFY(!panel->grab().isNull());
    panel->showRun({});
    QVERIFY(!panel->grab().isNull());
}

void PanelsTest::aChosenTokenLightsThePicture()
{
    auto *panel = make<ImageTextPanel>(TaskKind::MultimodalClassification);
    panel->setRequest({.task = panel->task(), .text = "the cat sat", .image = twoColours()});
    panel->resize(500, 900);
    const TaskResultPtr result = resultFor(m_model, panel->request());
    panel->showRun({.result = result, .baseline = nullptr, .baselineName = {}});
    RegionPicture *picture = nullptr;
    for (auto *one : panel->findChildren<RegionPicture *>())
        picture = one->marks().regions.empty() ? picture : one;
    QVERIFY(picture != nullptr);
    m_selection.selectHead(1, 2);
    m_selection.selectPair(4, std::nullopt);
    const PictureMarks &marks = picture->marks();
    QVERIFY(marks.isLit && !marks.current);
    const auto weight = [&](std::int64_t key) {
        return result->trace->attentions[1].weight({.head = 2, .query = 4}, key);
    };
    const double largest = static_cast<double>(std::max(weight(1), weight(2)));
    QCOMPARE(marks.regions[0].share, static_cast<double>(weight(1)) / largest);
    QCOMPARE(marks.regions[1].share, static_cast<double>(weight(2)) / largest);
    QCOMPARE(marks.regions[1].area, QRect(0, 30, 40, 20));

    emit picture->clicked(1); // a part of the picture looks back
    QCOMPARE(m_selection.current().query, std::optional<std::int64_t>(2));
    QCOMPARE(picture->marks().current, std::optional<std::size_t>(1));
    auto *chips = panel->findChildren<TokenChips *>().last();
    QCOMPARE(chips->current(), std::optional<int>(2));
    QTest::keyClick(picture, Qt::Key_Left);
    QCOMPARE(m_selection.current().query, std::optional<std::int64_t>(1));
    QVERIFY(!panel->grab().isNull());
}

void PanelsTest::picturesAreDroppedPastedAndTakenBack()
{
    auto *panel = make<ImageTextPanel>(TaskKind::MultimodalClassification);
    panel->setRequest({.task = panel->task(), .text = "the cat sat"});
    QVERIFY(panel->obstacle().contains("no picture"));
    auto *card = panel->findChild<PictureCard *>();
    const QSignalSpy runs(panel, &TaskPanel::runRequested);

    QImage clear(3, 2, QImage::Format_ARGB32_Premultiplied);
    clear.fill(QColor(200, 100, 50, 128));
    auto *data = new QMimeData;
    data->setImageData(clear);
    QGuiApplication::clipboard()->setMimeData(data);
    card->paste();
    QCOMPARE(runs.count(), 1);
    QCOMPARE(card->image()->width, std::int64_t{3});
    QVERIFY(std::abs(card->image()->pixels[0] - 200) < 3); // the colour, not what shines through
    QVERIFY(panel->obstacle().isEmpty());

    const QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("a.png"));
    QVERIFY(toQImage(twoColours()).save(file));
    card->load(file);
    QTRY_COMPARE(card->image()->width, std::int64_t{40});
    QVERIFY(card->image()->pixels == twoColours()->pixels);
    QCOMPARE(runs.count(), 2);
    const engine::TaskRequest kept = fromVariant(toVariant(panel->request()), panel->task());
    QVERIFY(kept.image && kept.image->pixels == twoColours()->pixels);

    m_undo.undo();
    QCOMPARE(card->image()->width, std::int64_t{3});
    QVERIFY(QFile(file).resize(20));
    card->load(file);
    QTRY_VERIFY(card->problem().contains("a PNG picture that cannot be read"));
    QCOMPARE(card->image()->width, std::int64_t{3});
    QCOMPARE(runs.count(), 2);
}

void PanelsTest::textsAreComparedInPairs()
{
    TaskPanel *panel = make<TaskPanel>(TaskKind::FeatureExtraction);
    engine::TaskRequest request{
        .task = TaskKind::FeatureExtraction, .text = "Anna eats", .furtherTexts = {"the cat", "the dog"}};
    panel->setRequest(request);
    QCOMPARE(panel->request().furtherTexts, request.furtherTexts);
    panel->resize(600, 800);
    panel->showRun({.result = resultFor(m_model, panel->request()), .baseline = nullptr, .baselineName = {}});
    auto *grid = panel->findChild<SimilarityGrid *>();
    QVERIFY(grid != nullptr && !grid->isHidden() && grid->parentWidget()->isVisibleTo(panel));
    QVERIFY(!panel->grab().isNull());
    panel->showRun({});
    QVERIFY(!grid->parentWidget()->isVisibleTo(panel));
}

void PanelsTest::clickMasksTheWordByItsOffsets()
{
    auto *panel = make<FillMaskPanel>(TaskKind::FillMask);
    panel->setRequest({.text = "the baker Anna eats bread"});
    QSignalSpy runs(panel, &TaskPanel::runRequested);
    press(*panel, 3); // [CLS] the baker Anna
    QCOMPARE(panel->request().text, std::string("the baker [MASK] eats bread"));
    QCOMPARE(runs.count(), 1);
    press(*panel, 0); // [CLS] stands for no text
    QCOMPARE(panel->request().text, std::string("the baker [MASK] eats bread"));
    QVERIFY(panel->findChild<TokenChips *>()->chips()[3].isAccent);
}

void PanelsTest::secondClickBringsTheWordBack()
{
    auto *panel = make<FillMaskPanel>(TaskKind::FillMask);
    panel->setRequest({.text = "the baker Anna"});
    press(*panel, 2);
    QCOMPARE(panel->request().text, std::string("the [MASK] Anna"));
    press(*panel, 2);
    QCOMPARE(panel->request().text, std::string("the baker Anna"));
    QVERIFY(!panel->obstacle().isEmpty());
}

void PanelsTest::acceptPutsTheWordIntoTheMask()
{
    auto *panel = make<FillMaskPanel>(TaskKind::FillMask);
    panel->setRequest({.text = "Anna eats [MASK] at [MASK]"});
    panel->showRun({.result = fillMaskResult(m_model, panel->request().text), .baseline = nullptr, .baselineName = {}});
    panel->accept(1, 1);
    QCOMPARE(panel->request().text, std::string("Anna eats [MASK] at soup"));
    m_undo.undo();
    QCOMPARE(panel->request().text, std::string("Anna eats [MASK] at [MASK]"));
}

void PanelsTest::differenceAgainstTheRunBefore()
{
    auto *panel = make<FillMaskPanel>(TaskKind::FillMask);
    panel->setRequest({.text = "Anna eats [MASK]"});
    const auto before = fillMaskResult(m_model, "Anna eats [MASK]");
    const auto after = fillMaskResult(m_model, "the baker Anna eats [MASK] at noon");
    panel->showRun({.result = after, .baseline = before, .baselineName = QStringLiteral("before")});
    bool isSaid = false;
    for (const Headline *headline : panel->findChildren<Headline *>())
        isSaid = isSaid || headline->title() == QStringLiteral("What changed");
    QVERIFY(isSaid);
    const auto rows = differenceRows({{.name = "a", .before = 0.1, .after = 0.4},
                                      {.name = "b", .before = 0.5, .after = 0.1},
                                      {.name = "c", .before = 0.2, .after = 0.2001}},
                                     5);
    QCOMPARE(rows.size(), std::size_t{2});
    QCOMPARE(rows[0].label, QStringLiteral("b"));
    QCOMPARE(rows[0].number, QString(QChar(0x2212)) + QStringLiteral("0.40"));
    QCOMPARE(rows[1].number, QStringLiteral("+0.30"));
}

void PanelsTest::slidersNeverRun()
{
    auto *panel = make<GenerationPanel>(TaskKind::TextGeneration);
    panel->setRequest({.text = "the cat"});
    panel->showRun({.result = generationResult(m_model, "the cat"), .baseline = nullptr, .baselineName = {}});
    QSignalSpy runs(panel, &TaskPanel::runRequested);
    auto *sampler = panel->findChild<SamplerCard *>();
    const BarList *bars = panel->findChild<BarList *>();
    const auto before = bars->rows().front().number;
    for (const char *id : {"temperature", "top-k", "top-p", "repetition", "beams", "new-tokens"}) {
        QVERIFY(sampler->slider(id) != nullptr);
        sampler->slider(id)->setValue(sampler->slider(id)->minimum() + 1);
    }
    QCOMPARE(runs.count(), 0);
    QVERIFY(bars->rows().front().number != before);
    QCOMPARE(sampler->options().beams, std::int64_t{2});
    m_undo.undo();
    m_undo.undo();
    QCOMPARE(sampler->options().beams, std::int64_t{1});
}

void PanelsTest::removedCandidatesAreHatched()
{
    auto *panel = make<GenerationPanel>(TaskKind::TextGeneration);
    panel->setRequest({.text = "the cat"});
    panel->showRun({.result = generationResult(m_model, "the cat"), .baseline = nullptr, .baselineName = {}});
    panel->findChild<SamplerCard *>()->slider("top-k")->setValue(2);
    const auto &rows = panel->findChild<BarList *>()->rows();
    int kept = 0;
    for (const BarRow &row : rows) {
        kept += row.isHatched ? 0 : 1;
        QCOMPARE(row.isHatched, !row.note.isEmpty()); // says which filter removed it
    }
    QVERIFY(kept <= 2);
    QVERIFY(kept < static_cast<int>(rows.size()));
}

void PanelsTest::barsBranchAndUndoGoesBack()
{
    auto *panel = make<GenerationPanel>(TaskKind::TextGeneration);
    panel->setRequest({.text = "the cat"});
    const auto first = generationResult(m_model, "the cat");
    panel->showRun({.result = first, .baseline = nullptr, .baselineName = {}});
    QSignalSpy runs(panel, &TaskPanel::runRequested);
    QSignalSpy chosen(panel, &TaskPanel::resultChosen);
    m_selection.selectStep(2); // what else could follow "the cat"
    panel->branchTo(0);
    QCOMPARE(runs.count(), 1);
    const std::string prompt = panel->request().text;
    QVERIFY2(prompt.starts_with("the cat ") && prompt != "the cat ", prompt.c_str());
    panel->showRun({.result = generationResult(m_model, prompt), .baseline = nullptr, .baselineName = {}});
    auto *tree = panel->findChild<BranchTree *>();
    QCOMPARE(tree->current(), 1);
    m_undo.undo();
    QCOMPARE(panel->request().text, std::string("the cat"));
    QCOMPARE(chosen.count(), 1);
    QCOMPARE(chosen.front().front().value<TaskResultPtr>(), first);
    QCOMPARE(tree->current(), 0);
    m_undo.redo();
    QCOMPARE(panel->request().text, prompt);
    QCOMPARE(tree->current(), 1);
}

void PanelsTest::undoTakesTextBack()
{
    UndoText field(m_undo, QStringLiteral("text"));
    QTest::keyClicks(&field, QStringLiteral("Anna"));
    QCOMPARE(m_undo.count(), 1); // a burst of typing is one step
    field.setText(QStringLiteral("Bert"));
    m_undo.undo();
    QCOMPARE(field.text(), QStringLiteral("Anna"));
    m_undo.undo();
    QCOMPARE(field.text(), QString());
    m_undo.redo();
    QCOMPARE(field.text(), QStringLiteral("Anna"));
}

void PanelsTest::taggedSpansAreLit()
{
    auto *panel = make<TaggingPanel>(TaskKind::TokenClassification);
    panel->setRequest({.text = "the baker Anna eats"});
    panel->showRun({.result = taggingResult(m_model, "the baker Anna eats"), .baseline = nullptr, .baselineName = {}});
    const auto &ranges = panel->findChild<LitText *>()->ranges();
    QCOMPARE(ranges.size(), std::size_t{1});
    QCOMPARE(ranges[0].range.begin, 10);
    QCOMPARE(ranges[0].range.end, 14);
    const auto &chips = panel->findChild<TokenChips *>()->chips();
    QCOMPARE(chips[3].below, QStringLiteral("B-PER"));
    QVERIFY(chips[3].fill.isValid());
    QVERIFY(!chips[2].fill.isValid());
}

void PanelsTest::answerIsLitInThePassage()
{
    auto *panel = make<AnswerPanel>(TaskKind::QuestionAnswering);
    engine::TaskRequest request{.text = "Where is Anna"};
    request.textPair = "Anna is in the kitchen";
    panel->setRequest(request);
    panel->showRun({.result = answerResult(m_model, panel->request()), .baseline = nullptr, .baselineName = {}});
    const auto &ranges = panel->findChild<LitText *>()->ranges();
    QCOMPARE(ranges.size(), std::size_t{1});
    QCOMPARE(ranges[0].range.begin, 15);
    QCOMPARE(ranges[0].range.end, 22);
}

void PanelsTest::choicesFollowTheRequest()
{
    auto *panel = make<ChoicePanel>(TaskKind::MultipleChoice);
    panel->setRequest({.text = "the cat", .choices = {"sat", "on", "mat"}});
    QCOMPARE(panel->request().choices, (std::vector<std::string>{"sat", "on", "mat"}));
    panel->showRun({.result = choiceResult(m_model, panel->request()), .baseline = nullptr, .baselineName = {}});
    QCOMPARE(m_selection.current().row, std::int64_t{1});
    auto *bars = panel->findChild<BarList *>();
    emit bars->activated(1);
    QCOMPARE(m_selection.current().row, std::int64_t{0});
}

void PanelsTest::passagesAreTypedOneALine()
{
    const auto passages = passagesIn(QStringLiteral("Anna | eats bread\n\n no title \n | a | b"));
    QCOMPARE(passages.size(), std::size_t{3});
    QCOMPARE(passages[0].title, std::string("Anna"));
    QCOMPARE(passages[0].text, std::string("eats bread"));
    QCOMPARE(passages[1].text, std::string("no title"));
    QCOMPARE(passages[2].text, std::string("a | b"));
    QCOMPARE(passagesIn(linesOf(samplePassages())).size(), samplePassages().size());
    const engine::TaskRequest request{.task = TaskKind::Reading,
                                      .text = "Where?",
                                      .retrieval = {.passages = passages, .readerFolder = "/r", .documents = 3}};
    const auto again = fromVariant(toVariant(request), TaskKind::Reading);
    QCOMPARE(again.retrieval.passages.size(), passages.size());
    QCOMPARE(again.retrieval.passages[2].text, passages[2].text);
    QCOMPARE(again.retrieval.readerFolder, std::filesystem::path("/r"));
    QCOMPARE(again.retrieval.documents, std::int64_t{3});
}

void PanelsTest::votesHaveACellForEveryDocument()
{
    TaskPanel *panel = make<TaskPanel>(TaskKind::RagToken);
    engine::TaskRequest request{.task = TaskKind::RagToken, .text = "Anna eats"};
    request.retrieval.passages = samplePassages();
    panel->showRun({.result = resultFor(m_model, request), .baseline = nullptr, .baselineName = {}});
    auto *votes = panel->findChild<VoteGrid *>();
    QCOMPARE(votes->rows().size(), std::size_t{2}); // not the start token
    QCOMPARE(votes->rows().front().shares.size(), samplePassages().size());
    votes->resize(500, votes->sizeHint().height());
    QTest::mouseClick(votes, Qt::LeftButton, {}, votes->cellRect(1, 2).center().toPoint());
    QCOMPARE(m_selection.current().row, std::int64_t{2});
    QCOMPARE(m_selection.current().step, std::optional<std::int64_t>(2));
}

void PanelsTest::anIndexIsAskedForAndShown()
{
    TaskPanel *panel = make<TaskPanel>(TaskKind::PassageEmbedding);
    auto *card = panel->findChild<IndexCard *>();
    card->setJob({.folder = "/nowhere/index", .passages = "/nowhere/p.jsonl", .import = {.words = 50, .overlap = 5}});
    QSignalSpy spy(panel, &TaskPanel::indexRequested);
    for (auto *button : card->findChildren<PillButton *>())
        if (button->text() == QStringLiteral("Build index"))
            button->click();
    QCOMPARE(spy.count(), 1);
    const auto job = spy.front().front().value<IndexJob>();
    QVERIFY(job.action == IndexAction::Build);
    QCOMPARE(job.import.words, std::int64_t{50});
    panel->showIndex({.model = "encoder", .dimension = 8, .passages = 1234, .pending = 4});
    QStringList texts;
    for (const auto *label : card->findChildren<DimLabel *>())
        texts << label->text();
    QVERIFY2(texts.join('|').contains(QStringLiteral("1,234")), qPrintable(texts.join('|')));
}

void PanelsTest::branchesInOrder()
{
    const auto lines = orderBranches({{.parent = -1}, {.parent = 0}, {.parent = -1}, {.parent = 1}, {.parent = 0}});
    std::vector<int> order;
    std::vector<int> depths;
    for (const BranchLine &line : lines) {
        order.push_back(line.branch);
        depths.push_back(line.depth);
    }
    QCOMPARE(order, (std::vector<int>{0, 1, 3, 4, 2}));
    QCOMPARE(depths, (std::vector<int>{0, 1, 2, 1, 0}));
}

void PanelsTest::offsetsCountCodePoints()
{
    const QString text = QStringLiteral("a\U0001F600b");
    const TextRange range = toUtf16(text, {.begin = 2, .end = 3});
    QCOMPARE(text.mid(range.begin, range.length()), QStringLiteral("b"));
    const TextRange smile = toUtf16(text, {.begin = 1, .end = 2});
    QCOMPARE(smile.length(), 2);
    QCOMPARE(toUtf16(text, {.begin = 9, .end = 12}).length(), 0);
}

QTEST_MAIN(PanelsTest)
#include "panels_test.moc"
