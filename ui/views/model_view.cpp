// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/model_view.h"

#include "ui/views/attention_data.h"

#include <QFontDatabase>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

constexpr std::size_t kMostTensors = 12;
constexpr qsizetype kMostConfig = 20000; // characters shown; the file itself has them all
constexpr double kSectionGap = 20.0;

double heading(QPainter *painter, const QRectF &area, const QString &title, const QString &hint = {})
{
    if (painter != nullptr)
        return paintHeading(*painter, area, title, hint);
    return area.top() + std::ceil(QFontMetricsF(font(TextSize::Title, true)).height()) + kGrid;
}

double paragraph(QPainter *painter, const QRectF &area, const QString &text)
{
    if (painter != nullptr)
        return paintParagraph(*painter, area, text, Theme::current().dimText);
    return area.top() + paragraphHeight(text, area.width());
}

QFont fixedFont()
{
    QFont fixed = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    fixed.setPixelSize(scaled(11));
    return fixed;
}

QRectF below(const QRectF &area, double y)
{
    return {area.left(), y, area.width(), 20.0};
}

} // namespace

std::vector<BlockCost> costLedger(const engine::ModelInfo &info, const engine::TaskResult &result)
{
    std::vector<BlockCost> ledger;
    const auto tokens = static_cast<std::int64_t>(result.encoding.size());
    std::size_t timing = 0;
    for (const auto &[group, parameters] : info.parameterGroups) {
        BlockCost cost;
        cost.name = fromUtf8(group);
        const bool isBlock = group.find("layer") != std::string::npos;
        // Embeddings are looked up, not multiplied.
        cost.multiplyAdds = group.find("embedding") == std::string::npos ? parameters * tokens : 0;
        if (isBlock) {
            cost.multiplyAdds += 2 * tokens * tokens * info.hidden;
            cost.attentionBytes = info.heads * tokens * tokens * 4;
            if (timing < result.trace->timings.size())
                cost.milliseconds = result.trace->timings[timing++].milliseconds;
        }
        ledger.push_back(std::move(cost));
    }
    return ledger;
}

ModelView::ModelView(SelectionModel &selectionModel, QWidget *parent) : PictureView(selectionModel, parent)
{
    setWindowTitle(tr("Model"));
    setAccessibleName(tr("Model card and cost of the run"));
}

std::vector<ModelView::Fact> ModelView::facts() const
{
    const engine::ModelInfo &info = loadedModel()->info();
    QStringList tasks;
    for (const engine::TaskKind task : info.tasks)
        tasks << QString::fromUtf8(engine::id(task).data(), static_cast<qsizetype>(engine::id(task).size()));
    const QString unlimited = tr("unlimited");
    return {
        {tr("Family"), fromUtf8(info.familyTitle)},
        {tr("Checkpoint"), fromUtf8(info.name)},
        {tr("Architecture"), info.architecture.empty() ? tr("not named") : fromUtf8(info.architecture)},
        {tr("Tasks"), tasks.join(QStringLiteral(", "))},
        {tr("Layers × heads"), tr("%1 × %2, hidden size %3").arg(info.layers).arg(info.heads).arg(groupedText(info.hidden))},
        {tr("Parameters"), groupedText(info.parameters)},
        {tr("Memory"), tr("%1 as 32-bit floats").arg(bytesText(info.parameters * 4))},
        {tr("Files"), tr("%1, %2, %3").arg(fromUtf8(info.weightFormat), fromUtf8(info.weightType), bytesText(info.fileBytes))},
        {tr("Vocabulary"), tr("%1 rows").arg(groupedText(info.vocabulary))},
        {tr("Positions"), info.maxPositions > 0 ? groupedText(info.maxPositions) : unlimited},
        {tr("Tokenizer"), info.tokenizerKind.empty() ? tr("none in the folder") : fromUtf8(info.tokenizerKind)},
        {tr("Folder"), fromUtf8(info.directory.string())},
    };
}

double ModelView::layFacts(QPainter *painter, const QRectF &area) const
{
    const Theme &theme = Theme::current();
    double y = heading(painter, area, fromUtf8(loadedModel()->info().familyTitle), fromUtf8(loadedModel()->info().name));
    const double nameWidth = std::min(static_cast<double>(scaled(120)), area.width() * 0.35);
    for (const Fact &fact : facts()) {
        const double width = area.width() - nameWidth;
        const double height = paragraphHeight(fact.value, width, TextSize::Normal);
        if (painter != nullptr) {
            paintParagraph(*painter, QRectF(area.left(), y, nameWidth - kGrid, 0), fact.name, theme.dimText, TextSize::Normal);
            paintParagraph(*painter, QRectF(area.left() + nameWidth, y, width, 0), fact.value, theme.text, TextSize::Normal);
        }
        y += std::max(height, static_cast<double>(scaled(16))) + 4.0;
    }
    return y + kSectionGap;
}

double ModelView::layParameters(QPainter *painter, const QRectF &area) const
{
    const engine::ModelInfo &info = loadedModel()->info();
    if (info.parameterGroups.empty())
        return area.top();
    std::vector<ValueRow> rows;
    for (const auto &[group, count] : info.parameterGroups) {
        const double share = info.parameters > 0 ? 100.0 * static_cast<double>(count) / static_cast<double>(info.parameters) : 0.0;
        rows.push_back({.label = fromUtf8(group),
                        .value = static_cast<double>(count),
                        .number = groupedText(count),
                        .note = oneDecimal(share) + QStringLiteral(" %")});
    }
    const double y = heading(painter, area, tr("Parameters"), tr("%1 in all").arg(groupedText(info.parameters)));
    if (painter != nullptr)
        paintValueBars(*painter, layoutValueBars(below(area, y), rows), rows);
    return y + static_cast<double>(rows.size()) * barRowHeight() + kSectionGap;
}

double ModelView::layCost(QPainter *painter, const QRectF &area) const
{
    if (!result() || loadedModel()->info().parameterGroups.empty())
        return area.top();
    std::vector<ValueRow> rows;
    std::int64_t multiplyAdds = 0;
    std::int64_t bytes = 0;
    for (const BlockCost &cost : costLedger(loadedModel()->info(), *result())) {
        multiplyAdds += cost.multiplyAdds;
        bytes += cost.attentionBytes;
        if (cost.multiplyAdds == 0)
            continue;
        QStringList notes;
        if (cost.attentionBytes > 0)
            notes << bytesText(cost.attentionBytes);
        if (cost.milliseconds >= 0.0)
            notes << millisecondsText(cost.milliseconds);
        rows.push_back({.label = cost.name,
                        .value = static_cast<double>(cost.multiplyAdds),
                        .number = countText(cost.multiplyAdds),
                        .note = notes.join(QStringLiteral(" · "))});
    }
    double y = heading(painter, area, tr("Cost of this run"),
                       tr("%1 multiply-adds, %2 of attention, %3").arg(countText(multiplyAdds), bytesText(bytes), millisecondsText(result()->elapsedMs)));
    y = paragraph(painter, below(area, y - 4.0),
                  tr("One pass over %1 tokens by the sizes: parameters × tokens, and 2 × tokens² × hidden size for attention. "
                     "Attention as heads × tokens² × 4 bytes; %2 of it and of the hidden states were kept.")
                      .arg(groupedText(static_cast<std::int64_t>(result()->encoding.size())),
                           bytesText(static_cast<std::int64_t>(result()->trace->bytes)))) + 4.0;
    if (painter != nullptr)
        paintValueBars(*painter, layoutValueBars(below(area, y), rows), rows);
    return y + static_cast<double>(rows.size()) * barRowHeight() + kSectionGap;
}

double ModelView::layTensors(QPainter *painter, const QRectF &area) const
{
    const engine::ModelInfo &info = loadedModel()->info();
    double y = area.top();
    const auto list = [&](const QString &title, const QString &meaning, const std::vector<std::string> &names) {
        if (names.empty())
            return;
        QStringList shown;
        for (std::size_t i = 0; i < std::min(names.size(), kMostTensors); ++i)
            shown << fromUtf8(names[i]);
        if (names.size() > kMostTensors)
            shown << tr("and %1 more").arg(names.size() - kMostTensors);
        y = heading(painter, below(area, y), title, meaning);
        y = paragraph(painter, below(area, y), shown.join(QStringLiteral(", "))) + kSectionGap;
    };
    list(tr("Unused tensors"), tr("in the file, needed by no task here"), info.unusedTensors);
    list(tr("Missing tensors"), tr("their heads cannot run"), info.missingTensors);
    return y;
}

double ModelView::layConfig(QPainter *painter, const QRectF &area) const
{
    const QString text = fromUtf8(loadedModel()->info().configText).left(kMostConfig);
    if (text.isEmpty())
        return area.top();
    const double y = heading(painter, area, QStringLiteral("config.json"), tr("as it stands"));
    const QFont fixed = fixedFont();
    constexpr int kFlags = Qt::AlignLeft | Qt::AlignTop | Qt::TextWrapAnywhere;
    const QRectF room(area.left() + kGrid, y + kGrid, area.width() - 2.0 * kGrid, 1e6);
    const double height = std::ceil(QFontMetricsF(fixed).boundingRect(room, kFlags, text).height());
    if (painter != nullptr) {
        painter->setPen(Qt::NoPen);
        painter->setBrush(Theme::current().chip);
        painter->drawRoundedRect(QRectF(area.left(), y, area.width(), height + 2.0 * kGrid), 8.0, 8.0);
        painter->setFont(fixed);
        painter->setPen(Theme::current().text);
        painter->drawText(QRectF(room.topLeft(), QSizeF(room.width(), height + 1.0)), kFlags, text);
    }
    return y + height + 2.0 * kGrid + kSectionGap;
}

double ModelView::layAll(QPainter *painter, const QRectF &area) const
{
    double y = layFacts(painter, below(area, area.top() + 4.0));
    y = layCost(painter, below(area, y));
    y = layParameters(painter, below(area, y));
    y = layTensors(painter, below(area, y));
    return layConfig(painter, below(area, y));
}

int ModelView::pictureHeight(int width) const
{
    if (!loadedModel())
        return 160;
    return static_cast<int>(std::ceil(layAll(nullptr, QRectF(0, 0, width, 20))));
}

void ModelView::paintExport(QPainter &painter, const QSize &size)
{
    const double inset = painter.device() == this ? 0.0 : kGrid;
    const QRectF area = QRectF(QPointF(0, 0), QSizeF(size)).adjusted(inset, inset, -inset, -inset);
    if (!loadedModel()) {
        paintEmpty(painter, area, tr("No model is open"), tr("Pick one from the shelf, or drop its folder here."));
        return;
    }
    painter.setRenderHint(QPainter::Antialiasing);
    layAll(&painter, area);
}

QStringList ModelView::exportExtensions() const
{
    return PictureView::exportExtensions() << QStringLiteral("csv") << QStringLiteral("json");
}

QString ModelView::exportNumbers(const QString &file)
{
    if (!loadedModel())
        return tr("%1: there is no model to write").arg(file);
    const engine::ModelInfo &info = loadedModel()->info();
    NumberTable table{{"group", "parameters", "multiply_adds", "attention_bytes", "ms"}, {}};
    const auto ledger = result() ? costLedger(info, *result()) : std::vector<BlockCost>{};
    for (std::size_t i = 0; i < info.parameterGroups.size(); ++i) {
        QVariantList row{fromUtf8(info.parameterGroups[i].first), static_cast<qlonglong>(info.parameterGroups[i].second)};
        if (i < ledger.size()) {
            row << static_cast<qlonglong>(ledger[i].multiplyAdds) << static_cast<qlonglong>(ledger[i].attentionBytes);
            row << (ledger[i].milliseconds >= 0.0 ? QVariant(ledger[i].milliseconds) : QVariant());
        } else {
            row << QVariant() << QVariant() << QVariant();
        }
        table.rows.push_back(std::move(row));
    }
    return writeTable(file, table);
}

} // namespace ui
