// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/paint/token_lanes.h"

#include <QFontMetricsF>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

constexpr double kColumnGap = 4.0;
constexpr double kLaneGap = 4.0;
constexpr double kBlockGap = 14.0;
constexpr double kChipAside = 7.0;
constexpr double kNoteAside = 2.0;
constexpr double kMostWidth = 220.0; // of a column
constexpr double kRadius = 6.0;
constexpr double kDot = 5.0;

bool isNoteLane(const Lane &lane)
{
    return std::ranges::all_of(lane.cells, [](const auto &cell) { return !cell || cell->tone == LaneTone::Note; });
}

QFont fontOf(const LaneCell &cell)
{
    QFont used = font(cell.tone == LaneTone::Note ? TextSize::Small : TextSize::Normal, cell.tone == LaneTone::Masked);
    used.setStrikeOut(cell.tone == LaneTone::Gone);
    return used;
}

double laneHeight(const Lane &lane)
{
    const double text = QFontMetricsF(font(isNoteLane(lane) ? TextSize::Small : TextSize::Normal)).height();
    return std::ceil(text + (isNoteLane(lane) ? 2.0 : 8.0));
}

std::vector<double> columnWidths(const TokenLanes &lanes)
{
    const QFontMetricsF normal(font(TextSize::Normal, true));
    const QFontMetricsF small(font(TextSize::Small));
    std::vector<double> widths(lanes.columns(), 0.0);
    for (const Lane &lane : lanes.lanes)
        for (std::size_t i = 0; i < lane.cells.size(); ++i) {
            if (!lane.cells[i])
                continue;
            const bool isNote = lane.cells[i]->tone == LaneTone::Note;
            const double text = (isNote ? small : normal).horizontalAdvance(lane.cells[i]->text);
            widths[i] = std::max(widths[i], std::ceil(text) + 2.0 * (isNote ? kNoteAside : kChipAside));
        }
    const double most = widths.size() > 1 ? scaled(kMostWidth) : 1e6; // a column alone may have all the room
    for (double &width : widths)
        width = std::clamp(width, static_cast<double>(scaled(18)), most);
    return widths;
}

struct ColumnRange {
    std::size_t begin = 0;
    std::size_t end = 0;
};

LanesBlock blockFor(const TokenLanes &lanes, const ColumnRange &columns, double top)
{
    LanesBlock block{.tops = {}, .heights = {}, .bottom = top};
    for (const Lane &lane : lanes.lanes) {
        bool hasCells = false;
        for (std::size_t i = columns.begin; i < std::min(columns.end, lane.cells.size()); ++i)
            hasCells = hasCells || lane.cells[i].has_value();
        const double gap = hasCells && block.bottom > top ? kLaneGap : 0.0;
        block.tops.push_back(block.bottom + gap);
        block.heights.push_back(hasCells ? laneHeight(lane) : 0.0);
        block.bottom = block.tops.back() + block.heights.back();
    }
    return block;
}

struct Look {
    QBrush ground = Qt::NoBrush;
    QPen border = Qt::NoPen;
    QColor ink;
};

Look lookOf(const LaneCell &cell)
{
    const Theme &theme = Theme::current();
    switch (cell.tone) {
    case LaneTone::Plain: {
        const QColor ground = cell.fill.isValid() ? cell.fill : theme.chip;
        return {.ground = ground, .ink = cell.fill.isValid() ? inkOn(ground) : theme.text};
    }
    case LaneTone::Special:
        return {.ground = theme.chip, .ink = theme.dimText};
    case LaneTone::Masked:
        return {.ground = theme.accent, .ink = theme.accentText};
    case LaneTone::Changed:
        return {.ground = theme.warning, .ink = inkOn(theme.warning)};
    case LaneTone::Chosen:
        return {.ground = theme.chip, .border = QPen(theme.accent, 2.0), .ink = theme.text};
    case LaneTone::Gone:
        return {.border = QPen(theme.dimText, 1.0, Qt::DashLine), .ink = theme.dimText};
    case LaneTone::Asked:
        return {.ground = theme.accentGround, .ink = theme.text};
    case LaneTone::Note:
        break;
    }
    return {.ink = theme.dimText};
}

void paintCell(QPainter &painter, const QRectF &box, const LaneCell &cell, bool isHovered)
{
    const Theme &theme = Theme::current();
    const Look look = lookOf(cell);
    if (cell.tone != LaneTone::Note) {
        painter.setBrush(look.ground);
        painter.setPen(look.border);
        const double inset = look.border.style() == Qt::NoPen ? 0.0 : look.border.widthF() / 2.0;
        painter.drawRoundedRect(box.adjusted(inset, inset, -inset, -inset), kRadius, kRadius);
        if (isHovered) {
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(cell.tone == LaneTone::Masked ? theme.text : theme.accent, 1.5));
            painter.drawRoundedRect(box.adjusted(0.75, 0.75, -0.75, -0.75), kRadius, kRadius);
        }
    }
    const QFont used = fontOf(cell);
    painter.setFont(used);
    painter.setPen(look.ink);
    const double aside = cell.tone == LaneTone::Note ? 0.0 : 3.0;
    painter.drawText(box, Qt::AlignCenter | Qt::TextSingleLine, elided(cell.text, used, box.width() - aside));
    if (cell.isForced) {
        painter.setBrush(look.ink);
        painter.setPen(Qt::NoPen);
        painter.drawEllipse(QPointF(box.right() - kDot, box.top() + kDot), kDot / 2.0, kDot / 2.0);
    }
}

} // namespace

std::size_t TokenLanes::columns() const
{
    std::size_t most = 0;
    for (const Lane &lane : lanes)
        most = std::max(most, lane.cells.size());
    return most;
}

QRectF LanesGeometry::rectOf(const LanePlace &place) const
{
    if (place.column >= columns.size())
        return {};
    const LanesBlock &block = blocks[blockOf[place.column]];
    if (place.lane >= block.tops.size() || block.heights[place.lane] <= 0.0)
        return {};
    const QRectF &column = columns[place.column];
    return {column.left(), block.tops[place.lane], column.width(), block.heights[place.lane]};
}

std::optional<LanePlace> LanesGeometry::placeAt(const QPointF &point) const
{
    const auto column = std::ranges::find_if(columns, [&](const QRectF &part) { return part.contains(point); });
    if (column == columns.end())
        return {};
    const auto index = static_cast<std::size_t>(column - columns.begin());
    for (std::size_t lane = 0; lane < blocks[blockOf[index]].tops.size(); ++lane)
        if (const LanePlace place{lane, index}; rectOf(place).contains(point))
            return place;
    return {};
}

LanesGeometry layoutLanes(const QRectF &area, const TokenLanes &lanes)
{
    LanesGeometry geometry;
    const QFontMetricsF small(font(TextSize::Small));
    for (const Lane &lane : lanes.lanes)
        geometry.titleWidth = std::max(geometry.titleWidth, std::ceil(small.horizontalAdvance(lane.title)));
    geometry.titleWidth = std::min(geometry.titleWidth, area.width() * 0.4);
    const double left = area.left() + (geometry.titleWidth > 0.0 ? geometry.titleWidth + kGrid : 0.0);
    const std::vector<double> widths = columnWidths(lanes);
    double y = area.top();
    for (std::size_t first = 0; first < widths.size();) {
        std::size_t end = first;
        double x = left;
        const auto widthOf = [&](std::size_t column) {
            return std::min(widths[column], std::max(8.0, area.right() - left));
        };
        while (end < widths.size() && (end == first || x + widthOf(end) <= area.right())) {
            geometry.columns.emplace_back(x, y, widthOf(end), 0.0);
            geometry.blockOf.push_back(geometry.blocks.size());
            x += widthOf(end++) + kColumnGap;
        }
        const LanesBlock block = blockFor(lanes, {first, end}, y);
        for (std::size_t column = first; column < end; ++column)
            geometry.columns[column].setBottom(block.bottom);
        geometry.height = block.bottom - area.top();
        y = block.bottom + kBlockGap;
        geometry.blocks.push_back(block);
        first = end;
    }
    return geometry;
}

void paintLanes(QPainter &painter, const LanesGeometry &geometry, const TokenLanes &lanes,
                const std::optional<LanePlace> &hovered)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const bool isClipped = painter.hasClipping();
    const QRectF clip = painter.clipBoundingRect();
    double titledAt = -1.0; // the block whose titles are there
    for (std::size_t column = 0; column < geometry.columns.size(); ++column) {
        const QRectF &block = geometry.columns[column];
        if (isClipped && (block.bottom() < clip.top() || block.top() > clip.bottom()))
            continue;
        for (std::size_t lane = 0; lane < lanes.lanes.size(); ++lane) {
            const LanePlace place{lane, column};
            const QRectF box = geometry.rectOf(place);
            if (box.isEmpty())
                continue;
            if (block.top() > titledAt) {
                painter.setFont(font(TextSize::Small));
                painter.setPen(Theme::current().dimText);
                const QRectF title(block.left() - kGrid - geometry.titleWidth, box.top(), geometry.titleWidth,
                                   box.height());
                painter.drawText(title, Qt::AlignRight | Qt::AlignVCenter,
                                 elided(lanes.lanes[lane].title, font(TextSize::Small), geometry.titleWidth));
            }
            const auto &cells = lanes.lanes[lane].cells;
            if (column < cells.size() && cells[column])
                paintCell(painter, box, *cells[column], hovered == place && cells[column]->click >= 0);
        }
        titledAt = std::max(titledAt, block.top());
    }
    painter.restore();
}

} // namespace ui
