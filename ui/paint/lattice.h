// SPDX-License-Identifier: GPL-3.0-or-later
// Pieces that could stand at the places of a word, as bars over its characters: the lattice of a unigram model.
#pragma once

#include "ui/paint/text.h"

#include "engine/explanation.h"

#include <QPainter>
#include <QRectF>

#include <vector>

namespace ui {

struct LatticeGeometry {
    QRectF area;
    double columnWidth = 0.0; // of a character
    double rowHeight = 0.0;
    std::size_t columns = 0;         // characters
    std::size_t rows = 0;
    std::vector<std::size_t> rowOf; // by edge: bars of a row do not overlap; the chosen path has the first row

    [[nodiscard]] QRectF barOf(const engine::LatticeEdge &edge, std::size_t index) const;
    [[nodiscard]] double height() const; // the characters' own line included
};

// `area`: its height does not matter. At most `mostRows` rows are laid out; edges beyond have the row `mostRows`.
[[nodiscard]] LatticeGeometry layoutLattice(const QRectF &area, const engine::ExplainedWord &word,
                                            std::size_t mostRows);
// Returns the y below it.
double paintLattice(QPainter &painter, const LatticeGeometry &geometry, const engine::ExplainedWord &word);

} // namespace ui
