// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/mechanisms/stream_view.h"

#include "engine/error.h"

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

constexpr double kBetween = 14.0;
constexpr double kLargestCell = 12.0;

const engine::MechanismRecord *recordOf(const engine::Trace &trace, const char *name)
{
    const auto found = std::ranges::find(trace.mechanisms, name, &engine::MechanismRecord::name);
    return found == trace.mechanisms.end() ? nullptr : &*found;
}

StreamGuess bestOf(std::span<const float> logits)
{
    const auto best = std::ranges::max_element(logits);
    const auto index = static_cast<std::size_t>(best - logits.begin());
    return {.id = static_cast<std::int64_t>(index), .probability = softmaxProbability(logits, index)};
}

std::vector<StreamGuess> bestOfRows(std::span<const float> logits, std::int64_t rows)
{
    std::vector<StreamGuess> guesses;
    const std::size_t width = logits.size() / static_cast<std::size_t>(std::max<std::int64_t>(1, rows));
    for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row)
        guesses.push_back(bestOf(logits.subspan(row * width, width)));
    return guesses;
}

} // namespace

StreamGuesses streamGuesses(const engine::TaskResult &result)
{
    StreamGuesses guesses;
    const auto *generation = std::get_if<engine::GenerationResult>(&result.payload);
    if (generation == nullptr || generation->logits.isNull() || generation->logits.rank() != 2)
        return guesses;
    const std::int64_t length = generation->logits.size(0);
    guesses.push_back(bestOfRows(generation->logits.floats(), length));
    const auto *further = recordOf(*result.trace, "logits_ngram"); // (rows, streams − 1, length, vocabulary)
    if (further == nullptr || further->tensor.rank() != 4 || further->tensor.size(2) != length)
        return guesses;
    const auto plane = static_cast<std::size_t>(length * further->tensor.size(3));
    for (std::int64_t stream = 0; stream < further->tensor.size(1); ++stream)
        guesses.push_back(
            bestOfRows(further->tensor.floats().subspan(static_cast<std::size_t>(stream) * plane, plane), length));
    return guesses;
}

StreamView::StreamView(SelectionModel &selectionModel, QWidget *parent) : MechanismView(selectionModel, parent)
{
    setWindowTitle(tr("Several words ahead"));
    setAccessibleName(tr("Predicting streams: left and right choose a token"));
}

bool StreamView::read()
{
    m_mask = recordOf(*result()->trace, "ngram_mask");
    if (m_mask == nullptr || m_mask->tensor.rank() != 3)
        return false;
    m_streams = m_mask->tensor.size(0);
    m_length = m_mask->tensor.size(1);
    m_keys = m_mask->tensor.size(2) - m_length;
    m_labels = labelsOf(engine::Stack::Decoder, m_length);
    m_guesses = streamGuesses(*result());
    return m_streams > 0 && m_length > 0;
}

QString StreamView::wordOf(std::int64_t id) const
{
    try {
        if (loadedModel()->hasTokenizer())
            return chipText(fromUtf8(loadedModel()->tokenizer().display(id)));
    } catch (const engine::Error &) { // the output has more rows than the vocabulary has words
    }
    return QStringLiteral("#%1").arg(id);
}

std::int64_t StreamView::written(std::int64_t position) const
{
    const engine::Encoding &encoding = result()->decoder ? *result()->decoder : result()->encoding;
    return position >= 0 && static_cast<std::size_t>(position) < encoding.size()
               ? encoding.ids[static_cast<std::size_t>(position)]
               : -1;
}

const StreamGuess *StreamView::guessAt(std::int64_t read, std::int64_t ahead) const
{
    const auto stream = static_cast<std::size_t>(ahead);
    const auto row = static_cast<std::size_t>(read + ahead);
    return stream < m_guesses.size() && row < m_guesses[stream].size() ? &m_guesses[stream][row] : nullptr;
}

PairPicture StreamView::mainMask() const
{
    return {.rows = m_length,
            .columns = m_keys,
            .fillRow =
                [offset = m_keys - m_length](std::int64_t query, std::span<std::uint8_t> reasons) {
                    std::fill_n(reasons.begin(), query + offset + 1, std::uint8_t{1});
                },
            .colours = {Theme::current().accent}};
}

PairPicture StreamView::streamMask(std::int64_t stream) const
{
    return {.rows = m_length,
            .columns = m_keys + m_length,
            .fillRow =
                [this, stream](std::int64_t query, std::span<std::uint8_t> reasons) {
                    const auto row = m_mask->tensor.ints().subspan(
                        static_cast<std::size_t>((stream * m_length + query) * (m_keys + m_length)), reasons.size());
                    for (std::size_t key = 0; key < reasons.size(); ++key)
                        reasons[key] = row[key] == 0 ? 0 : static_cast<std::int64_t>(key) < m_keys ? 1 : 2;
                },
            .colours = {Theme::current().accent, Theme::current().category(engine::Category::Autoregressive)}};
}

void StreamView::lay(Column &column) const
{
    column.heading(windowTitle(), tr("a main stream and %1 predicting ones").arg(m_streams));
    column.paragraph(
        tr("The main stream reads what is written, as every decoder does. Beside it the predicting streams run over "
           "the same weights: they have no word of their own, look at the main stream, and each one does without "
           "one more of its last words, so that together they say the next %1 words at once. Only the first "
           "one writes.")
            .arg(m_streams));
    layMasks(column);
    column.gap(6.0);
    strip(column);
    column.gap(20.0);
    layGuesses(column);
    column.paragraph(
        tr("The reference library (4.30.2) pairs the rows of these streams' position bias wrongly when several "
           "positions are computed at once. What is shown here is computed rightly: it equals writing word by word."));
}

void StreamView::layMasks(Column &column) const
{
    const double labelWidth = heatMapMargins({m_labels, {}}, {.width = column.width()}).left;
    const double free = column.width() - labelWidth - kBetween * static_cast<double>(m_streams);
    const auto cells = static_cast<double>(m_keys + m_streams * (m_keys + m_length));
    const double cell = std::min(kLargestCell, free / std::max(1.0, cells));
    const double height = std::max(40.0, cell * static_cast<double>(m_length));
    const QRectF room = column.take(scaled(18) + height);
    double x = labelWidth;
    for (std::int64_t stream = -1; stream < m_streams; ++stream) {
        const PairPicture picture = stream < 0 ? mainMask() : streamMask(stream);
        const HeatMapGeometry geometry{
            QRectF(x, room.bottom() - height, cell * static_cast<double>(picture.columns), height),
            fullRange(picture.rows, picture.columns), picture.rows, picture.columns};
        column.paint([&](QPainter &painter) {
            painter.translate(room.left(), 0.0); // rulers count from the left edge
            painter.setFont(ui::font(TextSize::Small, true));
            painter.setPen(Theme::current().text);
            const QRectF title(geometry.cells.left(), room.top(), geometry.cells.width() + kBetween, scaled(16));
            painter.drawText(
                title, Qt::AlignLeft | Qt::AlignVCenter,
                elided(stream < 0 ? tr("main") : tr("stream %1").arg(stream + 1), painter.font(), title.width()));
            paintPairs(painter, geometry, picture);
            if (stream < 0) {
                HeatMapGeometry rowsOnly = geometry;
                rowsOnly.columns = 0;
                paintRulers(painter, rowsOnly, {m_labels, {}}, {.row = selection().current().query});
            }
        });
        column.spot(
            {.area = geometry.cells.translated(room.left(), 0.0),
             .say =
                 [this, geometry, stream, left = room.left()](const QPointF &point) {
                     const Cell pair = geometry.cellAt(point - QPointF(left, 0.0)).value_or(Cell{});
                     const bool isOwn = pair.column >= m_keys;
                     const QString key = isOwn ? tr("its own place")
                                               : tr("“%1”").arg(labelAt(m_labels, pair.column - (m_keys - m_length)));
                     std::vector<std::uint8_t> reasons(static_cast<std::size_t>(geometry.columns));
                     (stream < 0 ? mainMask() : streamMask(stream)).fillRow(pair.row, reasons);
                     const bool isVisible = reasons[static_cast<std::size_t>(pair.column)] > 0;
                     const QString name = stream < 0 ? tr("Main stream") : tr("Stream %1").arg(stream + 1);
                     return StripText{name, (isVisible ? tr("at “%1” sees %2.") : tr("at “%1” does not see %2."))
                                                .arg(labelAt(m_labels, pair.row), key)};
                 },
             .act =
                 [this, geometry, left = room.left()](const QPointF &point) {
                     chooser().selectPair(geometry.cellAt(point - QPointF(left, 0.0)).value_or(Cell{}).row,
                                          std::nullopt);
                 }});
        x += geometry.cells.width() + kBetween;
    }
}

void StreamView::layGuesses(Column &column) const
{
    column.heading(tr("The next words at once"), tr("most likely, with probability; ✓ = what was written"));
    if (m_guesses.empty()) {
        column.paragraph(tr("The scores of this run were not kept."));
        return;
    }
    const auto streams = static_cast<double>(m_guesses.size());
    Table table{.area = column.take(static_cast<double>(m_length + 1) * scaled(22)),
                .rowHeight = static_cast<double>(scaled(22))};
    table.wordWidth = std::min(table.area.width() * 0.25, static_cast<double>(scaled(130)));
    table.guessWidth = (table.area.width() - table.wordWidth) / streams;
    column.paint([&](QPainter &painter) {
        painter.setFont(ui::font(TextSize::Small));
        painter.setPen(Theme::current().dimText);
        const QRectF first(table.area.topLeft(), QSizeF(table.wordWidth, table.rowHeight));
        painter.drawText(first, Qt::AlignLeft | Qt::AlignVCenter, tr("read up to"));
        for (std::size_t ahead = 0; ahead < m_guesses.size(); ++ahead)
            painter.drawText(first.translated(table.wordWidth + static_cast<double>(ahead) * table.guessWidth, 0.0),
                             Qt::AlignLeft | Qt::AlignVCenter, ahead == 0 ? tr("next") : tr("%1 ahead").arg(ahead + 1));
        for (std::int64_t row = 0; row < m_length; ++row) {
            const double y = table.area.top() + static_cast<double>(row + 1) * table.rowHeight;
            painter.setFont(ui::font(TextSize::Normal, selection().current().query == row));
            painter.setPen(Theme::current().text);
            painter.drawText(QRectF(table.area.left(), y, table.wordWidth - 6.0, table.rowHeight),
                             Qt::AlignLeft | Qt::AlignVCenter,
                             elided(labelAt(m_labels, row), painter.font(), table.wordWidth - 6.0));
            for (std::size_t ahead = 0; ahead < m_guesses.size(); ++ahead) {
                const auto by = static_cast<std::int64_t>(ahead);
                const QRectF cell(table.area.left() + table.wordWidth + static_cast<double>(ahead) * table.guessWidth,
                                  y, table.guessWidth - 6.0, table.rowHeight - 2.0);
                if (const StreamGuess *guess = guessAt(row, by))
                    paintGuess(painter, cell, *guess, written(row + by + 1));
            }
        }
    });
    column.spot({.area = table.area.adjusted(0, table.rowHeight, 0, 0),
                 .say =
                     [this, table](const QPointF &point) {
                         const auto row =
                             static_cast<std::int64_t>((point.y() - table.area.top()) / table.rowHeight) - 1;
                         const auto ahead = static_cast<std::int64_t>(
                             std::max(0.0, point.x() - table.area.left() - table.wordWidth) / table.guessWidth);
                         return describe(std::clamp<std::int64_t>(row, 0, m_length - 1), ahead);
                     },
                 .act =
                     [this, table](const QPointF &point) {
                         const auto row =
                             static_cast<std::int64_t>((point.y() - table.area.top()) / table.rowHeight) - 1;
                         chooser().selectPair(std::clamp<std::int64_t>(row, 0, m_length - 1), std::nullopt);
                     }});
    column.gap();
}

void StreamView::paintGuess(QPainter &painter, const QRectF &cell, const StreamGuess &guess, std::int64_t written) const
{
    const Theme &theme = Theme::current();
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.accentGround);
    painter.drawRoundedRect(
        QRectF(cell.topLeft(), QSizeF(std::max(2.0, cell.width() * guess.probability), cell.height())), 4.0, 4.0);
    painter.setFont(ui::font(TextSize::Normal));
    painter.setPen(theme.text);
    const QRectF inner = cell.adjusted(6, 0, -4, 0);
    const QString number = probabilityText(guess.probability);
    const double numberWidth = tabularWidth(painter.fontMetrics(), number) + 4.0;
    const QString word = guess.id == written ? wordOf(guess.id) + QStringLiteral(" ✓") : wordOf(guess.id);
    painter.drawText(inner, Qt::AlignLeft | Qt::AlignVCenter,
                     elided(word, painter.font(), inner.width() - numberWidth));
    painter.setPen(theme.dimText);
    drawTabular(painter, inner, number);
}

StripText StreamView::describe(std::int64_t read, std::int64_t ahead) const
{
    const StreamGuess *guess = guessAt(read, ahead);
    const QString name = tr("Stream %1, read up to “%2”").arg(ahead + 1).arg(labelAt(m_labels, read));
    if (guess == nullptr)
        return {name, tr("speaks of a place beyond the text.")};
    const std::int64_t was = written(read + ahead + 1);
    const QString said = tr("says “%1” (%2) for the place %3 further on")
                             .arg(wordOf(guess->id), probabilityText(guess->probability))
                             .arg(ahead + 1);
    return {name, was < 0 ? said + QLatin1Char('.') : said + tr("; written was “%1”.").arg(wordOf(was))};
}

StripText StreamView::usualText() const
{
    QStringList hits;
    for (std::size_t ahead = 0; ahead < m_guesses.size(); ++ahead) {
        int right = 0;
        int all = 0;
        for (std::int64_t read = 0; read < m_length; ++read) {
            const auto by = static_cast<std::int64_t>(ahead);
            const std::int64_t was = written(read + by + 1);
            if (was < 0 || guessAt(read, by) == nullptr)
                continue;
            ++all;
            right += guessAt(read, by)->id == was ? 1 : 0;
        }
        if (all > 0)
            hits << tr("stream %1: %2 of %3").arg(ahead + 1).arg(right).arg(all);
    }
    return {tr("Words said as they were written"),
            hits.isEmpty() ? tr("not known without the scores.") : hits.join(QStringLiteral(", ")) + QLatin1Char('.')};
}

NumberTable StreamView::numbers() const
{
    NumberTable table{{"read_up_to", "ahead", "token_id", "token", "probability", "written_id"}, {}};
    for (std::int64_t read = 0; read < m_length; ++read)
        for (std::size_t ahead = 0; ahead < m_guesses.size(); ++ahead) {
            const auto by = static_cast<std::int64_t>(ahead);
            const StreamGuess *guess = guessAt(read, by);
            if (guess == nullptr)
                continue;
            const std::int64_t was = written(read + by + 1);
            table.rows.push_back({static_cast<qlonglong>(read), static_cast<qlonglong>(by + 1),
                                  static_cast<qlonglong>(guess->id), wordOf(guess->id), guess->probability,
                                  was < 0 ? QVariant() : QVariant(static_cast<qlonglong>(was))});
        }
    return table;
}

} // namespace ui
