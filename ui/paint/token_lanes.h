// SPDX-License-Identifier: GPL-3.0-or-later
// Several rows that tell different things of the same tokens, one under another: what is read, what must be said, why.
// Columns are as wide as their widest text and wrap together, as the lines of an interlinear text do.
#pragma once

#include "ui/paint/text.h"

#include <QColor>
#include <QPainter>
#include <QRectF>

#include <optional>
#include <vector>

namespace ui {

enum class LaneTone {
    Plain,   // a quiet chip
    Special, // dim: [CLS], a language code
    Masked,  // filled with the accent
    Changed, // filled with the warning: another word stands here
    Chosen,  // outlined in the accent: nothing changed, but asked for
    Gone,    // struck out
    Asked,   // on the accent's quiet ground: what is to be said
    Note,    // small text without a chip
};

struct LaneCell {
    QString text;
    LaneTone tone = LaneTone::Plain;
    QColor fill = {};      // of a plain chip instead of the theme's
    bool isForced = false; // a dot: by hand
    int click = -1;        // what a click means to whoever made the lanes; −1: nothing
    QString why = {};      // said while it is pointed at
};

struct Lane {
    QString title;
    std::vector<std::optional<LaneCell>> cells; // one a column; a lane of notes alone is lower
};

struct TokenLanes {
    std::vector<Lane> lanes;
    [[nodiscard]] std::size_t columns() const;
};

struct LanePlace {
    std::size_t lane = 0;
    std::size_t column = 0;
    bool operator==(const LanePlace &) const = default;
};

// A line of columns. Lanes that have nothing in it take no room.
struct LanesBlock {
    std::vector<double> tops;    // of each lane, in pixels below the area
    std::vector<double> heights; // 0: nothing there
    double bottom = 0.0;
};

struct LanesGeometry {
    double titleWidth = 0.0;
    std::vector<LanesBlock> blocks;
    std::vector<std::size_t> blockOf; // of each column
    std::vector<QRectF> columns;      // of each column its part of the block
    double height = 0.0;

    [[nodiscard]] QRectF rectOf(const LanePlace &place) const;
    [[nodiscard]] std::optional<LanePlace> placeAt(const QPointF &point) const;
};

// `area`: its height does not matter.
[[nodiscard]] LanesGeometry layoutLanes(const QRectF &area, const TokenLanes &lanes);
void paintLanes(QPainter &painter, const LanesGeometry &geometry, const TokenLanes &lanes,
                const std::optional<LanePlace> &hovered);

} // namespace ui
