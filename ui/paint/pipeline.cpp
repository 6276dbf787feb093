// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/paint/pipeline.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

constexpr double kGap = 8.0;
constexpr double kMoved = 0.0005; // what three decimals show

class Words {
    Q_DECLARE_TR_FUNCTIONS(Pipeline)
};

QString noteOf(const engine::RankStage &stage)
{
    QStringList parts;
    if (stage.removed > 0)
        parts << QChar(0x2212) + groupedText(stage.removed);
    if (stage.changed > 0)
        parts << Words::tr("%1 moved").arg(groupedText(stage.changed));
    if (parts.isEmpty())
        parts << Words::tr("nothing");
    return parts.join(QStringLiteral(" · "));
}

StageMark markOf(const engine::StageCandidate &candidate, bool isTellingMoves)
{
    if (candidate.isRemoved)
        return StageMark::Removed;
    if (candidate.before <= 0.0 && candidate.after <= 0.0)
        return StageMark::Gone;
    return isTellingMoves && std::abs(candidate.after - candidate.before) > kMoved ? StageMark::Moved : StageMark::Kept;
}

void paintCell(QPainter &painter, const QRectF &place, const StageCell &cell)
{
    const Theme &theme = Theme::current();
    const QRectF box = place.adjusted(1.0, 1.5, -1.0, -1.5);
    const bool isThere = cell.mark == StageMark::Kept || cell.mark == StageMark::Moved;
    if (isThere) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(theme.chip);
        painter.drawRoundedRect(box, 4, 4);
        QColor bar = theme.accent;
        bar.setAlphaF(theme.isDark ? 0.62F : 0.42F);
        painter.setBrush(bar);
        const double width = std::max(2.0, box.width() * std::clamp(cell.probability, 0.0, 1.0));
        painter.drawRoundedRect(QRectF(box.topLeft(), QSizeF(width, box.height())), std::min(4.0, width / 2), 4);
    } else if (cell.mark == StageMark::Removed) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(QBrush(theme.dimText, Qt::BDiagPattern));
        painter.drawRoundedRect(box, 4, 4);
    }
    if (cell.mark == StageMark::Moved) {
        painter.setPen(QPen(theme.accent, 1.5));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(box, 4, 4);
    }
    painter.setFont(font(TextSize::Small, cell.mark == StageMark::Moved));
    painter.setPen(isThere ? theme.text : theme.dimText);
    const QString text = isThere ? probabilityText(cell.probability) : QString();
    drawTabular(painter, box.adjusted(2.0, 0.0, -4.0, 0.0), text);
    if (cell.mark == StageMark::Removed) {
        painter.setPen(theme.text);
        const double side = QFontMetricsF(painter.font()).height();
        const QRectF mark(box.center().x() - side / 2, box.center().y() - side / 2, side, side);
        painter.setBrush(theme.card);
        painter.setPen(Qt::NoPen);
        painter.drawEllipse(mark);
        painter.setPen(theme.text);
        painter.drawText(mark, Qt::AlignCenter, QStringLiteral("×"));
    } else if (cell.mark == StageMark::Gone) {
        painter.drawText(box, Qt::AlignCenter, QStringLiteral("·"));
    }
}

} // namespace

PipelineTable pipelineTable(const std::vector<engine::RankStage> &stages, const std::vector<QString> &names,
                            const std::vector<double> &raw)
{
    PipelineTable table{.candidates = names, .columns = {}};
    StageColumn model{.title = Words::tr("model"), .note = Words::tr("raw"), .cells = {}};
    for (const double probability : raw)
        model.cells.push_back({.probability = probability});
    table.columns.push_back(std::move(model));
    for (const engine::RankStage &stage : stages) {
        StageColumn column{.title = fromUtf8(stage.name), .note = noteOf(stage), .cells = {}};
        for (const engine::StageCandidate &candidate : stage.candidates)
            column.cells.push_back({.probability = candidate.after, .mark = markOf(candidate, stage.changed > 0)});
        table.columns.push_back(std::move(column));
    }
    return table;
}

QRectF PipelineGeometry::cellRect(std::size_t row, std::size_t column) const
{
    return {area.left() + labelWidth + static_cast<double>(column) * columnWidth,
            area.top() + static_cast<double>(row) * rowHeight, columnWidth, rowHeight};
}

QRectF PipelineGeometry::headRect(std::size_t column) const
{
    return {area.left() + labelWidth + static_cast<double>(column) * columnWidth, area.top() - headHeight, columnWidth,
            headHeight};
}

QRectF PipelineGeometry::labelRect(std::size_t row) const
{
    return {area.left(), area.top() + static_cast<double>(row) * rowHeight, labelWidth - kGap, rowHeight};
}

std::optional<std::size_t> PipelineGeometry::rowAt(const QPointF &point, std::size_t rows) const
{
    if (point.y() < area.top() || point.x() < area.left() || point.x() > area.right())
        return {};
    const auto row = static_cast<std::size_t>((point.y() - area.top()) / rowHeight);
    return row < rows ? std::optional(row) : std::nullopt;
}

double PipelineGeometry::height() const
{
    return headHeight + area.height();
}

PipelineGeometry layoutPipeline(const QRectF &place, const PipelineTable &table)
{
    PipelineGeometry geometry;
    geometry.rowHeight = scaled(22);
    const QFontMetricsF small(font(TextSize::Small, true));
    const QFontMetricsF normal(font(TextSize::Normal));
    for (const QString &candidate : table.candidates)
        geometry.labelWidth = std::max(geometry.labelWidth, normal.horizontalAdvance(candidate) + kGap + 4.0);
    geometry.labelWidth = std::clamp(geometry.labelWidth, place.width() * 0.12, place.width() * 0.28);
    const auto columns = static_cast<double>(std::max<std::size_t>(1, table.columns.size()));
    const double widest = scaled(150);
    geometry.columnWidth = std::min(widest, (place.width() - geometry.labelWidth) / columns);
    geometry.headHeight = 3.0 * small.lineSpacing() + 4.0; // a title of two lines, a note
    geometry.area = QRectF(place.left(), place.top() + geometry.headHeight, place.width(),
                           geometry.rowHeight * static_cast<double>(table.candidates.size()));
    return geometry;
}

void paintPipeline(QPainter &painter, const PipelineGeometry &geometry, const PipelineTable &table)
{
    const Theme &theme = Theme::current();
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    for (std::size_t row = 0; row < table.candidates.size(); ++row) {
        painter.setFont(font(TextSize::Normal));
        painter.setPen(theme.text);
        const QRectF place = geometry.labelRect(row);
        painter.drawText(place, Qt::AlignVCenter, elided(table.candidates[row], painter.font(), place.width()));
    }
    for (std::size_t column = 0; column < table.columns.size(); ++column) {
        const StageColumn &stage = table.columns[column];
        const QRectF head = geometry.headRect(column).adjusted(2.0, 0.0, -2.0, -2.0);
        const QFont small = font(TextSize::Small);
        const double line = QFontMetricsF(small).lineSpacing();
        painter.setFont(font(TextSize::Small, true));
        painter.setPen(theme.text);
        QStringList words = stage.title.split(QLatin1Char(' '));
        for (QString &word : words) // a word that is too long would lose its beginning
            word = elided(word, painter.font(), head.width());
        painter.drawText(head.adjusted(0.0, 0.0, 0.0, -line),
                         static_cast<int>(Qt::AlignBottom | Qt::AlignHCenter) | Qt::TextWordWrap,
                         words.join(QLatin1Char(' ')));
        painter.setFont(small);
        painter.setPen(theme.dimText);
        painter.drawText(QRectF(head.left(), head.bottom() - line, head.width(), line), Qt::AlignCenter,
                         elided(stage.note, small, head.width()));
        for (std::size_t row = 0; row < stage.cells.size() && row < table.candidates.size(); ++row)
            paintCell(painter, geometry.cellRect(row, column), stage.cells[row]);
    }
    painter.restore();
}

} // namespace ui
