// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/neuron_view.h"

#include "ui/views/tables.h"

#include <QPainter>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ui {

namespace {

constexpr std::size_t kTopDimensions = 10;
constexpr std::size_t kTopKeys = 8;

std::vector<std::size_t> largestFirst(std::span<const float> values, std::size_t count)
{
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const std::size_t most = std::min(count, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(most), order.end(),
                      [values](std::size_t a, std::size_t b) { return std::abs(values[a]) > std::abs(values[b]); });
    order.resize(most);
    return order;
}

bool isUsable(const engine::Tensor &tensor)
{
    return !tensor.isNull() && tensor.rank() == 4 && tensor.dtype() == engine::DType::F32;
}

} // namespace

struct NeuronView::Pair {
    ChosenAttention attention;
    std::int64_t query = 0;
    std::int64_t key = 0;
    std::vector<QString> keyTokens;
    QString text;
};

NeuronView::NeuronView(SelectionModel &selectionModel, QWidget *parent) : PictureView(selectionModel, parent)
{
    setWindowTitle(tr("Query and key"));
    setAccessibleName(tr("Query and key of the selected pair"));
}

std::optional<NeuronView::Pair> NeuronView::currentPair() const
{
    Pair pair;
    pair.attention = chooseAttention(result(), selection().current());
    if (!pair.attention)
        return {};
    const Matrix matrix = pair.attention.matrix();
    pair.query = std::clamp<std::int64_t>(selection().current().query.value_or(0), 0, matrix.rows - 1);
    std::vector<float> buffer;
    const auto row = matrix.row(pair.query, buffer);
    const auto strongest = std::max_element(row.begin(), row.end()) - row.begin();
    pair.key = std::clamp<std::int64_t>(selection().current().key.value_or(strongest), 0, matrix.columns - 1);
    pair.keyTokens = pair.attention.labels(loadedModel(), result(), AttentionAxis::Keys);
    const auto queries = pair.attention.labels(loadedModel(), result(), AttentionAxis::Queries);
    pair.text = QStringLiteral("%1 %2 %3").arg(queries[static_cast<std::size_t>(pair.query)], QString(QChar(0x2192)),
                                              pair.keyTokens[static_cast<std::size_t>(pair.key)]);
    return pair;
}

std::optional<PairScore> NeuronView::scoreOf(const Pair &pair) const
{
    for (const engine::QueryKeyRecord &record : result()->trace->queryKeys) {
        const bool isIt = record.stack == pair.attention.record->stack && record.layer == pair.attention.record->layer &&
                          isUsable(record.query) && isUsable(record.key) && record.query.size(3) == record.key.size(3) &&
                          pair.attention.row < record.query.size(0) && pair.attention.head < record.query.size(1) &&
                          pair.query < record.query.size(2) && pair.attention.row < record.key.size(0) &&
                          pair.attention.head < record.key.size(1) && pair.key < record.key.size(2);
        if (!isIt)
            continue;
        const auto vectorOf = [&pair](const engine::Tensor &tensor, std::int64_t token) {
            const auto size = static_cast<std::size_t>(tensor.size(3));
            const std::int64_t at = (pair.attention.row * tensor.size(1) + pair.attention.head) * tensor.size(2) + token;
            const auto part = tensor.floats().subspan(static_cast<std::size_t>(at) * size, size);
            return std::vector<float>(part.begin(), part.end());
        };
        PairScore score{vectorOf(record.query, pair.query), vectorOf(record.key, pair.key), {}, 0.0};
        for (std::size_t i = 0; i < score.query.size(); ++i) {
            score.products.push_back(score.query[i] * score.key[i] * record.scale);
            score.score += static_cast<double>(score.products.back());
        }
        return score;
    }
    return {};
}

int NeuronView::pictureHeight(int) const
{
    if (!chooseAttention(result(), selection().current()))
        return 160;
    return static_cast<int>((kTopDimensions + kTopKeys) * barRowHeight()) + scaled(210);
}

double NeuronView::paintVectors(QPainter &painter, const QRectF &area, const PairScore &score) const
{
    const double label = scaled(72);
    const double height = scaled(18);
    double y = area.top();
    const auto paintRow = [&](const QString &name, const std::vector<float> &values) {
        float largest = 0.0F;
        for (const float value : values)
            largest = std::max(largest, std::abs(value));
        painter.setFont(ui::font(TextSize::Small));
        painter.setPen(Theme::current().dimText);
        painter.drawText(QRectF(area.left(), y, label - 6.0, height), Qt::AlignRight | Qt::AlignVCenter, name);
        const double width = (area.width() - label) / static_cast<double>(std::max<std::size_t>(1, values.size()));
        for (std::size_t i = 0; i < values.size(); ++i)
            painter.fillRect(QRectF(area.left() + label + static_cast<double>(i) * width, y, std::max(1.0, width - 0.5), height - 2.0),
                             diverging(largest > 0.0F ? static_cast<double>(values[i] / largest) : 0.0));
        y += height;
    };
    paintRow(tr("query"), score.query);
    paintRow(tr("key"), score.key);
    paintRow(tr("product"), score.products);
    return y + kGrid;
}

void NeuronView::paintExport(QPainter &painter, const QSize &size)
{
    const double inset = painter.device() == this ? 0.0 : kGrid;
    const QRectF area = QRectF(QPointF(0, 0), QSizeF(size)).adjusted(inset, inset, -inset, -inset);
    const auto pair = currentPair();
    if (!pair) {
        const EmptyWords words = whyNoAttention(result());
        paintEmpty(painter, area, words.title, words.advice);
        return;
    }
    double y = area.top() + 4.0;
    const auto below = [&area](double at) { return QRectF(area.left(), at, area.width(), 20.0); };
    if (const auto score = scoreOf(*pair)) {
        y = paintHeading(painter, below(y), pair->text, tr("score %1, before mask and softmax").arg(signedText(score->score)));
        y = paintVectors(painter, below(y), *score);
        std::vector<ValueRow> rows;
        for (const std::size_t i : largestFirst(score->products, kTopDimensions))
            rows.push_back({.label = tr("dimension %1").arg(i),
                            .value = static_cast<double>(score->products[i]),
                            .number = signedText(static_cast<double>(score->products[i]))});
        y = paintValueBars(painter, layoutValueBars(below(y), rows, {.isSigned = true}), rows) + 2.0 * kGrid;
    } else {
        y = paintHeading(painter, below(y), pair->text);
        y = paintParagraph(painter, below(y), tr("Queries and keys of this run were not kept. Run again with them being recorded. The weights are below."),
                           Theme::current().dimText) + 2.0 * kGrid;
    }
    const Matrix matrix = pair->attention.matrix();
    std::vector<float> buffer;
    const auto weights = matrix.row(pair->query, buffer);
    std::vector<ValueRow> rows;
    for (const std::size_t i : largestFirst(weights, kTopKeys))
        rows.push_back({.label = pair->keyTokens[i],
                        .value = static_cast<double>(weights[i]),
                        .number = probabilityText(static_cast<double>(weights[i])),
                        .note = tr("token %1").arg(i),
                        .isSelected = static_cast<std::int64_t>(i) == pair->key});
    y = paintHeading(painter, below(y), tr("After the softmax"), tr("the strongest %1 of %2 keys").arg(rows.size()).arg(weights.size()));
    paintValueBars(painter, layoutValueBars(below(y), rows), rows);
}

QStringList NeuronView::exportExtensions() const
{
    return PictureView::exportExtensions() << QStringLiteral("csv") << QStringLiteral("json");
}

QString NeuronView::exportNumbers(const QString &file)
{
    const auto pair = currentPair();
    const auto score = pair ? scoreOf(*pair) : std::nullopt;
    if (!score)
        return tr("%1: queries and keys of this run were not kept").arg(file);
    NumberTable table{{"dimension", "query", "key", "product"}, {}};
    for (std::size_t i = 0; i < score->products.size(); ++i)
        table.rows.push_back({static_cast<qlonglong>(i), score->query[i], score->key[i], score->products[i]});
    return writeTable(file, table);
}

} // namespace ui
