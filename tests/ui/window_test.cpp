// SPDX-License-Identifier: GPL-3.0-or-later
#include "fake_engine.h"

#include "ui/panels/task_panel.h"
#include "ui/panels/undo_text.h"
#include "ui/shell/command_palette.h"
#include "ui/shell/flow_layout.h"
#include "ui/shell/header_bar.h"
#include "ui/shell/main_window.h"
#include "ui/shell/pill_button.h"
#include "ui/shell/shelf_model.h"
#include "ui/shell/strips.h"
#include "ui/shell/token_chips.h"
#include "ui/shell/verdict.h"
#include "ui/shell/workspace.h"
#include "ui/state/numbers.h"
#include "ui/state/theme.h"
#include "ui/views/view.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QLineEdit>
#include <QMenuBar>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QWindow>

using namespace ui;
using namespace ui::test;
using engine::TaskKind;

class WindowTest : public QObject {
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void shelfModelIsSound();
    void firstRunSettles();
    void failedLoadKeepsTheModel();
    void escapeStops();
    void staleAnswersAreDropped();
    void tooLongTextOffersToCut();
    void everyActionIsFound();
    void paletteFilters();
    void sessionComesBack();
    void nothingIsCutWhenSmall();
    void themesCoverAllColours();
    void chipsWrap();
    void numbersHaveUnits();
    void progressSaysWhatIsLeft();
    void verdictNamesWhatIsMissing();

private:
    void open(const ModelOptions &options = {.tasks = {TaskKind::FillMask, TaskKind::TextClassification}});
    [[nodiscard]] QAction *action(const char *id) const { return m_window->findChild<QAction *>(id); }
    [[nodiscard]] Workspace &workspace() const { return *m_window->findChild<Workspace *>(); }

    QTemporaryDir m_folder;
    std::unique_ptr<QSettings> m_settings;
    std::unique_ptr<FakeEngine> m_engine;
    std::unique_ptr<MainWindow> m_window;
};

void WindowTest::init()
{
    m_settings = std::make_unique<QSettings>(m_folder.filePath(QStringLiteral("s.ini")), QSettings::IniFormat);
    m_settings->clear();
    m_engine = std::make_unique<FakeEngine>();
    WindowStart start;
    start.path = QStringLiteral("/nowhere/tiny");
    start.task = QStringLiteral("fill-mask");
    start.text = QStringLiteral("Anna eats [MASK] at noon");
    m_window = std::make_unique<MainWindow>(*m_engine, *m_settings, start);
}

void WindowTest::cleanup()
{
    m_window.reset();
}

void WindowTest::open(const ModelOptions &options)
{
    m_window->show();
    m_window->begin();
    m_engine->answerLoad(makeModel(options));
}

void WindowTest::shelfModelIsSound()
{
    const std::vector<engine::FamilyInfo> families = {
        {.id = "bert", .title = "BERT", .category = engine::Category::Autoencoding, .tasks = {}, .description = "masks"},
        {.id = "gpt2", .title = "GPT-2", .category = engine::Category::Autoregressive, .tasks = {}, .description = "writes"}};
    ShelfModel model(families);
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QCOMPARE(model.rowCount(), 6);
    const QModelIndex encoders = model.index(1, 0);
    QVERIFY(model.index(0, 0, encoders).data(ShelfModel::PathRole).toString().isEmpty());
    model.setModels({{.name = "bert-mini", .directory = "/m/bert-mini", .familyId = "bert", .bytes = 10, .source = "bundled", .problem = {}},
                     {.name = "mine", .directory = "/m/mine", .familyId = "bert", .bytes = 438'000'000, .source = "cache", .problem = {}},
                     {.name = "broken", .directory = "/m/broken", .familyId = "", .bytes = 1, .source = "folder", .problem = "no weights"}});
    const QModelIndex bert = model.index(0, 0, model.index(1, 0));
    QCOMPARE(bert.data(ShelfModel::PathRole).toString(), QStringLiteral("/m/bert-mini"));
    QCOMPARE(bert.data(ShelfModel::DetailRole).toString(), QStringLiteral("bert-mini"));
    const QModelIndex own = model.index(5, 0);
    QCOMPARE(model.rowCount(own), 2);
    QCOMPARE(model.index(0, 0, own).data(ShelfModel::DetailRole).toString(), QStringLiteral("438 MB"));
    QVERIFY(model.index(1, 0, own).data(ShelfModel::PathRole).toString().isEmpty());
    model.setCurrent({.familyId = QStringLiteral("bert"), .path = QStringLiteral("/m/bert-mini")});
    QVERIFY(bert.data(ShelfModel::CurrentRole).toBool());
}

void WindowTest::firstRunSettles()
{
    QSignalSpy settled(m_window.get(), &MainWindow::settled);
    open();
    QCOMPARE(m_engine->loads, std::vector<QString>{QStringLiteral("/nowhere/tiny")});
    QCOMPARE(m_engine->runs.size(), std::size_t{1});
    QCOMPARE(m_engine->runs[0].task, TaskKind::FillMask);
    QCOMPARE(m_engine->runs[0].text, std::string("Anna eats [MASK] at noon"));
    QVERIFY(m_engine->runs[0].trace.wantsAttentions);
    m_engine->answerRun();
    QVERIFY(settled.wait(2000));
    QCOMPARE(settled.front().front().toString(), QString());
    QVERIFY(m_window->currentView() != nullptr);
}

void WindowTest::failedLoadKeepsTheModel()
{
    open();
    m_engine->answerRun();
    const QString title = m_window->windowTitle();
    m_window->openPath(QStringLiteral("/nowhere/broken"));
    m_engine->failLoad(QStringLiteral("broken/config.json: not found"));
    QVERIFY(workspace().message().text().contains(QStringLiteral("broken/config.json: not found")));
    QCOMPARE(workspace().message().kind(), MessageKind::Problem);
    QCOMPARE(m_window->windowTitle(), title);
    action("run")->trigger();
    QCOMPARE(m_engine->runs.size(), std::size_t{2});
}

void WindowTest::escapeStops()
{
    open();
    auto *run = &m_window->findChild<HeaderBar *>()->runButton();
    QCOMPARE(run->kind(), PillKind::Stop);
    QTest::keyClick(m_window.get(), Qt::Key_Escape);
    action("stop")->trigger();
    QVERIFY(m_engine->stops >= 1);
    m_engine->cancelRun();
    QCOMPARE(run->kind(), PillKind::Primary);
}

void WindowTest::staleAnswersAreDropped()
{
    open();
    const RunId first = m_engine->lastRun;
    action("run")->trigger();
    emit m_engine->runFailed(first, QStringLiteral("too late"));
    QVERIFY(workspace().message().text() != QStringLiteral("too late"));
    m_engine->answerRun();
    QCOMPARE(m_window->findChild<HeaderBar *>()->runButton().kind(), PillKind::Primary);
}

void WindowTest::tooLongTextOffersToCut()
{
    open({.tasks = {TaskKind::FillMask}, .maxPositions = 4});
    QCOMPARE(m_engine->runs.size(), std::size_t{0});
    QVERIFY2(workspace().message().text().contains(QStringLiteral("3 tokens would be cut")),
             qPrintable(workspace().message().text()));
    workspace().message().offerButton().click();
    QCOMPARE(m_engine->runs.size(), std::size_t{1});
    QVERIFY(m_engine->runs[0].truncate);
}

void WindowTest::everyActionIsFound()
{
    struct Expected {
        const char *id;
        const char *shortcut;
    };
    for (const Expected &expected :
         {Expected{"open", "Ctrl+O"}, Expected{"export", "Ctrl+E"}, Expected{"undo", "Ctrl+Z"}, Expected{"find", "Ctrl+F"},
          Expected{"run", "Ctrl+Return"}, Expected{"stop", "Esc"}, Expected{"shortcuts", "F1"}, Expected{"full-screen", "F11"},
          Expected{"palette", "Ctrl+K"}, Expected{"quit", "Ctrl+Q"}, Expected{"zoom-in", "Ctrl++"}}) {
        QVERIFY2(action(expected.id) != nullptr, expected.id);
        QCOMPARE(action(expected.id)->shortcut().toString(QKeySequence::PortableText), QString::fromLatin1(expected.shortcut));
    }
    QCOMPARE(m_window->menuBar()->actions().size(), 6);
    QSet<QString> seen;
    for (const QAction *each : m_window->findChildren<QAction *>()) {
        for (const QKeySequence &keys : each->shortcuts()) {
            QVERIFY2(!seen.contains(keys.toString()), qPrintable(keys.toString()));
            seen.insert(keys.toString());
        }
    }
}

void WindowTest::paletteFilters()
{
    m_window->show();
    action("palette")->trigger();
    auto *palette = m_window->findChild<CommandPalette *>();
    const int all = palette->shownCount();
    QVERIFY(all > 15);
    palette->filter().setText(QStringLiteral("dark"));
    QCOMPARE(palette->shownCount(), 1);
    palette->triggerCurrent();
    QVERIFY(Theme::current().isDark);
    QVERIFY(!palette->isVisible());
}

void WindowTest::sessionComesBack()
{
    open();
    m_engine->answerRun();
    m_window->close();
    QCOMPARE(m_settings->value("session/task").toString(), QStringLiteral("fill-mask"));
    QCOMPARE(m_settings->value("session/inputs").toMap().value("text").toString(), QStringLiteral("Anna eats [MASK] at noon"));
    const engine::TaskRequest request{.text = "a", .textPair = "b", .choices = {"c", "d"}};
    const engine::TaskRequest back = fromVariant(toVariant(request), TaskKind::MultipleChoice);
    QCOMPARE(back.text, request.text);
    QCOMPARE(back.textPair, request.textPair);
    QCOMPARE(back.choices, request.choices);
}

void WindowTest::nothingIsCutWhenSmall()
{
    open({.tasks = {engine::allTasks().begin(), engine::allTasks().end()}});
    m_engine->answerRun();
    m_window->resize(1000, 640);
    QTest::qWait(60);
    QCOMPARE(m_window->size(), QSize(1000, 640)); // no minimum pushes the window wider
    for (const PillButton *button : m_window->findChildren<PillButton *>()) {
        if (!button->isVisible() || button->parentWidget() == nullptr)
            continue;
        QVERIFY2(button->width() >= button->sizeHint().width(), qPrintable(button->text()));
        QVERIFY2(button->parentWidget()->rect().contains(button->geometry()), qPrintable(button->text()));
    }
}

void WindowTest::themesCoverAllColours()
{
    for (const Theme &theme : {Theme::light(), Theme::dark()}) {
        for (const QColor &colour : {theme.ground, theme.card, theme.cardBorder, theme.text, theme.dimText, theme.accent,
                                     theme.accentText, theme.accentGround, theme.chip, theme.warning, theme.danger})
            QVERIFY(colour.isValid());
        const auto luminance = [](const QColor &c) {
            const auto linear = [](double v) { return v <= 0.03928 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4); };
            return 0.2126 * linear(c.redF()) + 0.7152 * linear(c.greenF()) + 0.0722 * linear(c.blueF());
        };
        const auto contrast = [&](const QColor &a, const QColor &b) {
            const double x = luminance(a) + 0.05;
            const double y = luminance(b) + 0.05;
            return std::max(x, y) / std::min(x, y);
        };
        QVERIFY(contrast(theme.text, theme.card) >= 4.5);
        QVERIFY(contrast(theme.dimText, theme.card) >= 4.5);
        QVERIFY(contrast(theme.dimText, theme.chip) >= 4.5);
        QVERIFY(contrast(theme.accentText, theme.accent) >= 4.5);
    }
    QCOMPARE(viridis(0.0), qRgb(68, 1, 84));
    QCOMPARE(viridis(1.0), qRgb(253, 231, 37));
    QCOMPARE(viridis(-3.0), viridis(0.0));
}

void WindowTest::chipsWrap()
{
    const ChipGeometry geometry = layOutChips({40, 40, 40, 500}, {.maxWidth = 100, .gap = 6, .lineHeight = 20});
    QCOMPARE(geometry.places[1], QRect(46, 0, 40, 20));
    QCOMPARE(geometry.places[2], QRect(0, 26, 40, 20));
    QCOMPARE(geometry.places[3], QRect(0, 52, 100, 20)); // too wide for any line: as wide as the line
    QCOMPARE(geometry.height, 72);
}

void WindowTest::numbersHaveUnits()
{
    QCOMPARE(bytesText(4700), QStringLiteral("4.7 KB"));
    QCOMPARE(bytesText(438'000'000), QStringLiteral("438 MB"));
    QCOMPARE(countText(912'345), QStringLiteral("0.9 M"));
    QCOMPARE(countText(124'439'808), QStringLiteral("124 M"));
    QCOMPARE(probabilityText(0.0001), QStringLiteral("<0.001"));
    QCOMPARE(probabilityText(0.83), QStringLiteral("0.830"));
    QCOMPARE(groupedText(4096), QStringLiteral("4,096"));
    QCOMPARE(millisecondsText(1.94), QStringLiteral("1.9 ms"));
    QCOMPARE(surprisalBits(0.25), 2.0);
}

void WindowTest::progressSaysWhatIsLeft()
{
    const engine::Progress progress{.what = "loading", .done = 120'000'000, .total = 480'000'000, .unit = "bytes"};
    QCOMPARE(progressText(progress, 50), QStringLiteral("loading 120 MB / 480 MB"));
    QCOMPARE(progressText(progress, 1000), QStringLiteral("loading 120 MB / 480 MB · 120 MB/s · 3.0 s left"));
}

void WindowTest::verdictNamesWhatIsMissing()
{
    engine::ModelInfo info = makeModel({})->info();
    info.tokenizerKind.clear();
    const QString said = verdict(info);
    QVERIFY(said.contains(QStringLiteral("BERT")));
    QVERIFY(said.contains(QStringLiteral("Fill mask")));
    QVERIFY(said.contains(QStringLiteral("tokenizer")));
}

QTEST_MAIN(WindowTest)
#include "window_test.moc"
