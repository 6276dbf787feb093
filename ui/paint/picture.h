// SPDX-License-Identifier: GPL-3.0-or-later
// A picture with what a model makes of its parts.
#pragma once

#include <QPainter>
#include <QRect>
#include <QRectF>
#include <QString>

#include <optional>
#include <vector>

namespace ui {

struct PictureRegion {
    QRect area;          // in the picture's pixels
    double share = 0.0;  // 0: in the dark, 1: fully lit
    QString number = {}; // written into the region
};

struct PictureMarks {
    std::vector<PictureRegion> regions = {};
    QRect seen = {};                         // what of the picture counts; the rest is veiled
    bool isLit = false;                      // false: regions are only outlined
    std::optional<std::size_t> current = {}; // outlined with the accent
};

struct PictureGeometry {
    QRectF place;       // of the picture, with its proportions
    double scale = 1.0; // pixels of the screen for one of the picture

    [[nodiscard]] QRectF placeOf(const QRect &area) const;
    // Of overlapping regions the one whose middle is nearest.
    [[nodiscard]] std::optional<std::size_t> regionAt(const QPointF &point,
                                                      const std::vector<PictureRegion> &regions) const;
};

// As large as it goes, in the middle of the area.
[[nodiscard]] PictureGeometry layoutPicture(const QRectF &area, const QSize &picture);

// Veil, outlines and numbers over a picture that is painted already. Where regions overlap the brighter one counts.
void paintMarks(QPainter &painter, const PictureGeometry &geometry, const PictureMarks &marks);

} // namespace ui
