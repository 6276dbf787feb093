// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/paint/tape.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

class Words {
    Q_DECLARE_TR_FUNCTIONS(Tape)
};

void paintHead(QPainter &painter, const QRectF &place, const TapePlace &tape)
{
    const Theme &theme = Theme::current();
    const QRectF box = place.adjusted(1.0, 1.0, -1.0, -2.0);
    painter.setPen(tape.isNext ? QPen(theme.accent, 1.4, Qt::DashLine) : QPen(Qt::NoPen));
    const QColor fill = tape.rank > 0 ? surprisalColour(tape.surprisalBits) : theme.chip;
    painter.setBrush(tape.isNext ? QBrush(Qt::NoBrush) : QBrush(fill));
    painter.drawRoundedRect(box, 5, 5);
    const QFont words = font(TextSize::Normal, !tape.isPrompt);
    painter.setFont(words);
    painter.setPen(tape.isNext ? theme.accent : theme.text);
    const double line = QFontMetricsF(words).height();
    painter.drawText(QRectF(box.left() + 3, box.top() + 1, box.width() - 6, line), Qt::AlignCenter,
                     elided(tape.isNext ? Words::tr("next") : tape.token, words, box.width() - 6));
    painter.setFont(font(TextSize::Small));
    const QString below =
        tape.rank > 0 ? Words::tr("%1 bit · #%2").arg(oneDecimal(tape.surprisalBits)).arg(tape.rank) : QString();
    painter.drawText(QRectF(box.left(), box.top() + line, box.width(), box.height() - line), Qt::AlignCenter,
                     elided(below, painter.font(), box.width() - 2));
}

void paintAlternative(QPainter &painter, const QRectF &place, const TapeAlternative &alternative)
{
    const Theme &theme = Theme::current();
    const QRectF box = place.adjusted(1.0, 0.5, -1.0, -0.5);
    QColor ground = theme.accent;
    ground.setAlphaF(static_cast<float>(0.06 + 0.5 * std::clamp(alternative.probability, 0.0, 1.0)));
    painter.setPen(alternative.isActual ? QPen(theme.accent, 1.5) : QPen(Qt::NoPen));
    painter.setBrush(ground);
    painter.drawRoundedRect(box, 4, 4);
    const QFont words = font(TextSize::Small, alternative.isActual);
    painter.setFont(words);
    painter.setPen(theme.text);
    const int percent = static_cast<int>(std::lround(100.0 * alternative.probability));
    const QString number = percent > 0 ? QString::number(percent) : QStringLiteral("<1");
    const double numberWidth = QFontMetricsF(words).horizontalAdvance(QStringLiteral("100")) + 2.0;
    const double room = box.width() - numberWidth - 7.0;
    painter.drawText(QRectF(box.left() + 4, box.top(), room, box.height()), Qt::AlignVCenter,
                     elided(alternative.text, words, room));
    painter.setPen(theme.dimText);
    painter.setFont(font(TextSize::Small));
    drawTabular(painter, QRectF(box.right() - numberWidth - 2.0, box.top(), numberWidth, box.height()), number);
}

} // namespace

QColor surprisalColour(double bits)
{
    constexpr double kStrongest = 5.0;
    const Theme &theme = Theme::current();
    const QColor hot = theme.isDark ? QColor(0x9a, 0x48, 0x0c) : QColor(0xe0, 0x8a, 0x45);
    const double share = std::clamp(bits / kStrongest, 0.0, 1.0) * 0.9;
    const auto mix = [share](int from, int to) { return static_cast<int>(std::lround(from + share * (to - from))); };
    return {mix(theme.chip.red(), hot.red()), mix(theme.chip.green(), hot.green()), mix(theme.chip.blue(), hot.blue())};
}

QRectF TapeGeometry::placeRect(std::size_t place) const
{
    return {left + static_cast<double>(place % columns) * columnWidth,
            top + static_cast<double>(place / columns) * (lineHeight() + lineGap), columnWidth, lineHeight()};
}

QRectF TapeGeometry::headRect(std::size_t place) const
{
    const QRectF all = placeRect(place);
    return {all.left(), all.top(), all.width(), headHeight};
}

QRectF TapeGeometry::alternativeRect(const TapeHit &hit) const
{
    const QRectF all = placeRect(hit.place);
    return {all.left(), all.top() + headHeight + static_cast<double>(hit.alternative.value_or(0)) * rankHeight,
            all.width(), rankHeight};
}

double TapeGeometry::height(std::size_t places) const
{
    if (places == 0)
        return 0.0;
    const auto lines = static_cast<double>((places + columns - 1) / columns);
    return lines * lineHeight() + (lines - 1.0) * lineGap;
}

std::optional<TapeHit> TapeGeometry::hitAt(const QPointF &point, const std::vector<TapePlace> &places) const
{
    const double x = point.x() - left;
    const double y = point.y() - top;
    if (x < 0.0 || y < 0.0 || x >= columnWidth * static_cast<double>(columns))
        return {};
    const auto line = static_cast<std::size_t>(y / (lineHeight() + lineGap));
    const std::size_t place = line * columns + static_cast<std::size_t>(x / columnWidth);
    if (place >= places.size())
        return {};
    const double within = y - static_cast<double>(line) * (lineHeight() + lineGap);
    if (within < headHeight)
        return TapeHit{.place = place};
    const auto rank = static_cast<std::size_t>((within - headHeight) / rankHeight);
    if (rank >= places[place].alternatives.size())
        return {};
    return TapeHit{.place = place, .alternative = rank};
}

TapeGeometry layoutTape(const QRectF &area, const std::vector<TapePlace> &places)
{
    TapeGeometry geometry;
    geometry.left = area.left();
    geometry.top = area.top();
    for (const TapePlace &place : places)
        geometry.ranks = std::max(geometry.ranks, place.alternatives.size());
    const double least = scaled(76);
    geometry.columns = std::max<std::size_t>(1, static_cast<std::size_t>(area.width() / least));
    geometry.columnWidth = area.width() / static_cast<double>(geometry.columns);
    geometry.headHeight =
        QFontMetricsF(font(TextSize::Normal, true)).height() + QFontMetricsF(font(TextSize::Small)).height() + 7.0;
    geometry.rankHeight = scaled(19);
    geometry.footHeight = QFontMetricsF(font(TextSize::Small)).height() + 2.0;
    geometry.lineGap = 8.0;
    return geometry;
}

void paintTape(QPainter &painter, const TapeGeometry &geometry, const std::vector<TapePlace> &places,
               const TapeMarks &marks)
{
    const Theme &theme = Theme::current();
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    for (std::size_t i = 0; i < places.size(); ++i) {
        const TapePlace &place = places[i];
        const QRectF all = geometry.placeRect(i);
        if (marks.selected == i) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(theme.accentGround);
            painter.drawRoundedRect(all, 6, 6);
        }
        paintHead(painter, geometry.headRect(i), place);
        for (std::size_t rank = 0; rank < place.alternatives.size(); ++rank) {
            const TapeHit hit{.place = i, .alternative = rank};
            paintAlternative(painter, geometry.alternativeRect(hit), place.alternatives[rank]);
        }
        if (marks.hovered && marks.hovered->place == i) {
            const QRectF hot =
                marks.hovered->alternative ? geometry.alternativeRect(*marks.hovered) : geometry.headRect(i);
            painter.setPen(QPen(theme.accent, 1.2));
            painter.setBrush(Qt::NoBrush);
            painter.drawRoundedRect(hot.adjusted(1, 0.5, -1, -0.5), 4, 4);
        }
        if (place.alternatives.empty())
            continue;
        painter.setFont(font(TextSize::Small));
        painter.setPen(theme.dimText);
        const double y = all.top() + geometry.headHeight + static_cast<double>(geometry.ranks) * geometry.rankHeight;
        painter.drawText(QRectF(all.left(), y, all.width(), geometry.footHeight), Qt::AlignCenter,
                         elided(Words::tr("H %1 bit").arg(oneDecimal(place.entropyBits)), painter.font(), all.width()));
    }
    painter.restore();
}

} // namespace ui
