// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/paint/lattice.h"

#include <QFontMetricsF>

#include <algorithm>

namespace ui {

namespace {

constexpr double kWidestColumn = 44.0;
constexpr double kBarGap = 2.0;

double charactersLine()
{
    return scaled(20);
}

// The first row in which [begin, end) is free.
std::size_t freeRow(std::vector<std::vector<bool>> &taken, const engine::LatticeEdge &edge, std::size_t first)
{
    for (std::size_t row = first;; ++row) {
        if (row == taken.size())
            taken.emplace_back(taken.front().size(), false);
        auto &cells = taken[row];
        const bool isFree =
            std::none_of(cells.begin() + edge.begin, cells.begin() + edge.end, [](bool is) { return is; });
        if (!isFree)
            continue;
        std::fill(cells.begin() + edge.begin, cells.begin() + edge.end, true);
        return row;
    }
}

} // namespace

QRectF LatticeGeometry::barOf(const engine::LatticeEdge &edge, std::size_t index) const
{
    return {area.left() + edge.begin * columnWidth + kBarGap / 2.0,
            area.top() + charactersLine() + static_cast<double>(rowOf[index]) * rowHeight + kBarGap / 2.0,
            (edge.end - edge.begin) * columnWidth - kBarGap, rowHeight - kBarGap};
}

double LatticeGeometry::height() const
{
    return charactersLine() + static_cast<double>(rows) * rowHeight;
}

LatticeGeometry layoutLattice(const QRectF &area, const engine::ExplainedWord &word, std::size_t mostRows)
{
    LatticeGeometry geometry{.area = area,
                             .rowHeight = static_cast<double>(scaled(30)),
                             .rowOf = std::vector<std::size_t>(word.lattice.size())};
    geometry.columns = fromUtf8(word.text).toStdU32String().size();
    if (geometry.columns == 0)
        return geometry;
    geometry.columnWidth = std::min(kWidestColumn, area.width() / static_cast<double>(geometry.columns));
    std::vector<std::vector<bool>> taken(1, std::vector<bool>(geometry.columns, false));
    for (std::size_t i = 0; i < word.lattice.size(); ++i)
        if (word.lattice[i].isChosen)
            geometry.rowOf[i] = freeRow(taken, word.lattice[i], 0);
    for (std::size_t i = 0; i < word.lattice.size(); ++i)
        if (!word.lattice[i].isChosen)
            geometry.rowOf[i] = std::min(mostRows, freeRow(taken, word.lattice[i], 1));
    geometry.rows = std::min(mostRows, taken.size());
    return geometry;
}

double paintLattice(QPainter &painter, const LatticeGeometry &geometry, const engine::ExplainedWord &word)
{
    const Theme &theme = Theme::current();
    const QFont small = font(TextSize::Small);
    painter.setFont(small);
    painter.setPen(theme.dimText);
    const std::u32string characters = fromUtf8(word.text).toStdU32String();
    for (std::size_t i = 0; i < characters.size(); ++i)
        painter.drawText(QRectF(geometry.area.left() + static_cast<double>(i) * geometry.columnWidth,
                                geometry.area.top(), geometry.columnWidth, charactersLine()),
                         Qt::AlignCenter, chipText(QString::fromUcs4(&characters[i], 1)));
    for (std::size_t i = 0; i < word.lattice.size(); ++i) {
        const engine::LatticeEdge &edge = word.lattice[i];
        if (geometry.rowOf[i] >= geometry.rows)
            continue;
        const QRectF bar = geometry.barOf(edge, i);
        const QColor ground = edge.isChosen ? theme.accent : theme.chip;
        painter.setPen(Qt::NoPen);
        painter.setBrush(ground);
        painter.drawRoundedRect(bar, 4.0, 4.0);
        painter.setPen(inkOn(ground));
        const QRectF upper(bar.left(), bar.top(), bar.width(), bar.height() / 2.0);
        painter.drawText(upper, Qt::AlignCenter, elided(fromUtf8(edge.token), small, bar.width() - 2.0));
        painter.drawText(upper.translated(0.0, bar.height() / 2.0), Qt::AlignCenter,
                         elided(signedText(edge.score), small, bar.width() - 2.0));
    }
    return geometry.area.top() + geometry.height();
}

} // namespace ui
