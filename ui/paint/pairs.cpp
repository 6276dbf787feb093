// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/paint/pairs.h"

#include "ui/paint/column.h"

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

constexpr double kSquareFrom = 6.0;      // pixels a side from which a pair is drawn by itself
constexpr std::int64_t kRowsAPixel = 16; // looked at; more are sampled evenly

void paintSquares(QPainter &painter, const HeatMapGeometry &geometry, const PairPicture &picture)
{
    const auto lastRow =
        std::min<std::int64_t>(geometry.rows - 1, static_cast<std::int64_t>(std::ceil(geometry.range.bottom())));
    const auto lastColumn =
        std::min<std::int64_t>(geometry.columns - 1, static_cast<std::int64_t>(std::ceil(geometry.range.right())));
    std::vector<std::uint8_t> reasons(static_cast<std::size_t>(picture.columns));
    for (auto row = static_cast<std::int64_t>(geometry.range.top()); row <= lastRow; ++row) {
        std::ranges::fill(reasons, std::uint8_t{0});
        picture.fillRow(row, reasons);
        for (auto column = static_cast<std::int64_t>(geometry.range.left()); column <= lastColumn; ++column) {
            const QRectF square = geometry.rectOf({row, column}).adjusted(0.5, 0.5, -0.5, -0.5) & geometry.cells;
            const std::uint8_t reason = reasons[static_cast<std::size_t>(column)];
            painter.fillRect(square, reason > 0 ? picture.colours[reason - 1U] : hiddenColour());
            if (reason == 0) { // hidden is not told by colour alone
                painter.setPen(QPen(Theme::current().cardBorder, 1.0));
                painter.drawLine(square.bottomLeft(), square.topRight());
            }
        }
    }
}

} // namespace

std::vector<std::uint8_t> pooledReasons(const PairPicture &picture, const QRectF &range, const QSize &size)
{
    const auto columns = cellSpans(range.left(), range.width(), size.width(), picture.columns);
    const auto rows = cellSpans(range.top(), range.height(), size.height(), picture.rows);
    std::vector<std::uint8_t> pooled(columns.size() * rows.size());
    std::vector<std::uint8_t> reasons(static_cast<std::size_t>(picture.columns));
    for (std::size_t y = 0; y < rows.size(); ++y) {
        std::uint8_t *out = pooled.data() + y * columns.size();
        const std::int64_t count = rows[y].end - rows[y].begin;
        const std::int64_t step = std::max<std::int64_t>(1, count / kRowsAPixel);
        for (std::int64_t row = rows[y].begin; row < rows[y].end; row += step) {
            std::ranges::fill(reasons, std::uint8_t{0});
            picture.fillRow(row, reasons);
            for (std::size_t x = 0; x < columns.size(); ++x)
                for (std::int64_t column = columns[x].begin; column < columns[x].end; ++column)
                    out[x] = std::max(out[x], reasons[static_cast<std::size_t>(column)]);
        }
    }
    return pooled;
}

void paintPairs(QPainter &painter, const HeatMapGeometry &geometry, const PairPicture &picture)
{
    if (isClippedAway(painter, geometry.cells))
        return;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, false);
    if (std::min(geometry.cellWidth(), geometry.cellHeight()) >= kSquareFrom) {
        paintSquares(painter, geometry, picture);
    } else {
        const double scale =
            painter.device() != nullptr ? std::clamp(painter.device()->devicePixelRatioF(), 1.0, 4.0) : 1.0;
        const QSize size = (geometry.cells.size() * scale).toSize().expandedTo(QSize(1, 1));
        const auto pooled = pooledReasons(picture, geometry.range, size);
        QImage image(size, QImage::Format_RGB32);
        std::vector<QRgb> colours{hiddenColour().rgb()};
        for (const QColor &colour : picture.colours)
            colours.push_back(colour.rgb());
        for (int y = 0; y < size.height(); ++y) {
            auto *line = reinterpret_cast<QRgb *>(image.scanLine(y));
            const std::uint8_t *in =
                pooled.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width());
            std::transform(in, in + size.width(), line, [&](std::uint8_t reason) { return colours[reason]; });
        }
        painter.drawImage(geometry.cells, image);
    }
    painter.restore();
}

std::int64_t Reach::positions(std::size_t layer) const
{
    std::int64_t sum = 0;
    for (const engine::PositionSpan &span : layers[layer])
        sum += span.end - span.begin;
    return sum;
}

bool Reach::has(std::size_t layer, std::int64_t position) const
{
    return std::ranges::any_of(layers[layer], [position](const engine::PositionSpan &span) {
        return position >= span.begin && position < span.end;
    });
}

Reach receptiveField(const ReachQuestion &question, const std::vector<Sees> &layers)
{
    Reach reach;
    reach.layers.push_back({{question.token, question.token + 1}});
    const auto count = static_cast<std::size_t>(question.positions);
    std::vector<engine::PositionSpan> keys;
    for (const Sees &sees : layers) {
        std::vector<std::int32_t> opens(count + 1, 0); // +1 where a span begins, −1 where it ends
        for (const engine::PositionSpan &span : reach.layers.back()) {
            for (std::int64_t query = span.begin; query < span.end; ++query) {
                keys.clear();
                sees(query, keys);
                for (const engine::PositionSpan &key : keys) {
                    const auto begin = std::clamp<std::int64_t>(key.begin, 0, question.positions);
                    const auto end = std::clamp<std::int64_t>(key.end, begin, question.positions);
                    ++opens[static_cast<std::size_t>(begin)];
                    --opens[static_cast<std::size_t>(end)];
                }
            }
        }
        std::vector<engine::PositionSpan> merged;
        std::int32_t open = 0;
        for (std::size_t i = 0; i < count; ++i) {
            open += opens[i];
            const auto at = static_cast<std::int64_t>(i);
            if (open > 0 && !merged.empty() && merged.back().end == at)
                merged.back().end = at + 1;
            else if (open > 0)
                merged.push_back({at, at + 1});
        }
        reach.layers.push_back(std::move(merged));
    }
    return reach;
}

QRectF ReachGeometry::lineOf(std::size_t layer) const
{
    return {area.left() + labelWidth, area.top() + static_cast<double>(layer) * lineHeight,
            area.width() - labelWidth - numberWidth, lineHeight};
}

double ReachGeometry::xOf(std::int64_t position) const
{
    const QRectF line = lineOf(0);
    return line.left() + line.width() * static_cast<double>(position) / static_cast<double>(positions);
}

std::int64_t ReachGeometry::positionAt(double x) const
{
    const QRectF line = lineOf(0);
    const auto position = static_cast<std::int64_t>((x - line.left()) / line.width() * static_cast<double>(positions));
    return std::clamp<std::int64_t>(position, 0, positions - 1);
}

std::size_t ReachGeometry::lineAt(double y, std::size_t lines) const
{
    const auto line = static_cast<std::size_t>(std::max(0.0, (y - area.top()) / lineHeight));
    return std::min(line, lines - 1);
}

double reachHeight(std::size_t layers)
{
    return static_cast<double>(layers) * scaled(18);
}

ReachGeometry layoutReach(const QRectF &area, std::size_t layers, std::int64_t positions)
{
    return {.area = QRectF(area.topLeft(), QSizeF(area.width(), reachHeight(layers))),
            .labelWidth = static_cast<double>(scaled(64)),
            .numberWidth = static_cast<double>(scaled(72)),
            .lineHeight = static_cast<double>(scaled(18)),
            .positions = std::max<std::int64_t>(1, positions)};
}

void paintReach(QPainter &painter, const ReachGeometry &geometry, const Reach &reach,
                const std::vector<QString> &labels)
{
    const Theme &theme = Theme::current();
    const QFont small = font(TextSize::Small);
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setFont(small);
    for (std::size_t layer = 0; layer < reach.layers.size(); ++layer) {
        const QRectF line = geometry.lineOf(layer);
        painter.fillRect(line.adjusted(0, 1, 0, -1), hiddenColour());
        for (const engine::PositionSpan &span : reach.layers[layer]) {
            const double left = geometry.xOf(span.begin);
            const double width = std::max(2.0, geometry.xOf(span.end) - left);
            painter.fillRect(QRectF(left, line.top() + 1.0, width, line.height() - 2.0),
                             layer == 0 ? theme.category(engine::Category::Autoregressive) : theme.accent);
        }
        painter.setPen(theme.dimText);
        if (layer < labels.size())
            painter.drawText(QRectF(geometry.area.left(), line.top(), geometry.labelWidth - 6.0, line.height()),
                             Qt::AlignLeft | Qt::AlignVCenter, elided(labels[layer], small, geometry.labelWidth - 6.0));
        painter.setPen(theme.text);
        drawTabular(painter, QRectF(line.right(), line.top(), geometry.numberWidth, line.height()),
                    groupedText(reach.positions(layer)));
    }
}

} // namespace ui
