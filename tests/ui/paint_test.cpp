// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/paint/bars.h"
#include "ui/paint/heat_map.h"
#include "ui/paint/lines.h"
#include "ui/paint/picture.h"

#include <QTest>

#include <set>

using namespace ui;

namespace {

bool hasInk(const QImage &image)
{
    std::set<QRgb> colours;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
            colours.insert(image.pixel(x, y));
    return colours.size() > 3;
}

struct Field {
    std::vector<float> values;
    Matrix matrix;
    Field(std::int64_t rows, std::int64_t columns)
        : values(static_cast<std::size_t>(rows * columns), 0.0F), matrix{values, rows, columns}
    {
    }
    float &at(std::int64_t row, std::int64_t column) { return values[static_cast<std::size_t>(row * matrix.columns + column)]; }
};

} // namespace

class PaintTest : public QObject {
    Q_OBJECT
private slots:
    void poolingKeepsEverySpike();
    void poolingIsExactForWholeBlocks();
    void zoomedInAPixelIsOneCell();
    void cellsAndPixelsAreInverse();
    void rangesStayInside();
    void entropies();
    void headStatisticsMeasureDistance();
    void cosines();
    void heatMapHasInk();
    void hiddenPairsHaveTheirColour();
    void largeHeatMapIsPainted();
    void linesKeepTheMass();
    void linesAreBounded();
    void linesHitTest();
    void barsScale();
    void inkReads();
    void partsOfAPictureAreFound();
    void theBrighterPartCounts();
};

void PaintTest::poolingKeepsEverySpike()
{
    Field field(1000, 900);
    const std::vector<Cell> spikes{{0, 0}, {999, 899}, {500, 1}, {123, 457}, {998, 450}, {31, 898}};
    for (const Cell &spike : spikes) {
        std::fill(field.values.begin(), field.values.end(), 0.0F);
        field.at(spike.row, spike.column) = 1.0F;
        const MaxPyramid pyramid(field.matrix);
        QCOMPARE(pyramid.largest(), 1.0F);
        for (const int width : {7, 100, 333, 899}) {
            const auto pooled = maxPool(pyramid, fullRange(1000, 900), width, width + 3);
            QVERIFY(std::find(pooled.begin(), pooled.end(), 1.0F) != pooled.end());
        }
    }
}

void PaintTest::poolingIsExactForWholeBlocks()
{
    Field field(8, 8);
    for (std::size_t i = 0; i < field.values.size(); ++i)
        field.values[i] = static_cast<float>(i);
    const MaxPyramid pyramid(field.matrix);
    const auto pooled = maxPool(pyramid, fullRange(8, 8), 2, 4);
    const std::vector<float> expected{11, 15, 27, 31, 43, 47, 59, 63};
    QCOMPARE(pooled, expected);
    QCOMPARE(maxPool(pyramid, QRectF(4, 6, 2, 2), 2, 2), (std::vector<float>{52, 53, 60, 61}));
}

void PaintTest::zoomedInAPixelIsOneCell()
{
    const auto spans = cellSpans(2.0, 2.0, 8, 10);
    for (std::size_t i = 0; i < spans.size(); ++i) {
        QCOMPARE(spans[i].begin, i < 4 ? 2 : 3);
        QCOMPARE(spans[i].end, spans[i].begin + 1);
    }
    for (const CellSpan &span : cellSpans(0.0, 10.0, 3, 10))
        QVERIFY(span.end > span.begin && span.begin >= 0 && span.end <= 10);
}

void PaintTest::cellsAndPixelsAreInverse()
{
    const HeatMapGeometry geometry{QRectF(33.0, 71.5, 400.0, 300.0), QRectF(2.5, 10.25, 20.0, 15.0), 60, 50};
    for (std::int64_t row = 11; row < 25; ++row)
        for (std::int64_t column = 3; column < 22; ++column)
            QCOMPARE(geometry.cellAt(geometry.rectOf({row, column}).center()), std::optional<Cell>({row, column}));
    QVERIFY(!geometry.cellAt(QPointF(32.0, 100.0)));
    const HeatMapGeometry past{QRectF(0, 0, 100, 100), QRectF(0, 0, 20, 20), 10, 10};
    QVERIFY(!past.cellAt(QPointF(80, 80)));
}

void PaintTest::rangesStayInside()
{
    QCOMPARE(boundedRange(QRectF(-5, 3, 20, 200), 100, 10), QRectF(0, 0, 10, 100));
    QCOMPARE(boundedRange(QRectF(9.9, 9.9, 0.1, 0.1), 10, 10), QRectF(9, 9, 1, 1));
    const QRectF zoomed = zoomedRange(QRectF(0, 0, 10, 10), QPointF(5, 5), 0.5);
    QCOMPARE(zoomed, QRectF(2.5, 2.5, 5, 5));
}

void PaintTest::entropies()
{
    QCOMPARE(entropyBits(std::vector<float>{0.25F, 0.25F, 0.25F, 0.25F}), 2.0);
    QCOMPARE(entropyBits(std::vector<float>{1.0F, 0.0F}), 0.0);
    QCOMPARE(entropyBits(std::vector<float>{0.5F, 0.25F, 0.25F}), 1.5);
    QVERIFY(std::abs(softmaxEntropyBits(std::vector<float>(8, 100.0F)) - 3.0) < 1e-9);
    QVERIFY(std::abs(softmaxProbability(std::vector<float>{0.0F, std::log(3.0F)}, 1) - 0.75) < 1e-6);
    QVERIFY(softmaxEntropyBits(std::vector<float>{1000.0F, 0.0F}) < 1e-9);
}

void PaintTest::headStatisticsMeasureDistance()
{
    Field field(4, 4);
    for (std::int64_t i = 0; i < 4; ++i)
        field.at(i, (i + 1) % 4) = 1.0F; // one to the right, and the last back to the first
    const HeadStatistics statistics = headStatistics(field.matrix, 0);
    QCOMPARE(statistics.entropyBits, 0.0);
    QCOMPARE(statistics.meanDistance, 1.5);
}

void PaintTest::cosines()
{
    const std::vector<float> x{1, 0}, y{0, 2}, zero{0, 0};
    QCOMPARE(cosine(x, x), 1.0);
    QCOMPARE(cosine(x, y), 0.0);
    QCOMPARE(cosine(x, zero), 0.0);
    QCOMPARE(norm(std::vector<float>{3, 4}), 5.0);
}

// Large cells carry their number in the middle.
static QPoint besideTheNumber(const QRectF &cell)
{
    return (cell.topLeft() + QPointF(2, 2)).toPoint();
}

void PaintTest::heatMapHasInk()
{
    Field field(10, 10);
    for (std::size_t i = 0; i < field.values.size(); ++i)
        field.values[i] = static_cast<float>(i) / 100.0F;
    const MaxPyramid pyramid(field.matrix);
    for (const double side : {400.0, 40.0}) { // squares, and one image
        QImage image(500, 500, QImage::Format_ARGB32_Premultiplied);
        image.fill(Qt::white);
        QPainter painter(&image);
        const HeatMapGeometry geometry{QRectF(60, 60, side, side), fullRange(10, 10), 10, 10};
        paintHeatCells(painter, geometry, {&pyramid, 1.0F, {}});
        paintRulers(painter, geometry, {{"a", "b"}, {"c"}}, {.row = 3, .column = 4});
        paintMarks(painter, geometry, {.row = 3, .column = 4, .hovered = Cell{1, 1}});
        painter.end();
        QVERIFY(hasInk(image));
        const QPoint last = besideTheNumber(geometry.rectOf({9, 9}));
        QCOMPARE(image.pixelColor(last).rgb(), QColor(viridis(std::round(0.99 * 255.0) / 255.0)).rgb());
    }
}

void PaintTest::hiddenPairsHaveTheirColour()
{
    Field field(4, 4);
    field.at(0, 0) = 1.0F;
    const MaxPyramid pyramid(field.matrix);
    for (const double side : {160.0, 16.0}) {
        QImage image(200, 200, QImage::Format_RGB32);
        image.fill(Qt::white);
        QPainter painter(&image);
        const HeatMapGeometry geometry{QRectF(0, 0, side, side), fullRange(4, 4), 4, 4};
        paintHeatCells(painter, geometry, {&pyramid, 1.0F, [](std::int64_t row, std::int64_t column) { return column > row; }});
        painter.end();
        QCOMPARE(image.pixel(besideTheNumber(geometry.rectOf({0, 3}))), hiddenColour().rgb());
        QCOMPARE(image.pixel(besideTheNumber(geometry.rectOf({3, 0}))), viridis(0.0));
    }
}

void PaintTest::largeHeatMapIsPainted()
{
    Field field(4096, 4096);
    for (std::size_t i = 0; i < field.values.size(); i += 977)
        field.values[i] = 0.5F;
    const MaxPyramid pyramid(field.matrix);
    QImage image(560, 560, QImage::Format_RGB32);
    QPainter painter(&image);
    QElapsedTimer timer;
    timer.start();
    constexpr int kFrames = 10;
    for (int frame = 0; frame < kFrames; ++frame) {
        const QRectF range = boundedRange(zoomedRange(fullRange(4096, 4096), QPointF(1000, 3000), std::pow(0.7, frame)), 4096, 4096);
        paintHeatCells(painter, {QRectF(0, 0, 560, 560), range, 4096, 4096}, {&pyramid, 0.5F, {}});
    }
    const double each = static_cast<double>(timer.nsecsElapsed()) / 1e6 / kFrames;
    qInfo("4,096 tokens: %.2f ms a frame", each);
    painter.end();
    QVERIFY(!image.allGray()); // painted, in the colours of the scale
}

void PaintTest::linesKeepTheMass()
{
    Field field(2, 4);
    field.values = {0.5F, 0.3F, 0.15F, 0.05F, 0.0F, 1.0F, 0.0F, 0.0F};
    field.matrix.values = field.values;
    const ChosenLines chosen = chooseLines(field.matrix, {.keptMass = 0.9});
    QCOMPARE(chosen.lines.size(), std::size_t{4});
    QCOMPARE(chosen.lines.back().weight, 1.0F);
    QCOMPARE(chosen.lines.back().key, 1);
    QCOMPARE(chosen.lines.front().weight, 0.15F);
}

void PaintTest::linesAreBounded()
{
    Field field(100, 100);
    for (std::size_t i = 0; i < field.values.size(); ++i)
        field.values[i] = 0.01F + static_cast<float>(i % 7) * 0.001F;
    const ChosenLines chosen = chooseLines(field.matrix, {.keptMass = 1.0, .maxLines = 500});
    QCOMPARE(chosen.lines.size(), std::size_t{500});
    QVERIFY(chosen.wanted > 9000);
    QVERIFY(chosen.lines.front().weight >= 0.015F);
}

void PaintTest::linesHitTest()
{
    for (const bool isHorizontal : {false, true}) {
        const LineGeometry geometry{QRectF(10, 20, 400, 300), 9, 11, 20.0, 90.0, isHorizontal};
        for (std::int64_t i = 0; i < 9; ++i)
            QCOMPARE(geometry.queryAt(geometry.queryRect(i).center()), std::optional<std::int64_t>(i));
        for (std::int64_t i = 0; i < 11; ++i)
            QCOMPARE(geometry.keyAt(geometry.keyRect(i).center()), std::optional<std::int64_t>(i));
        QVERIFY(!geometry.queryAt(QRectF(10, 20, 400, 300).center()));
    }
}

void PaintTest::barsScale()
{
    const std::vector<ValueRow> rows{{.label = "a", .value = 0.8, .number = "0.8"}, {.label = "b", .value = 0.4, .number = "0.4"}};
    const ValueBars bars = layoutValueBars(QRectF(0, 0, 400, 100), rows);
    QVERIFY(std::abs(bars.barRect(0, 0.8).width() - 2.0 * bars.barRect(1, 0.4).width()) < 1e-6);
    QCOMPARE(bars.rowAt(bars.rowRect(1).center(), 2), std::optional<std::size_t>(1));
    QVERIFY(!bars.rowAt(QPointF(10, 1000), 2));
    const ValueBars differences = layoutValueBars(QRectF(0, 0, 400, 100), rows, {.isSigned = true});
    QVERIFY(differences.barRect(0, -0.8).right() <= differences.barRect(1, 0.4).left() + 1e-6);
}

void PaintTest::inkReads()
{
    QCOMPARE(inkOn(Qt::white), QColor(Qt::black));
    QCOMPARE(inkOn(QColor(viridis(0.0))), QColor(Qt::white));
    QCOMPARE(inkOn(QColor(viridis(1.0))), QColor(Qt::black));
}

void PaintTest::partsOfAPictureAreFound()
{
    const PictureGeometry geometry = layoutPicture(QRectF(10, 10, 200, 400), QSize(100, 50));
    QCOMPARE(geometry.place, QRectF(10, 160, 200, 100)); // in the middle, with its proportions
    QCOMPARE(geometry.placeOf(QRect(50, 0, 50, 25)), QRectF(110, 160, 100, 50));
    const std::vector<PictureRegion> regions{{.area = QRect(0, 0, 100, 30)}, {.area = QRect(0, 20, 100, 30)}};
    QCOMPARE(geometry.regionAt(QPointF(110, 170), regions), std::optional<std::size_t>(0));
    QCOMPARE(geometry.regionAt(QPointF(110, 205), regions), std::optional<std::size_t>(0)); // in both, nearer to the first
    QCOMPARE(geometry.regionAt(QPointF(110, 215), regions), std::optional<std::size_t>(1));
    QVERIFY(!geometry.regionAt(QPointF(5, 170), regions));
    QCOMPARE(layoutPicture(QRectF(0, 0, 10, 10), QSize()).scale, 0.0);
}

void PaintTest::theBrighterPartCounts()
{
    QImage image(40, 80, QImage::Format_RGB32);
    image.fill(Qt::white);
    QPainter painter(&image);
    const PictureGeometry geometry = layoutPicture(QRectF(0, 0, 40, 80), QSize(40, 80));
    paintMarks(painter, geometry,
               {.regions = {{.area = QRect(0, 0, 40, 50), .share = 1.0}, {.area = QRect(0, 30, 40, 50)}}, .isLit = true});
    painter.end();
    const auto grey = [&](int y) { return qGray(image.pixel(20, y)); };
    QCOMPARE(grey(15), 255);
    QCOMPARE(grey(40), 255); // where both lie
    QVERIFY(grey(65) < 100);
}

QTEST_MAIN(PaintTest)
#include "paint_test.moc"
