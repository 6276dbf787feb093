// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/objective_picture.h"

#include <QFontMetricsF>

#include <algorithm>
#include <array>
#include <cmath>

namespace ui {

namespace {

constexpr double kSectionGap = 22.0;
constexpr double kTextGap = 6.0;

const LaneCell *laneCell(const ObjectiveSection &section, const ObjectivePlace &place)
{
    const auto *lanes = std::get_if<TokenLanes>(&section.picture);
    if (lanes == nullptr || place.row >= lanes->lanes.size())
        return nullptr;
    const auto &cells = lanes->lanes[place.row].cells;
    return place.column < cells.size() && cells[place.column] ? &*cells[place.column] : nullptr;
}

const Square *squareOf(const ObjectiveSection &section, const ObjectivePlace &place)
{
    const auto *squares = std::get_if<Squares>(&section.picture);
    if (squares == nullptr || place.row >= squares->rows.size() || place.column >= squares->rows[place.row].size())
        return nullptr;
    return &squares->rows[place.row][place.column];
}

int clickNumber(const ObjectiveSection &section, const ObjectivePlace &place)
{
    if (const LaneCell *cell = laneCell(section, place))
        return cell->click;
    const Square *square = squareOf(section, place);
    return square != nullptr ? square->click : -1;
}

double headingHeight()
{
    return std::ceil(QFontMetricsF(font(TextSize::Title, true)).height()) + kGrid;
}

// Lays the picture of a section out at the origin; returns its height.
double layoutBody(const ObjectiveSection &section, double width, ObjectiveLayout::Part &part)
{
    const QRectF area(0.0, 0.0, width, 0.0);
    if (const auto *lanes = std::get_if<TokenLanes>(&section.picture)) {
        LanesGeometry geometry = layoutLanes(area, *lanes);
        const double height = geometry.height;
        part.geometry = std::move(geometry);
        return height;
    }
    if (const auto *squares = std::get_if<Squares>(&section.picture)) {
        const HeatMapGeometry geometry = layoutSquares(area, *squares);
        part.geometry = geometry;
        return squaresHeight(geometry, area);
    }
    if (const auto *rows = std::get_if<std::vector<ValueRow>>(&section.picture)) {
        part.geometry = layoutValueBars(area, *rows, {.largest = section.largest});
        return static_cast<double>(rows->size()) * barRowHeight();
    }
    return 0.0;
}

void paintBody(QPainter &painter, const ObjectiveSection &section, const ObjectiveLayout::Part &part,
               const std::optional<ObjectivePlace> &hovered)
{
    if (const auto *lanes = std::get_if<LanesGeometry>(&part.geometry)) {
        const auto place = hovered ? std::optional(LanePlace{hovered->row, hovered->column}) : std::nullopt;
        paintLanes(painter, *lanes, std::get<TokenLanes>(section.picture), place);
    } else if (const auto *squares = std::get_if<HeatMapGeometry>(&part.geometry)) {
        const auto cell = hovered ? std::optional(Cell{static_cast<std::int64_t>(hovered->row),
                                                       static_cast<std::int64_t>(hovered->column)})
                                  : std::nullopt;
        paintSquareTable(painter, *squares, std::get<Squares>(section.picture), cell);
    } else if (const auto *bars = std::get_if<ValueBars>(&part.geometry)) {
        paintValueBars(painter, *bars, std::get<std::vector<ValueRow>>(section.picture));
    }
}

QString toneName(LaneTone tone)
{
    static const std::array<const char *, 8> kNames{"plain",  "special", "masked", "changed",
                                                    "chosen", "gone",    "asked",  "note"};
    return QString::fromLatin1(kNames.at(static_cast<std::size_t>(tone)));
}

} // namespace

int ObjectivePicture::add(const ObjectiveClick &click)
{
    clicks.push_back(click);
    return static_cast<int>(clicks.size()) - 1;
}

ObjectiveLayout layoutObjective(const ObjectivePicture &picture, double width)
{
    ObjectiveLayout layout;
    double y = 0.0;
    // The strip stands above, where it stays in sight, and does not move what is under it while the pointer moves.
    if (!picture.summary.bold.isEmpty() || !picture.summary.text.isEmpty()) {
        constexpr int kLines = 2;
        const double least = kLines * std::ceil(QFontMetricsF(font(TextSize::Normal)).height()) + 2.0 * kGrid;
        layout.strip = {0.0, 0.0, width, std::max(least, stripHeight(picture.summary, width))};
        y = layout.strip.bottom() + kSectionGap * 0.7;
    }
    for (const ObjectiveSection &section : picture.sections) {
        ObjectiveLayout::Part part;
        double top = y + headingHeight();
        if (!section.text.isEmpty())
            top += paragraphHeight(section.text, width) + kTextGap;
        const double height = layoutBody(section, width, part);
        part.body = {0.0, top, width, height};
        part.area = {0.0, y, width, top + height - y};
        y = part.area.bottom() + kSectionGap;
        layout.parts.push_back(std::move(part));
    }
    layout.height = picture.sections.empty() ? y : y - kSectionGap + kGrid;
    return layout;
}

void paintObjective(QPainter &painter, const ObjectivePicture &picture, const ObjectiveLayout &layout,
                    const std::optional<ObjectivePlace> &hovered)
{
    if (!layout.strip.isEmpty())
        paintStrip(painter, layout.strip, hovered ? wordsOf(picture, *hovered) : picture.summary);
    const bool isClipped = painter.hasClipping();
    for (std::size_t i = 0; i < layout.parts.size(); ++i) {
        const ObjectiveLayout::Part &part = layout.parts[i];
        if (isClipped && !painter.clipBoundingRect().intersects(part.area))
            continue;
        const ObjectiveSection &section = picture.sections[i];
        const double y = paintHeading(painter, part.area, section.title, section.hint);
        if (!section.text.isEmpty())
            paintParagraph(painter, {part.area.left(), y, part.area.width(), 0.0}, section.text,
                           Theme::current().dimText);
        painter.save();
        painter.translate(part.body.topLeft());
        paintBody(painter, section, part, hovered && hovered->section == i ? hovered : std::nullopt);
        painter.restore();
    }
}

std::optional<ObjectivePlace> placeAt(const ObjectivePicture &picture, const ObjectiveLayout &layout,
                                      const QPointF &point)
{
    for (std::size_t i = 0; i < layout.parts.size(); ++i) {
        const ObjectiveLayout::Part &part = layout.parts[i];
        if (!part.body.contains(point))
            continue;
        const QPointF local = point - part.body.topLeft();
        ObjectivePlace place{.section = i};
        if (const auto *lanes = std::get_if<LanesGeometry>(&part.geometry)) {
            const auto found = lanes->placeAt(local);
            if (!found)
                return {};
            place.row = found->lane;
            place.column = found->column;
            return laneCell(picture.sections[i], place) != nullptr ? std::optional(place) : std::nullopt;
        }
        if (const auto *squares = std::get_if<HeatMapGeometry>(&part.geometry)) {
            const auto found = squares->cellAt(local);
            if (!found)
                return {};
            place.row = static_cast<std::size_t>(found->row);
            place.column = static_cast<std::size_t>(found->column);
            return place;
        }
    }
    return {};
}

const ObjectiveClick *clickAt(const ObjectivePicture &picture, const ObjectivePlace &place)
{
    if (place.section >= picture.sections.size())
        return nullptr;
    const int number = clickNumber(picture.sections[place.section], place);
    return number >= 0 ? &picture.clicks.at(static_cast<std::size_t>(number)) : nullptr;
}

StripText wordsOf(const ObjectivePicture &picture, const ObjectivePlace &place)
{
    const ObjectiveSection &section = picture.sections.at(place.section);
    if (const LaneCell *cell = laneCell(section, place))
        return cell->why.isEmpty() ? picture.summary : StripText{cell->text, cell->why};
    if (const Square *square = squareOf(section, place); square != nullptr && !square->why.isEmpty()) {
        const auto &labels = std::get<Squares>(section.picture).labels;
        const QString row = place.row < labels.rows.size() ? labels.rows[place.row] : QString();
        const QString column = place.column < labels.columns.size() ? labels.columns[place.column] : QString();
        return {QStringLiteral("%1 %2 %3").arg(row, QString(QChar(0x2192)), column), square->why};
    }
    return picture.summary;
}

std::vector<ObjectivePlace> clickablePlaces(const ObjectivePicture &picture)
{
    std::vector<ObjectivePlace> places;
    for (std::size_t i = 0; i < picture.sections.size(); ++i) {
        const auto consider = [&](std::size_t row, std::size_t column) {
            const ObjectivePlace place{.section = i, .row = row, .column = column};
            if (clickNumber(picture.sections[i], place) >= 0)
                places.push_back(place);
        };
        if (const auto *lanes = std::get_if<TokenLanes>(&picture.sections[i].picture))
            for (std::size_t row = 0; row < lanes->lanes.size(); ++row)
                for (std::size_t column = 0; column < lanes->lanes[row].cells.size(); ++column)
                    consider(row, column);
        if (const auto *squares = std::get_if<Squares>(&picture.sections[i].picture))
            for (std::size_t row = 0; row < squares->rows.size(); ++row)
                for (std::size_t column = 0; column < squares->rows[row].size(); ++column)
                    consider(row, column);
    }
    return places;
}

NumberTable tableOf(const ObjectivePicture &picture)
{
    NumberTable table{.columns = {QStringLiteral("section"), QStringLiteral("row"), QStringLiteral("column"),
                                  QStringLiteral("text"), QStringLiteral("kind"), QStringLiteral("by_hand")},
                      .rows = {}};
    for (const ObjectiveSection &section : picture.sections) {
        if (const auto *lanes = std::get_if<TokenLanes>(&section.picture))
            for (const Lane &lane : lanes->lanes)
                for (std::size_t i = 0; i < lane.cells.size(); ++i)
                    if (lane.cells[i])
                        table.rows.push_back({section.title, lane.title, static_cast<qulonglong>(i),
                                              lane.cells[i]->text, toneName(lane.cells[i]->tone),
                                              lane.cells[i]->isForced ? 1 : 0});
        if (const auto *squares = std::get_if<Squares>(&section.picture))
            for (std::size_t row = 0; row < squares->rows.size(); ++row)
                for (std::size_t i = 0; i < squares->rows[row].size(); ++i) {
                    const Square &square = squares->rows[row][i];
                    table.rows.push_back({section.title, static_cast<qulonglong>(row), static_cast<qulonglong>(i),
                                          square.glyph, square.fill.isValid() ? QStringLiteral("filled") : QString(),
                                          square.isForced ? 1 : 0});
                }
        if (const auto *rows = std::get_if<std::vector<ValueRow>>(&section.picture))
            for (std::size_t row = 0; row < rows->size(); ++row)
                table.rows.push_back(
                    {section.title, (*rows)[row].label, 0, (*rows)[row].value, QStringLiteral("value"), 0});
    }
    return table;
}

} // namespace ui
