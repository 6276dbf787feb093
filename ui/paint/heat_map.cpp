// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/paint/heat_map.h"

#include <QFontMetricsF>

#include <algorithm>
#include <array>
#include <cmath>

namespace ui {

namespace {

constexpr double kSquareFrom = 6.0;    // pixels a side from which a cell is drawn by itself
constexpr int kNumberFrom = 40;        // pixels of width from which a cell carries its number
constexpr double kColumnAngle = -40.0; // degrees of the column labels
constexpr int kLabelPitch = 14;        // pixels that a label needs at the usual text size
constexpr double kLabelGap = 6.0;
constexpr double kColourBarGap = 12.0;
constexpr double kColourBarTextGap = 4.0;
constexpr double kColourBarWidth = 9.0;

const std::array<QRgb, 256> &viridisTable()
{
    static const std::array<QRgb, 256> table = [] {
        std::array<QRgb, 256> colours{};
        for (std::size_t i = 0; i < colours.size(); ++i)
            colours[i] = viridis(static_cast<double>(i) / 255.0);
        return colours;
    }();
    return table;
}

QRgb colourOf(float value, float largest)
{
    if (!(value > 0.0F) || !(largest > 0.0F)) // also NaN
        return viridisTable().front();
    return viridisTable()[static_cast<std::size_t>(std::min(1.0F, value / largest) * 255.0F + 0.5F)];
}

double scaleOf(const QPainter &painter)
{
    const QPaintDevice *device = painter.device();
    return device != nullptr ? std::clamp(device->devicePixelRatioF(), 1.0, 4.0) : 1.0;
}

struct VisibleCells {
    std::int64_t firstRow, lastRow, firstColumn, lastColumn; // inclusive
};

VisibleCells visibleCells(const HeatMapGeometry &geometry)
{
    const auto last = [](double end, std::int64_t count) {
        return std::min(count - 1, static_cast<std::int64_t>(std::ceil(end)) - 1);
    };
    const auto first = [](double begin) {
        return std::max<std::int64_t>(0, static_cast<std::int64_t>(std::floor(begin)));
    };
    return {first(geometry.range.top()), last(geometry.range.bottom(), geometry.rows), first(geometry.range.left()),
            last(geometry.range.right(), geometry.columns)};
}

void paintNumber(QPainter &painter, const QRectF &square, float value, const QColor &ground)
{
    painter.setPen(inkOn(ground));
    painter.setFont(font(TextSize::Small));
    painter.drawText(square, Qt::AlignCenter, probabilityText(static_cast<double>(value)));
}

// The square on whole device pixels, less one at its right and lower edge: every gap between cells is equally wide.
QRectF separated(const QRectF &square, double scale)
{
    const auto snapped = [scale](double at) { return std::round(at * scale) / scale; };
    const QPointF topLeft(snapped(square.left()), snapped(square.top()));
    const QPointF bottomRight(snapped(square.right()) - 1.0 / scale, snapped(square.bottom()) - 1.0 / scale);
    return {topLeft, bottomRight};
}

void paintSquares(QPainter &painter, const HeatMapGeometry &geometry, const HeatMapValues &values)
{
    const VisibleCells visible = visibleCells(geometry);
    const double scale = scaleOf(painter);
    const bool hasNumbers = geometry.cellWidth() >= scaled(kNumberFrom) && geometry.cellHeight() >= 18.0;
    std::vector<float> buffer;
    for (std::int64_t row = visible.firstRow; row <= visible.lastRow; ++row) {
        const auto rowValues = values.values->base().row(row, buffer);
        for (std::int64_t column = visible.firstColumn; column <= visible.lastColumn; ++column) {
            const float value = rowValues[static_cast<std::size_t>(column)];
            const bool isHidden = values.isHidden && value == 0.0F && values.isHidden(row, column);
            const QColor colour = isHidden ? hiddenColour() : QColor(colourOf(value, values.largest));
            const QRectF square = separated(geometry.rectOf({row, column}) & geometry.cells, scale);
            painter.fillRect(square, colour);
            if (hasNumbers && !isHidden)
                paintNumber(painter, square, value, colour);
        }
    }
}

void paintPooled(QPainter &painter, const HeatMapGeometry &geometry, const HeatMapValues &values)
{
    const double scale = scaleOf(painter);
    const int width = std::max(1, static_cast<int>(std::lround(geometry.cells.width() * scale)));
    const int height = std::max(1, static_cast<int>(std::lround(geometry.cells.height() * scale)));
    const std::vector<float> pooled = maxPool(*values.values, geometry.range, width, height);
    QImage image = viridisImage(pooled, width, values.largest);
    if (values.isHidden) {
        // A pooled zero is a block of zeros; its middle says whether a rule made it.
        const auto columns = cellSpans(geometry.range.left(), geometry.range.width(), width, geometry.columns);
        const auto rows = cellSpans(geometry.range.top(), geometry.range.height(), height, geometry.rows);
        const QRgb hidden = hiddenColour().rgb();
        for (int y = 0; y < height; ++y) {
            auto *line = reinterpret_cast<QRgb *>(image.scanLine(y));
            const float *in = pooled.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width);
            const CellSpan &row = rows[static_cast<std::size_t>(y)];
            for (int x = 0; x < width; ++x) {
                const CellSpan &column = columns[static_cast<std::size_t>(x)];
                if (in[x] == 0.0F &&
                    values.isHidden((row.begin + row.end - 1) / 2, (column.begin + column.end - 1) / 2))
                    line[x] = hidden;
            }
        }
    }
    painter.drawImage(geometry.cells, image);
}

// Steps of 1, 2, 5, 10, … cells that keep labels `kLabelPitch` apart.
std::int64_t labelStep(double cellSize)
{
    if (cellSize <= 0.0)
        return 1;
    const double wanted = scaled(kLabelPitch) / cellSize;
    for (std::int64_t decade = 1; decade < 1000000000; decade *= 10)
        for (const std::int64_t step : {std::int64_t{1}, std::int64_t{2}, std::int64_t{5}})
            if (static_cast<double>(step * decade) >= wanted)
                return step * decade;
    return 1;
}

QString labelOf(const std::vector<QString> &labels, std::int64_t index, std::int64_t step)
{
    const auto at = static_cast<std::size_t>(index);
    return step > 1 || at >= labels.size() ? QString::number(index) : labels[at];
}

struct Ruler {
    const std::vector<QString> &labels;
    std::optional<std::int64_t> selected;
    std::int64_t step = 1;
};

// Whether a label of the ruler may stand, or would run into the selected one.
bool hasRoom(const Ruler &ruler, std::int64_t index, double cellSize)
{
    if (!ruler.selected || *ruler.selected == index)
        return true;
    return static_cast<double>(std::abs(*ruler.selected - index)) * cellSize >= scaled(kLabelPitch);
}

void paintRowLabel(QPainter &painter, const HeatMapGeometry &geometry, const Ruler &ruler, std::int64_t row)
{
    const QRectF square = geometry.rectOf({row, static_cast<std::int64_t>(geometry.range.left())});
    const double y = square.center().y();
    if (y < geometry.cells.top() || y > geometry.cells.bottom() || !hasRoom(ruler, row, geometry.cellHeight()))
        return;
    const bool isSelected = ruler.selected == row;
    const QFont labelFont = font(TextSize::Small, isSelected);
    painter.setFont(labelFont);
    painter.setPen(isSelected ? Theme::current().accent : Theme::current().text);
    const double room = geometry.cells.left() - kLabelGap;
    const QString text = elided(labelOf(ruler.labels, row, isSelected ? 1 : ruler.step), labelFont, room);
    painter.drawText(QRectF(0.0, y - 10.0, room, 20.0), Qt::AlignRight | Qt::AlignVCenter, text);
}

void paintColumnLabel(QPainter &painter, const HeatMapGeometry &geometry, const Ruler &ruler, std::int64_t column)
{
    const QRectF square = geometry.rectOf({static_cast<std::int64_t>(geometry.range.top()), column});
    const double x = square.center().x();
    if (x < geometry.cells.left() || x > geometry.cells.right() || !hasRoom(ruler, column, geometry.cellWidth()))
        return;
    const bool isSelected = ruler.selected == column;
    const QFont labelFont = font(TextSize::Small, isSelected);
    const double room = (geometry.cells.top() - 14.0) / std::sin(-kColumnAngle * 3.14159265 / 180.0);
    painter.save();
    painter.translate(x, geometry.cells.top() - kLabelGap);
    painter.rotate(kColumnAngle);
    painter.setFont(labelFont);
    painter.setPen(isSelected ? Theme::current().accent : Theme::current().text);
    painter.drawText(QPointF(0.0, 0.0),
                     elided(labelOf(ruler.labels, column, isSelected ? 1 : ruler.step), labelFont, room));
    painter.restore();
}

double widest(const std::vector<QString> &labels, double most)
{
    const QFontMetricsF metrics(font(TextSize::Small, true));
    double width = metrics.horizontalAdvance(QStringLiteral("0000"));
    for (const QString &label : labels) {
        width = std::max(width, metrics.horizontalAdvance(label));
        if (width >= most)
            return most;
    }
    return width;
}

} // namespace

QRectF HeatMapGeometry::rectOf(const Cell &cell) const
{
    return {cells.left() + (static_cast<double>(cell.column) - range.left()) * cellWidth(),
            cells.top() + (static_cast<double>(cell.row) - range.top()) * cellHeight(), cellWidth(), cellHeight()};
}

std::optional<Cell> HeatMapGeometry::cellAt(const QPointF &pixel) const
{
    if (!cells.contains(pixel) || cellWidth() <= 0.0 || cellHeight() <= 0.0)
        return {};
    const Cell cell{static_cast<std::int64_t>(std::floor(range.top() + (pixel.y() - cells.top()) / cellHeight())),
                    static_cast<std::int64_t>(std::floor(range.left() + (pixel.x() - cells.left()) / cellWidth()))};
    if (cell.row < 0 || cell.column < 0 || cell.row >= rows || cell.column >= columns)
        return {};
    return cell;
}

QRectF fullRange(std::int64_t rows, std::int64_t columns)
{
    return {0.0, 0.0, static_cast<double>(columns), static_cast<double>(rows)};
}

QRectF boundedRange(const QRectF &wanted, std::int64_t rows, std::int64_t columns)
{
    const QRectF full = fullRange(rows, columns);
    const double width = std::clamp(wanted.width(), std::min(1.0, full.width()), full.width());
    const double height = std::clamp(wanted.height(), std::min(1.0, full.height()), full.height());
    const double left = std::clamp(wanted.center().x() - width / 2.0, 0.0, full.width() - width);
    const double top = std::clamp(wanted.center().y() - height / 2.0, 0.0, full.height() - height);
    return {left, top, width, height};
}

QRectF zoomedRange(const QRectF &range, const QPointF &centre, double factor)
{
    return {centre.x() - (centre.x() - range.left()) * factor, centre.y() - (centre.y() - range.top()) * factor,
            range.width() * factor, range.height() * factor};
}

HeatMapMargins heatMapMargins(const HeatMapLabels &labels, const MarginOptions &options)
{
    const double most = std::clamp(options.width * 0.2, 32.0, static_cast<double>(scaled(112)));
    HeatMapMargins margins;
    margins.left = std::ceil(widest(labels.rows, most) + kLabelGap + 2.0);
    margins.top = std::ceil(widest(labels.columns, most) * std::sin(-kColumnAngle * 3.14159265 / 180.0) + 18.0);
    margins.right = options.colourBarTop ? colourBarRoom(*options.colourBarTop) : 2.0 * kGrid;
    margins.bottom = 2.0;
    return margins;
}

QColor hiddenColour()
{
    return Theme::current().chip;
}

QImage viridisImage(std::span<const float> pooled, int width, float largest)
{
    const int height = width > 0 ? static_cast<int>(pooled.size() / static_cast<std::size_t>(width)) : 0;
    QImage image(std::max(1, width), std::max(1, height), QImage::Format_RGB32);
    if (height == 0) {
        image.fill(viridisTable().front());
        return image;
    }
    for (int y = 0; y < height; ++y) {
        auto *line = reinterpret_cast<QRgb *>(image.scanLine(y));
        const float *in = pooled.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width);
        for (int x = 0; x < width; ++x)
            line[x] = colourOf(in[x], largest);
    }
    return image;
}

void paintHeatCells(QPainter &painter, const HeatMapGeometry &geometry, const HeatMapValues &values)
{
    if (values.values == nullptr || values.values->base().isEmpty() || geometry.cells.isEmpty())
        return;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    if (std::min(geometry.cellWidth(), geometry.cellHeight()) >= kSquareFrom)
        paintSquares(painter, geometry, values);
    else
        paintPooled(painter, geometry, values);
    painter.restore();
}

void paintRulers(QPainter &painter, const HeatMapGeometry &geometry, const HeatMapLabels &labels,
                 const HeatMapMarks &marks)
{
    const VisibleCells visible = visibleCells(geometry);
    const auto firstMultiple = [](std::int64_t first, std::int64_t step) { return (first + step - 1) / step * step; };
    const Ruler rows{labels.rows, marks.row, labelStep(geometry.cellHeight())};
    for (std::int64_t row = firstMultiple(visible.firstRow, rows.step); row <= visible.lastRow; row += rows.step)
        paintRowLabel(painter, geometry, rows, row);
    if (marks.row && *marks.row % rows.step != 0 && *marks.row < geometry.rows)
        paintRowLabel(painter, geometry, rows, *marks.row);
    const Ruler columns{labels.columns, marks.column, labelStep(geometry.cellWidth())};
    for (std::int64_t column = firstMultiple(visible.firstColumn, columns.step); column <= visible.lastColumn;
         column += columns.step)
        paintColumnLabel(painter, geometry, columns, column);
    if (marks.column && *marks.column % columns.step != 0 && *marks.column < geometry.columns)
        paintColumnLabel(painter, geometry, columns, *marks.column);
}

void paintMarks(QPainter &painter, const HeatMapGeometry &geometry, const HeatMapMarks &marks)
{
    painter.save();
    painter.setClipRect(geometry.cells.adjusted(-2, -2, 2, 2));
    painter.setBrush(Qt::NoBrush);
    const auto frame = [&](const Cell &cell, const QColor &outer, const QColor &inner) {
        // Two rings, dark and light, stand out on every colour of the map.
        QRectF square = geometry.rectOf(cell);
        const double grow = std::max(0.0, (5.0 - std::min(square.width(), square.height())) / 2.0);
        square.adjust(-grow, -grow, grow, grow);
        painter.setPen(QPen(outer, 1.0));
        painter.drawRect(square.adjusted(-1, -1, 1, 1));
        painter.setPen(QPen(inner, 2.0));
        painter.drawRect(square.adjusted(0.5, 0.5, -0.5, -0.5));
    };
    if (marks.hovered)
        frame(*marks.hovered, Qt::black, Theme::current().accent);
    if (marks.row && marks.column && *marks.row < geometry.rows && *marks.column < geometry.columns)
        frame({*marks.row, *marks.column}, Qt::black, Qt::white);
    painter.restore();
}

double colourBarRoom(double largest)
{
    const QFontMetricsF metrics(font(TextSize::Small));
    return std::ceil(kColourBarGap + kColourBarWidth + kColourBarTextGap +
                     metrics.horizontalAdvance(probabilityText(largest)) + 2.0);
}

void paintColourBar(QPainter &painter, const QRectF &cells, double largest)
{
    const QRectF area(cells.right() + kColourBarGap, cells.top(), colourBarRoom(largest) - kColourBarGap,
                      cells.height());
    const QRectF bar(area.left(), area.top(), kColourBarWidth, area.height());
    QImage gradient(1, 256, QImage::Format_RGB32);
    for (int y = 0; y < 256; ++y)
        gradient.setPixel(0, y, viridisTable()[static_cast<std::size_t>(255 - y)]);
    painter.drawImage(bar, gradient);
    painter.setFont(font(TextSize::Small));
    painter.setPen(Theme::current().dimText);
    const QRectF text(bar.right() + kColourBarTextGap, area.top(), area.right() - bar.right(), area.height());
    painter.drawText(text, Qt::AlignLeft | Qt::AlignTop, probabilityText(largest));
    painter.drawText(text, Qt::AlignLeft | Qt::AlignBottom, QStringLiteral("0"));
}

} // namespace ui
