// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/paint/signed_map.h"

#include "ui/paint/column.h"
#include "ui/paint/matrix.h"

#include <QImage>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

float strongest(const SignedMap &map, const CellSpan &rows, const CellSpan &columns)
{
    float best = 0.0F;
    for (std::int64_t row = rows.begin; row < rows.end; ++row)
        for (std::int64_t column = columns.begin; column < columns.end; ++column) {
            const float value = map.values[static_cast<std::size_t>(row * map.columns + column)];
            best = std::abs(value) > std::abs(best) ? value : best;
        }
    return best;
}

} // namespace

float largestMagnitude(std::span<const float> values)
{
    float largest = 0.0F;
    for (const float value : values)
        largest = std::max(largest, std::abs(value));
    return largest;
}

void paintSignedMap(QPainter &painter, const QRectF &area, const SignedMap &map)
{
    if (map.rows <= 0 || map.columns <= 0 || area.isEmpty() || isClippedAway(painter, area))
        return;
    const QSize size = area.size().toSize().expandedTo(QSize(1, 1));
    const auto down = cellSpans(0.0, static_cast<double>(map.isTransposed ? map.columns : map.rows), size.height(),
                                map.isTransposed ? map.columns : map.rows);
    const auto across = cellSpans(0.0, static_cast<double>(map.isTransposed ? map.rows : map.columns), size.width(),
                                  map.isTransposed ? map.rows : map.columns);
    QImage image(size, QImage::Format_RGB32);
    for (int y = 0; y < size.height(); ++y) {
        auto *line = reinterpret_cast<QRgb *>(image.scanLine(y));
        for (int x = 0; x < size.width(); ++x) {
            const CellSpan &first = down[static_cast<std::size_t>(y)];
            const CellSpan &second = across[static_cast<std::size_t>(x)];
            const float value = map.isTransposed ? strongest(map, second, first) : strongest(map, first, second);
            line[x] = diverging(map.largest > 0.0F ? static_cast<double>(value / map.largest) : 0.0).rgb();
        }
    }
    painter.save();
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    painter.drawImage(area, image);
    painter.restore();
}

} // namespace ui
