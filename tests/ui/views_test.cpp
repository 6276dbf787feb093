// SPDX-License-Identifier: GPL-3.0-or-later
#include "view_results.h"

#include "ui/paint/text.h"
#include "ui/views/heat_plot.h"
#include "ui/views/layers_view.h"
#include "ui/views/mask_view.h"
#include "ui/views/model_view.h"
#include "ui/views/views.h"

#include <QDir>
#include <QElapsedTimer>
#include <QImageReader>
#include <QJsonArray>
#include <QJsonDocument>
#include <QPainter>
#include <QSvgRenderer>
#include <QTemporaryDir>
#include <QTest>

#include <set>

using namespace ui;
using testing_views::Sizes;

namespace {

bool hasInk(const QImage &image)
{
    std::set<QRgb> colours;
    for (int y = 0; y < image.height(); y += 2)
        for (int x = 0; x < image.width(); x += 2)
            colours.insert(image.pixel(x, y));
    return colours.size() > 3;
}

QByteArray contentOf(const QString &file)
{
    QFile in(file);
    return in.open(QIODevice::ReadOnly) ? in.readAll() : QByteArray();
}

} // namespace

class ViewsTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void hasEveryView();
    void everyViewPaints_data();
    void everyViewPaints();
    void everyViewExports();
    void refusesOtherFiles();
    void clickSelectsThePair();
    void numbersOfTheMask();
    void numbersOfTheLayers();
    void costFollowsFromSizes();
    void survivesForeignSelections();
    void pictures();

private:
    struct Shown {
        SelectionModel selection;
        QWidget host;
        std::vector<InspectorTab> tabs;
        Shown() : tabs(makeInspector(selection, &host)) {}
        void show(const LoadedModelPtr &model, const TaskResultPtr &result)
        {
            for (const InspectorTab &tab : tabs)
                for (View *view : tab.views)
                    view->show(model, result);
        }
        View *view(const QString &id)
        {
            for (const InspectorTab &tab : tabs)
                for (View *candidate : tab.views)
                    if (candidate->viewId() == id)
                        return candidate;
            return nullptr;
        }
    };
    QTemporaryDir m_folder;
};

void ViewsTest::initTestCase()
{
    Theme::apply(Theme::light());
    QVERIFY(m_folder.isValid());
}

void ViewsTest::hasEveryView()
{
    Shown shown;
    QStringList ids;
    for (const InspectorTab &tab : shown.tabs)
        ids << tab.id;
    QCOMPARE(ids, (QStringList{"tokens", "attention", "mask", "mechanism", "layers", "xray", "model", "objective"}));
    for (const char *id :
         {"tokens", "attention", "lines", "grid", "neuron", "mask", "layers", "xray", "model", "objective"}) {
        View *view = shown.view(QLatin1String(id));
        QVERIFY2(view != nullptr, id);
        QVERIFY2(!view->accessibleName().isEmpty(), id);
        QVERIFY2(!view->windowTitle().isEmpty(), id);
    }
    InspectorPage *page = shown.tabs[1].page;
    for (const char *id : {"lines", "grid", "neuron", "attention"}) {
        page->bringUp(QLatin1String(id));
        QVERIFY2(!shown.view(QLatin1String(id))->isHidden(), id);
    }
}

void ViewsTest::everyViewPaints_data()
{
    QTest::addColumn<int>("tokens");
    QTest::addColumn<bool>("isDark");
    QTest::newRow("nothing") << 0 << false;
    QTest::newRow("small") << 10 << false;
    QTest::newRow("small, dark") << 10 << true;
    QTest::newRow("512 tokens") << 512 << false;
}

void ViewsTest::everyViewPaints()
{
    QFETCH(int, tokens);
    QFETCH(bool, isDark);
    Theme::apply(isDark ? Theme::dark() : Theme::light());
    const Sizes sizes{.tokens = std::max(1, tokens),
                      .layers = tokens > 100 ? 12 : 3,
                      .heads = tokens > 100 ? 12 : 4,
                      .isCausal = isDark};
    Shown shown;
    shown.show(tokens > 0 ? testing_views::describedModel(sizes) : nullptr,
               tokens > 0 ? testing_views::randomFillMask(sizes) : nullptr);
    for (const InspectorTab &tab : shown.tabs) {
        for (View *view : tab.views) {
            tab.page->bringUp(view->viewId());
            QElapsedTimer timer;
            timer.start();
            QImage image(560, 800, QImage::Format_ARGB32_Premultiplied);
            image.fill(Theme::current().card);
            QPainter painter(&image);
            view->paintExport(painter, image.size());
            painter.end();
            const qint64 first = timer.restart();
            view->resize(528, 780);
            const QImage grabbed = view->grab().toImage();
            qInfo("%s: picture %lld ms, on screen %lld ms", qPrintable(view->viewId()), first, timer.elapsed());
            QVERIFY2(hasInk(image), qPrintable(view->viewId()));
            QVERIFY2(hasInk(grabbed), qPrintable(view->viewId()));
        }
    }
    Theme::apply(Theme::light());
}

void ViewsTest::everyViewExports()
{
    const Sizes sizes{};
    Shown shown;
    shown.show(testing_views::describedModel(sizes), testing_views::randomFillMask(sizes));
    for (const InspectorTab &tab : shown.tabs) {
        for (View *view : tab.views) {
            for (const QString &extension : view->exportExtensions()) {
                const QString file = m_folder.filePath(view->viewId() + QLatin1Char('.') + extension);
                const QString problem = view->exportTo(file, {560, 700}, 2.0);
                QVERIFY2(problem.isEmpty(), qPrintable(problem));
                if (view->viewId() == "teacher" && (extension == "csv" || extension == "json"))
                    continue; // a heading alone: no teacher was chosen
                const QByteArray content = contentOf(file);
                QVERIFY2(content.size() > 30, qPrintable(file));
                if (extension == "png")
                    QCOMPARE(QImageReader(file).size(), QSize(1120, 1400));
                else if (extension == "svg")
                    QVERIFY2(QSvgRenderer(content).isValid(), qPrintable(file));
                else if (extension == "pdf")
                    QVERIFY(content.startsWith("%PDF"));
                else if (extension == "json")
                    QVERIFY2(!QJsonDocument::fromJson(content).isNull(), qPrintable(file));
                else if (extension == "csv")
                    QVERIFY2(content.count('\n') > 2, qPrintable(file));
                else
                    QVERIFY(content.startsWith("\x93NUMPY"));
            }
        }
    }
}

void ViewsTest::refusesOtherFiles()
{
    Shown shown;
    shown.show(nullptr, nullptr);
    QVERIFY(shown.view("grid")->exportTo(m_folder.filePath("grid.bmp"), {100, 100}, 1.0).contains("png"));
    QVERIFY(!shown.view("attention")->exportTo(m_folder.filePath("none.csv"), {100, 100}, 1.0).isEmpty());
    QVERIFY(!shown.view("attention")->exportTo(m_folder.filePath("no/such/folder.png"), {100, 100}, 1.0).isEmpty());
    QVERIFY(!shown.view("attention")->exportTo(m_folder.filePath("huge.png"), {100000, 100}, 4.0).isEmpty());
    QVERIFY(!QFile::exists(m_folder.filePath("none.csv")));
}

void ViewsTest::clickSelectsThePair()
{
    Shown shown;
    shown.show(nullptr, testing_views::randomFillMask({}));
    shown.host.resize(560, 900);
    shown.tabs[1].page->setGeometry(0, 0, 560, 900);
    shown.host.show();
    QVERIFY(QTest::qWaitForWindowExposed(&shown.host));
    auto *plot = shown.view("attention")->findChild<HeatPlot *>();
    QVERIFY(plot != nullptr && plot->content().rows == 10);
    const HeatMapGeometry geometry = plot->geometryNow();
    QTest::mouseClick(plot, Qt::LeftButton, {}, geometry.rectOf({5, 2}).center().toPoint());
    QCOMPARE(shown.selection.current().query, std::optional<std::int64_t>(5));
    QCOMPARE(shown.selection.current().key, std::optional<std::int64_t>(2));
    QTest::keyClick(plot, Qt::Key_Right);
    QCOMPARE(shown.selection.current().key, std::optional<std::int64_t>(3));
    plot->setRange(QRectF(2, 2, 0.1, 0.1));
    QCOMPARE(plot->range().width(), 1.0);
    QTest::keyClick(plot, Qt::Key_Home);
    QCOMPARE(plot->range(), fullRange(10, 10));
    shown.selection.selectHead(1, 2);
    QVERIFY2(shown.view("attention")->accessibleDescription().contains("Anna"),
             qPrintable(shown.view("attention")->accessibleDescription()));
}

void ViewsTest::numbersOfTheMask()
{
    const Matrix pairs{{}, 10, 10};
    QCOMPARE(countPairs(engine::MaskRule::causal(0), 0, pairs).visible, 55);
    QCOMPARE(countPairs(engine::MaskRule::full(), 0, pairs).visible, 100);
    const auto padding = engine::MaskRule::padding({{true, true, true, true, true, true, true, false, false, false}});
    QCOMPARE(countPairs(padding, 0, pairs).visible, 70);
    QCOMPARE(countPairs(engine::MaskRule::all({engine::MaskRule::causal(0), padding}), 0, pairs).visible, 49);
}

void ViewsTest::numbersOfTheLayers()
{
    engine::Trace trace;
    trace.hiddenStates.push_back(
        {engine::Stack::Encoder, 0, engine::Tensor::fromFloats({1, 2, 2}, std::vector<float>{3, 4, 1, 0})});
    trace.hiddenStates.push_back(
        {engine::Stack::Encoder, 1, engine::Tensor::fromFloats({1, 2, 2}, std::vector<float>{6, 8, 0, 1})});
    const HiddenNumbers numbers = hiddenNumbers(trace, engine::Stack::Encoder, 0);
    QCOMPARE(numbers.norms, (std::vector<float>{5, 1, 10, 1}));
    QVERIFY(std::abs(numbers.changes[0]) < 1e-6F);
    QCOMPARE(numbers.changes[1], 1.0F);
}

void ViewsTest::costFollowsFromSizes()
{
    const Sizes sizes{};
    const auto result = testing_views::randomFillMask(sizes);
    const auto ledger = costLedger(testing_views::describedModel(sizes)->info(), *result);
    QCOMPARE(ledger.size(), std::size_t{5});
    QCOMPARE(ledger[0].multiplyAdds, 0);
    QCOMPARE(ledger[1].multiplyAdds, 150000 * 10 + 2 * 10 * 10 * 16);
    QCOMPARE(ledger[1].attentionBytes, 4 * 10 * 10 * 4);
    QCOMPARE(ledger[2].milliseconds, 0.5);
}

void ViewsTest::survivesForeignSelections()
{
    Shown shown;
    shown.show(testing_views::describedModel({}), testing_views::randomFillMask({}));
    shown.selection.select(
        {.stack = engine::Stack::Cross, .layer = 99, .head = 77, .row = 5, .query = 4000, .key = 4000, .step = -3});
    for (const InspectorTab &tab : shown.tabs) {
        for (View *view : tab.views) {
            QImage image(300, 300, QImage::Format_RGB32);
            image.fill(Qt::white);
            QPainter painter(&image);
            view->paintExport(painter, image.size());
            painter.end();
            QVERIFY(hasInk(image));
        }
    }
    auto bare = std::make_shared<engine::TaskResult>();
    auto trace = std::make_shared<engine::Trace>();
    trace->dropped.push_back("attention of layer 3: 4.0 GB over the budget of 1.0 GB");
    bare->trace = trace;
    shown.show(nullptr, bare);
    for (const InspectorTab &tab : shown.tabs)
        for (View *view : tab.views)
            QVERIFY(!view->grab().isNull());
}

// With MODELARIUM_SHOTS=folder: every view as a picture, to look at.
void ViewsTest::pictures()
{
    const QString folder = qEnvironmentVariable("MODELARIUM_SHOTS");
    if (folder.isEmpty())
        QSKIP("MODELARIUM_SHOTS is not set");
    QDir().mkpath(folder);
    for (const int tokens : {10, 300}) {
        for (const bool isDark : {false, true}) {
            Theme::apply(isDark ? Theme::dark() : Theme::light());
            const Sizes sizes{.tokens = tokens,
                              .layers = tokens > 100 ? 12 : 3,
                              .heads = tokens > 100 ? 12 : 4,
                              .isCausal = tokens > 100};
            Shown shown;
            shown.host.resize(560, 800);
            for (const InspectorTab &tab : shown.tabs)
                tab.page->setGeometry(0, 0, 560, 800);
            shown.show(testing_views::describedModel(sizes), testing_views::randomFillMask(sizes));
            shown.selection.select({.layer = 1, .head = 2, .query = 5, .key = 2, .step = {}});
            shown.host.show();
            for (const InspectorTab &tab : shown.tabs) {
                for (View *view : tab.views) {
                    tab.page->raise();
                    tab.page->bringUp(view->viewId());
                    QTest::qWait(150);
                    const QString name = QStringLiteral("%1/%2-%3-%4.png")
                                             .arg(folder, view->viewId())
                                             .arg(tokens)
                                             .arg(isDark ? "dark" : "light");
                    QVERIFY(shown.host.grab().save(name));
                }
            }
        }
    }
    Theme::apply(Theme::light());
}

QTEST_MAIN(ViewsTest)
#include "views_test.moc"
