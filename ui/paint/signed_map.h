// SPDX-License-Identifier: GPL-3.0-or-later
// Signed numbers as colours, blue to orange: tables and vectors of weights. One pixel shows the number of the largest
// size under it.
#pragma once

#include "ui/paint/text.h"

#include <QPainter>
#include <QRectF>

#include <cstdint>
#include <span>

namespace ui {

struct SignedMap {
    std::span<const float> values; // (rows, columns)
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    float largest = 1.0F;      // magnitude of the strongest colour
    bool isTransposed = false; // columns go down
};
void paintSignedMap(QPainter &painter, const QRectF &area, const SignedMap &map);
[[nodiscard]] float largestMagnitude(std::span<const float> values);

} // namespace ui
