// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/mechanisms/memory_view.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace ui {

namespace {

constexpr double kLargestHeight = 320.0;
constexpr std::array<std::int64_t, 5> kSegmentLengths{4, 8, 16, 32, 64};

QColor rememberedColour()
{
    return Theme::current().category(engine::Category::Autoregressive);
}

QColor beforeColour()
{
    return Theme::current().dimText;
}

} // namespace

engine::SegmentLayout segmentLayout(const engine::Trace &trace)
{
    engine::SegmentLayout layout;
    const auto found = std::ranges::find(trace.mechanisms, "segments", &engine::MechanismRecord::name);
    if (found == trace.mechanisms.end() || found->tensor.rank() != 2 || found->tensor.size(1) != 4)
        return layout;
    const auto numbers = found->tensor.ints();
    for (std::size_t i = 0; i + 3 < numbers.size(); i += 4) {
        layout.segments.push_back({.first = numbers[i], .queries = numbers[i + 1], .memory = numbers[i + 2]});
        if (numbers[i + 3] >= 0)
            layout.segments.back().slack = numbers[i + 3];
    }
    return layout;
}

engine::PositionSpan seenKeys(const engine::SegmentLayout &layout, std::int64_t query)
{
    const std::size_t segment = layout.segmentOf(query);
    const engine::SegmentLayout::Segment &own = layout.segments[segment];
    const std::int64_t first = layout.firstKey(segment);
    const std::int64_t inside = query - own.first;
    const std::int64_t skipped = own.slack ? std::max<std::int64_t>(0, inside - *own.slack + 1) : 0;
    return {first + skipped, first + own.memory + inside + 1};
}

Sees seesOf(const engine::SegmentLayout &layout)
{
    return [layout](std::int64_t key, std::vector<engine::PositionSpan> &keys) {
        keys.push_back({key, key + 1});
        if (key >= layout.memory())
            keys.push_back(seenKeys(layout, key - layout.memory()));
    };
}

PairPicture pairsOf(const engine::SegmentLayout &layout)
{
    PairPicture picture{.rows = layout.queries(),
                        .columns = layout.keys(),
                        .fillRow = {},
                        .colours = {Theme::current().accent, rememberedColour(), beforeColour()}};
    picture.fillRow = [layout](std::int64_t query, std::span<std::uint8_t> reasons) {
        const engine::PositionSpan seen = seenKeys(layout, query);
        const std::int64_t ownFirst = layout.memory() + layout.segments[layout.segmentOf(query)].first;
        for (std::int64_t key = seen.begin; key < seen.end; ++key)
            reasons[static_cast<std::size_t>(key)] = key >= ownFirst ? 1 : key >= layout.memory() ? 2 : 3;
    };
    return picture;
}

MemoryView::MemoryView(SelectionModel &selectionModel, QWidget *parent) : MechanismView(selectionModel, parent)
{
    setWindowTitle(tr("Memory of former segments"));
    setAccessibleName(tr("Memory of former segments: left and right choose a token"));
}

bool MemoryView::read()
{
    m_layout = segmentLayout(*result()->trace);
    m_layers = static_cast<std::size_t>(std::max(1, loadedModel()->info().layers));
    m_labels = labelsOf(engine::Stack::Decoder, places());
    return places() > 0;
}

void MemoryView::follow()
{
    m_record = nullptr;
    const Selection &current = selection().current();
    for (const engine::AttentionRecord &record : result()->trace->attentions)
        if (record.queries() == places() && record.keys() == m_layout.keys() &&
            (m_record == nullptr || std::abs(record.layer - current.layer) < std::abs(m_record->layer - current.layer)))
            m_record = &record;
    const std::vector<Sees> layers(m_layers, seesOf(m_layout));
    m_reach = receptiveField({.token = m_layout.memory() + token(), .positions = m_layout.keys()}, layers);
}

std::int64_t MemoryView::token() const
{
    return std::clamp<std::int64_t>(selection().current().query.value_or(places() - 1), 0, places() - 1);
}

QString MemoryView::keyText(std::int64_t key) const
{
    const std::int64_t position = key - m_layout.memory();
    return position < 0 ? tr("memory %1 before the text").arg(-position)
                        : QStringLiteral("“%1”").arg(labelAt(m_labels, position));
}

std::int64_t MemoryView::headOf(const engine::AttentionRecord &record) const
{
    return std::clamp<std::int64_t>(selection().current().head, 0, record.heads() - 1);
}

double MemoryView::weightOnMemory() const
{
    std::vector<float> row(static_cast<std::size_t>(m_layout.keys()));
    m_record->fillRow({.batch = std::clamp<std::int64_t>(selection().current().row, 0, m_record->rows() - 1),
                       .head = headOf(*m_record),
                       .query = token()},
                      row);
    const std::int64_t ownFirst = m_layout.memory() + m_layout.segments[m_layout.segmentOf(token())].first;
    double sum = 0.0;
    for (std::int64_t key = 0; key < ownFirst; ++key)
        sum += static_cast<double>(row[static_cast<std::size_t>(key)]);
    return sum;
}

void MemoryView::lay(Column &column) const
{
    column.heading(windowTitle(), tr("segments: %1").arg(m_layout.segments.size()));
    column.paragraph(
        tr("The text is read in segments. What every layer was given for the last %1 positions is kept and put in "
           "front of "
           "the next segment: queries look at it, but it is not computed again. Blue: the segment itself; orange: "
           "remembered "
           "from a former segment; grey: the memory before the text, which is zeros and is looked at all the same.")
            .arg(m_layout.segments.back().memory));
    laySegments(column);
    layPairs(column);
    column.gap(6.0);
    strip(column);
    column.gap(20.0);
    layReach(column);
    column.gap(16.0);
    layReruns(column);
}

void MemoryView::laySegments(Column &column) const
{
    const QRectF line = column.take(scaled(28));
    const double pitch = line.width() / static_cast<double>(std::max<std::int64_t>(1, places()));
    const std::size_t chosen = m_layout.segmentOf(token());
    for (std::size_t i = 0; i < m_layout.segments.size(); ++i) {
        const engine::SegmentLayout::Segment &segment = m_layout.segments[i];
        const QRectF box(line.left() + static_cast<double>(segment.first) * pitch, line.top(),
                         std::max(2.0, static_cast<double>(segment.queries) * pitch - 3.0), line.height());
        column.paint([&](QPainter &painter) {
            const Theme &theme = Theme::current();
            painter.setPen(Qt::NoPen);
            painter.setBrush(i == chosen ? theme.accent : theme.accentGround);
            painter.drawRoundedRect(box, std::min(6.0, box.width() / 3.0), 6.0);
            painter.setPen(i == chosen ? theme.accentText : theme.text);
            painter.setFont(ui::font(TextSize::Small));
            const QString full = tr("segment %1").arg(i + 1);
            const bool fits = painter.fontMetrics().horizontalAdvance(full) < box.width() - 8.0;
            if (fits || box.width() > 16.0)
                painter.drawText(box, Qt::AlignCenter, fits ? full : QString::number(i + 1));
        });
        column.spot(
            {.area = box,
             .say =
                 [i, segment](const QPointF &) {
                     return StripText{tr("Segment %1").arg(i + 1),
                                      tr("positions %1–%2, with %3 remembered positions in front of it.")
                                          .arg(segment.first)
                                          .arg(segment.first + segment.queries - 1)
                                          .arg(segment.memory)};
                 },
             .act = [this, segment](
                        const QPointF &) { chooser().selectPair(segment.first + segment.queries - 1, std::nullopt); }});
    }
    column.gap(8.0);
}

void MemoryView::layPairs(Column &column) const
{
    const PairPicture picture = pairsOf(m_layout);
    const HeatMapLabels labels{m_labels, {}};
    const HeatMapMargins margins = heatMapMargins(labels, {.width = column.width()});
    const double width = column.width() - margins.left - margins.right;
    const double height = std::clamp(width * static_cast<double>(picture.rows) /
                                         static_cast<double>(std::max<std::int64_t>(1, picture.columns)),
                                     60.0, kLargestHeight);
    const QRectF room = column.take(height + 4.0);
    const HeatMapGeometry geometry{QRectF(margins.left, room.top() + 2.0, width, height),
                                   fullRange(picture.rows, picture.columns), picture.rows, picture.columns};
    column.paint([&](QPainter &painter) {
        painter.translate(room.left(), 0.0); // rulers count from the left edge
        paintPairs(painter, geometry, picture);
        HeatMapGeometry rowsOnly = geometry;
        rowsOnly.columns = 0;
        paintRulers(painter, rowsOnly, labels, {.row = token()});
    });
    spotPairs(column, {.geometry = geometry,
                       .left = room.left(),
                       .say =
                           [this](const Cell &pair) {
                               return StripText{
                                   QStringLiteral("%1 %2 %3")
                                       .arg(labelAt(m_labels, pair.row), QString(QChar(0x2192)), keyText(pair.column)),
                                   QString::fromStdString(engine::segmentMask(m_layout).why(0, pair.row, pair.column))};
                           },
                       .act = [this](const Cell &pair) { chooser().selectPair(pair.row, std::nullopt); }});
}

void MemoryView::layReach(Column &column) const
{
    column.heading(tr("How far back it reaches"),
                   tr("from “%1”, position %2").arg(labelAt(m_labels, token())).arg(token()));
    column.paragraph(tr(
        "By itself, through the last layer, the last two, … A remembered state was made from what stood before it in "
        "turn, "
        "so every layer looks one memory further back. The number counts positions, memory before the text included."));
    const auto lines = m_reach.layers.size();
    const ReachGeometry geometry = layoutReach(column.take(reachHeight(lines)), lines, m_layout.keys());
    std::vector<QString> labels{tr("itself")};
    for (std::size_t i = m_layers; i > 0; --i)
        labels.push_back(tr("layer %1").arg(i));
    column.paint([&](QPainter &painter) {
        paintReach(painter, geometry, m_reach, labels);
        painter.setPen(QPen(Theme::current().text, 1.0, Qt::DotLine));
        for (const engine::SegmentLayout::Segment &segment : m_layout.segments) {
            const double x = geometry.xOf(m_layout.memory() + segment.first);
            painter.drawLine(QPointF(x, geometry.area.top()), QPointF(x, geometry.area.bottom()));
        }
    });
    column.spot({.area = QRectF(geometry.lineOf(0).topLeft(), geometry.lineOf(lines - 1).bottomRight()),
                 .say =
                     [this, geometry, labels](const QPointF &point) {
                         const std::size_t line = geometry.lineAt(point.y(), labels.size());
                         const std::int64_t key = geometry.positionAt(point.x());
                         const QString reach = m_reach.has(line, key) ? tr("is within reach down to this line: %1.")
                                                                      : tr("is out of reach down to this line: %1.");
                         return StripText{keyText(key), reach.arg(labels[line])};
                     },
                 .act =
                     [this, geometry](const QPointF &point) {
                         chooser().selectPair(
                             std::max<std::int64_t>(0, geometry.positionAt(point.x()) - m_layout.memory()),
                             std::nullopt);
                     }});
}

void MemoryView::layReruns(Column &column) const
{
    column.paragraph(tr("Cut the text into segments of another length and run again:"));
    std::vector<Pill> pills;
    for (const std::int64_t length : kSegmentLengths)
        pills.push_back({.text = QString::number(length),
                         .isChosen = length == m_layout.segments.front().queries,
                         .says = {tr("Segments of %1").arg(length), tr("Click to run the same text cut that way.")},
                         .act = [this, length] { emit rerunAsked({.segmentLength = length}); }});
    column.pills(std::move(pills));
}

StripText MemoryView::usualText() const
{
    const engine::PositionSpan seen = seenKeys(m_layout, token());
    const std::int64_t own = m_layout.memory() + m_layout.segments[m_layout.segmentOf(token())].first;
    QString text = tr("sees %1 positions, %2 of them remembered")
                       .arg(seen.end - seen.begin)
                       .arg(std::max<std::int64_t>(0, own - seen.begin));
    if (m_record != nullptr)
        text += tr("; %1 % of its attention (layer %2, head %3) lies on the memory")
                    .arg(oneDecimal(100.0 * weightOnMemory()))
                    .arg(m_record->layer + 1)
                    .arg(headOf(*m_record) + 1);
    return {QStringLiteral("“%1”").arg(labelAt(m_labels, token())), text + QLatin1Char('.')};
}

NumberTable MemoryView::numbers() const
{
    NumberTable table{{"position", "text", "segment", "first_key", "end_key", "remembered_keys"}, {}};
    for (std::int64_t query = 0; query < places(); ++query) {
        const engine::PositionSpan seen = seenKeys(m_layout, query);
        const std::size_t segment = m_layout.segmentOf(query);
        const std::int64_t own = m_layout.memory() + m_layout.segments[segment].first;
        table.rows.push_back({static_cast<qlonglong>(query), labelAt(m_labels, query), static_cast<qlonglong>(segment),
                              static_cast<qlonglong>(seen.begin - m_layout.memory()),
                              static_cast<qlonglong>(seen.end - m_layout.memory()),
                              static_cast<qlonglong>(std::max<std::int64_t>(0, own - seen.begin))});
    }
    return table;
}

} // namespace ui
