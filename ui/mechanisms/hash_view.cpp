// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/mechanisms/hash_view.h"

#include "ui/views/attention_data.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace ui {

namespace {

constexpr int kSquareSide = 400;
constexpr int kListHeight = 18;
constexpr int kThreads = 46;               // pixels between both lines of the list
constexpr std::int64_t kMostThreads = 512; // lines drawn; of more tokens every n-th
constexpr std::array<std::int64_t, 4> kRounds{1, 2, 4, 8};

bool isChunked(const engine::AttentionRecord &record)
{
    return std::holds_alternative<engine::ChunkAttention>(record.data);
}

QString percentText(double share)
{
    return oneDecimal(100.0 * share) + QStringLiteral(" %");
}

} // namespace

HashView::HashView(SelectionModel &selectionModel, QWidget *parent) : MechanismView(selectionModel, parent)
{
    setWindowTitle(tr("Attention in chunks"));
    setAccessibleName(
        tr("Attention in chunks: buckets, sorted list and compared pairs; left and right choose a token"));
}

bool HashView::read()
{
    m_record = nullptr;
    return std::ranges::any_of(result()->trace->attentions, isChunked);
}

void HashView::follow()
{
    const Selection &current = selection().current();
    const engine::AttentionRecord *nearest = nullptr;
    for (const engine::AttentionRecord &record : result()->trace->attentions)
        if (isChunked(record) &&
            (nearest == nullptr || std::abs(record.layer - current.layer) < std::abs(nearest->layer - current.layer)))
            nearest = &record;
    const ChunkPlace place{.row = std::clamp<std::int64_t>(current.row, 0, nearest->rows() - 1),
                           .head = std::clamp<std::int64_t>(current.head, 0, nearest->heads() - 1)};
    const std::int64_t list = place.row * nearest->heads() + place.head;
    if (nearest == m_record && list == m_rule.list)
        return;
    m_record = nearest;
    m_rule = *chunkRule(*nearest, place);
    m_labels = labelsOf(nearest->stack, places());
    m_allPairs = allPairs(m_rule);
    m_pairs = comparedPairs(m_rule);
    const auto &vectors = result()->trace->queryKeys;
    const auto own = std::ranges::find_if(vectors, [this](const engine::QueryKeyRecord &record) {
        return record.stack == m_record->stack && record.layer == m_record->layer;
    });
    m_agreement = agreementByRounds(m_rule, {.vectors = own == vectors.end() ? nullptr : &*own, .place = place});
}

void HashView::lay(Column &column) const
{
    const engine::ChunkLayout &layout = m_rule.layout;
    const QString place = tr("layer %1, head %2").arg(m_record->layer + 1).arg(m_rule.list % m_record->heads() + 1);
    column.heading(m_rule.isHashed() ? tr("Hashed attention") : tr("Local attention in chunks"), place);
    column.paragraph(m_rule.isHashed() ? tr("Queries and keys are the same vectors, so tokens that would attend to "
                                            "each other point the same way. Random "
                                            "rotations put each one into a bucket; the text is sorted by bucket and "
                                            "cut into chunks of %1. Every pair inside a "
                                            "chunk and with the chunk before is compared, whatever the bucket; a token "
                                            "sees itself only where it sees nothing else.")
                                             .arg(layout.chunk)
                                       : tr("The text is cut into chunks of %1 as it stands; each chunk sees itself "
                                            "and its neighbour. No hashing in this layer.")
                                             .arg(layout.chunk));
    if (layout.rounds > 1)
        layRounds(column);
    layPairs(column);
    column.gap(6.0);
    strip(column);
    column.gap(14.0);
    if (m_rule.isHashed()) {
        layList(column);
        column.gap(16.0);
    }
    layAgreement(column);
    if (m_rule.isHashed())
        layReruns(column);
    column.gap();
}

std::int64_t HashView::round() const
{
    return std::clamp<std::int64_t>(choice(), 0, m_rule.layout.rounds - 1);
}

void HashView::layRounds(Column &column) const
{
    std::vector<Pill> pills;
    for (std::int64_t round = 0; round < m_rule.layout.rounds; ++round)
        pills.push_back({.text = tr("Round %1").arg(round + 1),
                         .isChosen = round == this->round(),
                         .says = {tr("Round %1").arg(round + 1), tr("has rotations and buckets of its own.")},
                         .act = [this, round] { emit chosen(round); }});
    column.pills(std::move(pills));
}

void HashView::layPairs(Column &column) const
{
    const std::int64_t length = m_rule.layout.length;
    const HeatMapLabels labels{m_labels, m_labels};
    const HeatMapMargins margins = heatMapMargins(labels, {.width = column.width()});
    const double side =
        std::min(column.width() - margins.left - margins.right, static_cast<double>(scaled(kSquareSide)));
    const QRectF room = column.take(margins.top + side + margins.bottom);
    const HeatMapGeometry geometry{QRectF(margins.left, room.top() + margins.top, side, side),
                                   fullRange(length, length), length, length};
    column.paint([&](QPainter &painter) {
        painter.translate(room.left(), 0.0); // rulers count from the left edge
        paintPairs(painter, geometry, pairsOfRound(m_rule, round()));
        paintRulers(painter, geometry, labels,
                    {.row = selection().current().query, .column = selection().current().key});
    });
    spotPairs(column, {.geometry = geometry,
                       .left = room.left(),
                       .say = [this](const Cell &pair) { return describe(pair); },
                       .act = [this](const Cell &pair) { chooser().selectPair(pair.row, pair.column); }});
}

StripText HashView::describe(const Cell &pair) const
{
    const QString name = QStringLiteral("%1 %2 %3")
                             .arg(labelAt(m_labels, pair.row), QString(QChar(0x2192)), labelAt(m_labels, pair.column));
    if (m_rule.hides(pair.row, pair.column))
        return {name, pair.column > pair.row ? tr("hidden: the key comes after the query.")
                                             : tr("hidden: the key is padding.")};
    const std::int64_t chunks = m_rule.layout.chunks();
    const std::int64_t own = m_rule.place(round(), pair.row) / m_rule.layout.chunk;
    const std::int64_t other = m_rule.place(round(), pair.column) / m_rule.layout.chunk;
    const QString where =
        own == other ? tr("both lie in chunk %1").arg(own + 1) : tr("chunks %1 and %2").arg(own + 1).arg(other + 1);
    std::vector<std::int64_t> keys;
    m_rule.compared(round(), pair.row, keys);
    const bool isCompared = std::ranges::find(keys, pair.column) != keys.end();
    QString text = isCompared ? tr("compared in this round: %1").arg(where)
                              : tr("not compared in this round: %1 of %2 are no neighbours").arg(where).arg(chunks);
    if (m_rule.isHashed())
        text +=
            tr("; buckets %1 and %2").arg(m_rule.bucket(round(), pair.row)).arg(m_rule.bucket(round(), pair.column));
    if (pair.row == pair.column)
        text += tr("; itself counts only as a last resort");
    return {name, text + QLatin1Char('.')};
}

StripText HashView::describePlace(std::int64_t position) const
{
    const std::int64_t place = m_rule.place(round(), position);
    return {QStringLiteral("“%1”").arg(labelAt(m_labels, position)),
            tr("position %1, bucket %2, place %3 of the sorted list, chunk %4.")
                .arg(position)
                .arg(m_rule.bucket(round(), position))
                .arg(place - round() * m_rule.layout.length)
                .arg(place / m_rule.layout.chunk + 1)};
}

void HashView::layList(Column &column) const
{
    column.heading(tr("Buckets"),
                   tr("%1 tokens, sorted into chunks of %2").arg(m_rule.layout.length).arg(m_rule.layout.chunk));
    const QRectF upper = column.take(scaled(kListHeight));
    column.gap(kThreads);
    const QRectF lower = column.take(scaled(kListHeight));
    column.gap(8.0);
    column.paint([&](QPainter &painter) {
        if (!isClippedAway(painter, upper | lower))
            paintList(painter, upper, lower);
    });
    const auto indexAt = [length = m_rule.layout.length](const QRectF &line, const QPointF &point) {
        const auto index =
            static_cast<std::int64_t>((point.x() - line.left()) / line.width() * static_cast<double>(length));
        return std::clamp<std::int64_t>(index, 0, length - 1);
    };
    column.spot({.area = upper,
                 .say = [this, indexAt, upper](const QPointF &point) { return describePlace(indexAt(upper, point)); },
                 .act = [this, indexAt,
                         upper](const QPointF &point) { chooser().selectPair(indexAt(upper, point), std::nullopt); }});
    const auto sortedAt = [this, indexAt, lower](const QPointF &point) {
        return m_rule.positionAt(round() * m_rule.layout.length + indexAt(lower, point));
    };
    column.spot(
        {.area = lower,
         .say = [this, sortedAt](const QPointF &point) { return describePlace(sortedAt(point)); },
         .act = [this, sortedAt](const QPointF &point) { chooser().selectPair(sortedAt(point), std::nullopt); }});
    column.paragraph(tr(
        "Above: the text. Below: the same tokens sorted by bucket; black lines end a chunk, which sees itself and the "
        "chunk on its left. The list is a ring: before the first chunk of a round stands the last one of the round "
        "before."));
}

void HashView::paintList(QPainter &painter, const QRectF &upper, const QRectF &lower) const
{
    const engine::ChunkLayout &layout = m_rule.layout;
    const double pitch = upper.width() / static_cast<double>(layout.length);
    const double gap = pitch > 4.0 ? 1.0 : 0.0;
    const auto chosen = selection().current().query;
    const std::int64_t step = std::max<std::int64_t>(1, layout.length / kMostThreads);
    for (std::int64_t position = 0; position < layout.length; ++position) {
        const std::int64_t place = m_rule.place(round(), position) - round() * layout.length;
        const QColor colour = bucketColour(m_rule.bucket(round(), position));
        const double from = upper.left() + static_cast<double>(position) * pitch;
        const double to = lower.left() + static_cast<double>(place) * pitch;
        painter.setRenderHint(QPainter::Antialiasing, false);
        painter.fillRect(QRectF(from, upper.top(), std::max(1.0, pitch - gap), upper.height()), colour);
        painter.fillRect(QRectF(to, lower.top(), std::max(1.0, pitch - gap), lower.height()), colour);
        if (position % step != 0 && chosen != position)
            continue;
        painter.setRenderHint(QPainter::Antialiasing, true);
        QColor thread = colour;
        thread.setAlpha(chosen == position ? 255 : 120);
        painter.setPen(QPen(chosen == position ? Theme::current().text : thread, chosen == position ? 2.0 : 1.0));
        painter.drawLine(QPointF(from + pitch / 2.0, upper.bottom() + 1.0),
                         QPointF(to + pitch / 2.0, lower.top() - 1.0));
    }
    painter.setPen(QPen(Theme::current().text, 1.5));
    for (std::int64_t border = 0; border <= layout.length; border += layout.chunk) {
        const double x = lower.left() + static_cast<double>(border) * pitch;
        painter.drawLine(QPointF(x, lower.top() - 3.0), QPointF(x, lower.bottom() + 3.0));
    }
}

void HashView::layAgreement(Column &column) const
{
    column.heading(tr("How near to full attention"), tr("of this head"));
    std::vector<ValueRow> rows;
    for (std::size_t i = 0; i < m_pairs.size(); ++i) {
        const double share =
            static_cast<double>(m_pairs[i]) / static_cast<double>(std::max<std::int64_t>(1, m_allPairs));
        const bool hasAgreement = i < m_agreement.size();
        rows.push_back({.label = tr("after round %1").arg(i + 1),
                        .value = hasAgreement ? m_agreement[i] : share,
                        .number = hasAgreement ? percentText(m_agreement[i]) : percentText(share),
                        .note = tr("%1 of %2 pairs").arg(countText(m_pairs[i]), countText(m_allPairs))});
    }
    column.bars(rows, {.largest = 1.0});
    column.gap(6.0);
    column.paragraph(m_agreement.empty() ? tr("The share of pairs that are compared. The vectors were not kept, so "
                                              "that agreement with full attention is not known.")
                                         : tr("The weight that full attention over the same vectors would put on pairs "
                                              "that are compared, as a mean over %1 queries. "
                                              "More rounds come nearer, each at the same price again.")
                                               .arg(std::min<std::int64_t>(64, m_rule.layout.length)));
}

void HashView::layReruns(Column &column) const
{
    column.paragraph(tr("Run again with another number of rounds:"));
    std::vector<Pill> pills;
    for (const std::int64_t rounds : kRounds)
        pills.push_back({.text = QString::number(rounds),
                         .isChosen = rounds == m_rule.layout.rounds,
                         .says = {tr("Hash rounds: %1").arg(rounds), tr("Click to run the same text with them.")},
                         .act = [this, rounds] { emit rerunAsked({.hashRounds = rounds}); }});
    column.pills(std::move(pills));
}

StripText HashView::usualText() const
{
    if (m_agreement.empty())
        return {tr("%1 of %2 pairs").arg(groupedText(m_pairs.back()), groupedText(m_allPairs)),
                tr("are compared. Point at a pair to read why.")};
    return {tr("Agreement with full attention %1").arg(percentText(m_agreement.back())),
            tr("while %1 of %2 pairs are compared. Grey: another bucket in the same or the neighbouring chunk; "
               "coloured: the same bucket.")
                .arg(groupedText(m_pairs.back()), groupedText(m_allPairs))};
}

NumberTable HashView::numbers() const
{
    NumberTable table{{"layer", "head", "round", "position", "text", "bucket", "place", "chunk"}, {}};
    for (std::int64_t round = 0; round < m_rule.layout.rounds; ++round)
        for (std::int64_t position = 0; position < m_rule.layout.length; ++position) {
            const std::int64_t place = m_rule.place(round, position);
            table.rows.push_back({m_record->layer, static_cast<qlonglong>(m_rule.list % m_record->heads()),
                                  static_cast<qlonglong>(round), static_cast<qlonglong>(position),
                                  labelAt(m_labels, position), static_cast<qlonglong>(m_rule.bucket(round, position)),
                                  static_cast<qlonglong>(place), static_cast<qlonglong>(place / m_rule.layout.chunk)});
        }
    return table;
}

} // namespace ui
