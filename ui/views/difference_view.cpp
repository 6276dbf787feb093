// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/difference_view.h"

#include "ui/paint/bars.h"
#include "ui/views/tables.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

constexpr double kGap = 10.0;

double headingHeight()
{
    return QFontMetricsF(font(TextSize::Title, true)).height() + 6.0;
}

double placeHeight()
{
    return scaled(22);
}

std::vector<ValueRow> signedRows(const RunComparison &comparison)
{
    std::vector<ValueRow> rows;
    for (const ComparedToken &token : comparison.tokens)
        rows.push_back(
            {.label = token.token,
             .value = token.difference(),
             .number = signedText(token.difference()),
             .note = QStringLiteral("%1 → %2").arg(probabilityText(token.first), probabilityText(token.second))});
    return rows;
}

QString shownProbability(const std::optional<double> &probability)
{
    return probability ? probabilityText(*probability) : QString();
}

} // namespace

DifferenceView::DifferenceView(SelectionModel &selectionModel, QWidget *parent) : PictureView(selectionModel, parent)
{
    setWindowTitle(tr("Difference"));
    setAccessibleName(tr("Difference of two runs"));
}

void DifferenceView::compare(const ComparedRun &first, const ComparedRun &second)
{
    m_comparison = compareRuns(first, second);
    m_first = first.name;
    m_second = second.name;
    QStringList spoken{summary()};
    for (const ComparedToken &token : m_comparison.tokens)
        spoken << QStringLiteral("%1 %2").arg(token.token, signedText(token.difference()));
    setAccessibleDescription(spoken.join(QStringLiteral(", ")));
    relayout();
}

QString DifferenceView::summary() const
{
    QStringList parts;
    if (m_comparison.common > 0 && !m_comparison.places.empty())
        parts << tr("Tokens in common before they part: %1.").arg(m_comparison.common);
    if (m_comparison.distance)
        parts << tr("%1 of the probability stands elsewhere.").arg(probabilityText(*m_comparison.distance));
    parts << tr("Bars to the right: more likely in %1; to the left: in %2.").arg(m_second, m_first);
    return parts.join(QLatin1Char(' '));
}

int DifferenceView::pictureHeight(int width) const
{
    if (!m_comparison.isPossible)
        return scaled(92);
    double height = headingHeight() + paragraphHeight(summary(), width) + kGap;
    height += static_cast<double>(m_comparison.tokens.size()) * barRowHeight();
    if (m_comparison.hasRows && !m_comparison.places.empty())
        height += 2 * kGap + headingHeight() + static_cast<double>(m_comparison.places.size() + 1) * placeHeight();
    return static_cast<int>(std::ceil(height + kGap));
}

double DifferenceView::paintTokens(QPainter &painter, const QRectF &area) const
{
    double y = paintHeading(painter, area, tr("What could come there"), m_comparison.at);
    y = paintParagraph(painter, QRectF(area.left(), y, area.width(), 0), summary(), Theme::current().dimText) +
        kGap / 2;
    const std::vector<ValueRow> rows = signedRows(m_comparison);
    const auto layout = layoutValueBars(QRectF(area.left(), y, area.width(), 0), rows, {.isSigned = true});
    return paintValueBars(painter, layout, rows);
}

// position | token and p of the one | token and p of the other | signed difference
double DifferenceView::paintPlaces(QPainter &painter, const QRectF &area) const
{
    const Theme &theme = Theme::current();
    double y = paintHeading(painter, area, tr("Token by token"),
                            m_comparison.common > 0 ? tr("from where they part; probability of each beside it")
                                                    : tr("behind the prompts; probability of each beside it"));
    const double side = (area.width() - scaled(34) - scaled(92)) / 2.0;
    const double number = scaled(52);
    const auto paintSide = [&](double left, const QString &token, const QString &p, const QColor &colour) {
        painter.setFont(ui::font(TextSize::Normal));
        painter.setPen(colour);
        painter.drawText(QRectF(left, y, side - number - 14, placeHeight()), Qt::AlignVCenter,
                         elided(token, painter.font(), side - number - 14));
        painter.setFont(ui::font(TextSize::Small));
        painter.setPen(theme.dimText);
        drawTabular(painter, QRectF(left + side - number - 10, y, number, placeHeight()), p);
    };
    painter.setFont(ui::font(TextSize::Small));
    painter.setPen(theme.dimText);
    const double left = area.left() + scaled(34);
    painter.drawText(QRectF(left, y, side - 12, placeHeight()), Qt::AlignVCenter,
                     elided(m_first, painter.font(), side - 12));
    painter.drawText(QRectF(left + side, y, side - 12, placeHeight()), Qt::AlignVCenter,
                     elided(m_second, painter.font(), side - 12));
    painter.drawText(QRectF(left + 2 * side, y, scaled(92), placeHeight()), Qt::AlignVCenter | Qt::AlignRight,
                     tr("second − first"));
    y += placeHeight();
    for (const ComparedPlace &place : m_comparison.places) {
        painter.setFont(ui::font(TextSize::Small));
        painter.setPen(theme.dimText);
        painter.drawText(QRectF(area.left(), y, scaled(30), placeHeight()), Qt::AlignVCenter,
                         QString::number(place.position));
        paintSide(left, place.first, shownProbability(place.firstProbability), theme.text);
        paintSide(left + side, place.second, shownProbability(place.secondProbability), theme.text);
        if (place.firstProbability && place.secondProbability) {
            const double by = *place.secondProbability - *place.firstProbability;
            painter.setPen(by < 0.0 ? theme.negative : theme.positive);
            painter.setFont(ui::font(TextSize::Normal));
            drawTabular(painter, QRectF(left + 2 * side, y, scaled(92), placeHeight()), signedText(by));
        }
        y += placeHeight();
    }
    return y;
}

void DifferenceView::paintExport(QPainter &painter, const QSize &size)
{
    const QRectF area(0.0, 0.0, size.width(), size.height());
    if (!m_comparison.isPossible) {
        paintParagraph(painter, area, tr("There is nothing to compare yet: both sides need a result of the same task."),
                       Theme::current().dimText);
        return;
    }
    const double y = paintTokens(painter, area);
    if (m_comparison.hasRows && !m_comparison.places.empty())
        paintPlaces(painter, QRectF(0.0, y + 2 * kGap, size.width(), 0.0));
}

QStringList DifferenceView::exportExtensions() const
{
    return PictureView::exportExtensions() << QStringLiteral("csv") << QStringLiteral("json");
}

QString DifferenceView::exportNumbers(const QString &file)
{
    NumberTable table{
        {"kind", "position", "first_token", "first_probability", "second_token", "second_probability", "difference"},
        {}};
    for (const ComparedToken &token : m_comparison.tokens)
        table.rows.push_back({QStringLiteral("next"), QVariant(), token.token, token.first, token.token, token.second,
                              token.difference()});
    for (const ComparedPlace &place : m_comparison.places) {
        const auto value = [](const std::optional<double> &p) { return p ? QVariant(*p) : QVariant(); };
        const bool hasBoth = place.firstProbability && place.secondProbability;
        table.rows.push_back({QStringLiteral("row"), static_cast<qlonglong>(place.position), place.first,
                              value(place.firstProbability), place.second, value(place.secondProbability),
                              hasBoth ? QVariant(*place.secondProbability - *place.firstProbability) : QVariant()});
    }
    return writeTable(file, table);
}

} // namespace ui
