// SPDX-License-Identifier: GPL-3.0-or-later
// The probability tape: a column a place, the token that stands there on top, what else could have stood below it.
#pragma once

#include "ui/paint/text.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace ui {

struct TapeAlternative {
    QString text;
    double probability = 0.0;
    bool isActual = false; // the token that stands there
};

struct TapePlace {
    std::int64_t position = 0;
    QString token;
    bool isPrompt = false;
    bool isNext = false; // nothing stands there yet
    double surprisalBits = 0.0;
    double entropyBits = 0.0;
    std::int64_t rank = 0; // 0: unknown, as of the first token
    std::vector<TapeAlternative> alternatives = {};
};

struct TapeHit {
    std::size_t place = 0;
    std::optional<std::size_t> alternative = {}; // empty: the token itself
    bool operator==(const TapeHit &) const = default;
};

struct TapeGeometry {
    double left = 0.0;
    double top = 0.0;
    std::size_t columns = 1; // of one line; the tape goes on in the next one
    std::size_t ranks = 0;
    double columnWidth = 0.0;
    double headHeight = 0.0;
    double rankHeight = 0.0;
    double footHeight = 0.0;
    double lineGap = 0.0;

    [[nodiscard]] double lineHeight() const
    {
        return headHeight + static_cast<double>(ranks) * rankHeight + footHeight;
    }
    [[nodiscard]] QRectF placeRect(std::size_t place) const;
    [[nodiscard]] QRectF headRect(std::size_t place) const;
    [[nodiscard]] QRectF alternativeRect(const TapeHit &hit) const;
    [[nodiscard]] double height(std::size_t places) const;
    [[nodiscard]] std::optional<TapeHit> hitAt(const QPointF &point, const std::vector<TapePlace> &places) const;
};
[[nodiscard]] TapeGeometry layoutTape(const QRectF &area, const std::vector<TapePlace> &places);

// The more surprising a token, the stronger its orange; 5 bits is as strong as it gets.
[[nodiscard]] QColor surprisalColour(double bits);

struct TapeMarks {
    std::optional<std::size_t> selected = {}; // a place
    std::optional<TapeHit> hovered = {};
};
void paintTape(QPainter &painter, const TapeGeometry &geometry, const std::vector<TapePlace> &places,
               const TapeMarks &marks = {});

} // namespace ui
