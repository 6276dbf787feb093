// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/mechanisms/input_view.h"

#include "ui/paint/matrix.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <array>

namespace ui {

namespace {

constexpr int kRowHeight = 22;
constexpr std::string_view kVectors = "embeddings.";
constexpr std::string_view kRows = "embedding_rows.";

QColor partColour(std::size_t part)
{
    const Theme &theme = Theme::current();
    const std::array colours{theme.accent, theme.category(engine::Category::Autoregressive),
                             theme.category(engine::Category::SequenceToSequence),
                             theme.category(engine::Category::Multimodal)};
    return colours[part % colours.size()];
}

QString tableTitle(const QString &table)
{
    if (table == QLatin1String("words"))
        return InputView::tr("word");
    if (table == QLatin1String("positions"))
        return InputView::tr("position");
    if (table == QLatin1String("types"))
        return InputView::tr("text");
    if (table == QLatin1String("languages"))
        return InputView::tr("language");
    return table;
}

// Names of languages as the checkpoint's configuration lists them.
std::vector<QString> languagesOf(const engine::ModelInfo &info)
{
    std::vector<QString> names;
    const QJsonObject config = QJsonDocument::fromJson(QByteArray::fromStdString(info.configText)).object();
    const QJsonObject ids = config.value(QLatin1String("lang2id")).toObject();
    constexpr int kMost = 10000;
    for (auto it = ids.begin(); it != ids.end(); ++it) {
        const int id = it.value().toInt(-1);
        if (id < 0 || id > kMost)
            continue;
        if (names.size() <= static_cast<std::size_t>(id))
            names.resize(static_cast<std::size_t>(id) + 1);
        names[static_cast<std::size_t>(id)] = it.key();
    }
    return names;
}

} // namespace

std::vector<InputPart> inputParts(const engine::Trace &trace, std::int64_t row)
{
    std::vector<InputPart> parts;
    for (const engine::MechanismRecord &record : trace.mechanisms) {
        if (!record.name.starts_with(kVectors) || record.tensor.rank() != 3)
            continue;
        const std::string table = record.name.substr(kVectors.size());
        const auto rows =
            std::ranges::find(trace.mechanisms, std::string(kRows) + table, &engine::MechanismRecord::name);
        if (rows == trace.mechanisms.end())
            continue;
        InputPart part{.table = QString::fromStdString(table), .rows = {}, .norms = {}};
        const std::int64_t length = record.tensor.size(1);
        const auto features = static_cast<std::size_t>(record.tensor.size(2));
        const std::int64_t batch = std::clamp<std::int64_t>(row, 0, record.tensor.size(0) - 1);
        const std::int64_t rowsBatch = std::clamp<std::int64_t>(row, 0, rows->tensor.size(0) - 1);
        for (std::int64_t token = 0; token < length; ++token) {
            const auto first = static_cast<std::size_t>(batch * length + token) * features;
            part.norms.push_back(static_cast<float>(norm(record.tensor.floats().subspan(first, features))));
            part.rows.push_back(rows->tensor.ints()[static_cast<std::size_t>(rowsBatch * length + token)]);
        }
        parts.push_back(std::move(part));
    }
    return parts;
}

InputView::InputView(SelectionModel &selectionModel, QWidget *parent) : MechanismView(selectionModel, parent)
{
    setWindowTitle(tr("What a token begins with"));
    setAccessibleName(tr("Parts of each token's first vector: left and right choose a token"));
}

bool InputView::read()
{
    m_row = selection().current().row;
    m_parts = inputParts(*result()->trace, m_row);
    m_labels.clear();
    m_languages = languagesOf(loadedModel()->info());
    return m_parts.size() > 1 && !m_parts.front().norms.empty();
}

void InputView::follow()
{
    if (m_row == selection().current().row && !m_labels.empty())
        return;
    m_row = selection().current().row;
    m_parts = inputParts(*result()->trace, m_row);
    m_labels = labelsOf(engine::Stack::Encoder, static_cast<std::int64_t>(m_parts.front().norms.size()));
    m_longest = 0.0;
    for (std::size_t token = 0; token < m_labels.size(); ++token) {
        double sum = 0.0;
        for (const InputPart &part : m_parts)
            sum += static_cast<double>(part.norms[token]);
        m_longest = std::max(m_longest, sum);
    }
}

void InputView::lay(Column &column) const
{
    column.heading(windowTitle(), tr("lengths of the vectors that are added up"));
    const bool hasLanguages =
        std::ranges::any_of(m_parts, [](const InputPart &part) { return part.table == QLatin1String("languages"); });
    column.paragraph(hasLanguages ? tr("Before the first layer each token is the sum of rows out of several tables: "
                                       "its word, its position, and "
                                       "its language, which the model is told token by token.")
                                  : tr("Before the first layer each token is the sum of rows out of several tables. "
                                       "Whatever the layers know of "
                                       "order and of which text a word belongs to, they have from here."));
    layLegend(column);
    const QRectF area = column.take(static_cast<double>(m_labels.size()) * scaled(kRowHeight));
    const double height = scaled(kRowHeight);
    column.paint([&](QPainter &painter) {
        const QRectF clip = painter.hasClipping() ? painter.clipBoundingRect() : area;
        for (std::size_t token = 0; token < m_labels.size(); ++token) {
            const QRectF line(area.left(), area.top() + static_cast<double>(token) * height, area.width(), height);
            if (line.intersects(clip))
                paintToken(painter, line, token);
        }
    });
    const auto tokenAt = [area, height, count = m_labels.size()](const QPointF &point) {
        return std::min(count - 1, static_cast<std::size_t>(std::max(0.0, (point.y() - area.top()) / height)));
    };
    column.spot({.area = area,
                 .say = [this, tokenAt](const QPointF &point) { return describe(tokenAt(point)); },
                 .act =
                     [this, tokenAt](const QPointF &point) {
                         chooser().selectPair(static_cast<std::int64_t>(tokenAt(point)), std::nullopt);
                     }});
    column.gap();
}

void InputView::layLegend(Column &column) const
{
    strip(column);
    column.gap(6.0);
    const QRectF line = column.take(scaled(18));
    column.paint([&](QPainter &painter) {
        painter.setFont(ui::font(TextSize::Small));
        double x = line.left();
        for (std::size_t part = 0; part < m_parts.size(); ++part) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(partColour(part));
            painter.drawRoundedRect(QRectF(x, line.center().y() - 5.0, 10.0, 10.0), 3.0, 3.0);
            painter.setPen(Theme::current().text);
            const QString title = tableTitle(m_parts[part].table);
            painter.drawText(QRectF(x + 14.0, line.top(), 200.0, line.height()), Qt::AlignLeft | Qt::AlignVCenter,
                             title);
            x += 14.0 + painter.fontMetrics().horizontalAdvance(title) + 16.0;
        }
    });
    column.gap(4.0);
}

QString InputView::rowText(const InputPart &part, std::size_t token) const
{
    const std::int64_t row = part.rows[token];
    const auto index = static_cast<std::size_t>(row);
    if (part.table == QLatin1String("languages") && index < m_languages.size() && !m_languages[index].isEmpty())
        return m_languages[index];
    return QString::number(row);
}

void InputView::paintToken(QPainter &painter, const QRectF &line, std::size_t token) const
{
    const Theme &theme = Theme::current();
    const bool isSelected = selection().current().query == static_cast<std::int64_t>(token);
    const double labelWidth = std::min(line.width() * 0.22, static_cast<double>(scaled(110)));
    const QFont normal = ui::font(TextSize::Normal, isSelected);
    painter.setFont(normal);
    painter.setPen(isSelected ? theme.accent : theme.text);
    painter.drawText(QRectF(line.left(), line.top(), labelWidth - 8.0, line.height()), Qt::AlignLeft | Qt::AlignVCenter,
                     elided(m_labels[token], normal, labelWidth - 8.0));
    const double room = line.width() - labelWidth;
    double x = line.left() + labelWidth;
    painter.setFont(ui::font(TextSize::Small));
    for (std::size_t part = 0; part < m_parts.size(); ++part) {
        const double width = m_longest > 0.0 ? room * static_cast<double>(m_parts[part].norms[token]) / m_longest : 0.0;
        const QRectF bar(x, line.top() + 3.0, std::max(1.0, width - 1.0), line.height() - 6.0);
        painter.setPen(Qt::NoPen);
        painter.setBrush(partColour(part));
        painter.drawRoundedRect(bar, 3.0, 3.0);
        const QString text = rowText(m_parts[part], token);
        if (painter.fontMetrics().horizontalAdvance(text) + 6 < bar.width()) {
            painter.setPen(inkOn(partColour(part)));
            painter.drawText(bar, Qt::AlignCenter, text);
        }
        x += width;
    }
}

StripText InputView::describe(std::size_t token) const
{
    QStringList words;
    for (const InputPart &part : m_parts)
        words << tr("%1 row %2 (length %3)")
                     .arg(tableTitle(part.table), rowText(part, token))
                     .arg(static_cast<double>(part.norms[token]), 0, 'f', 2);
    return {QStringLiteral("“%1”").arg(m_labels[token]), words.join(QStringLiteral(" + "))};
}

StripText InputView::usualText() const
{
    const auto chosen = selection().current().query;
    if (chosen && *chosen >= 0 && *chosen < places())
        return describe(static_cast<std::size_t>(*chosen));
    return {tr("Rows of tables"),
            tr("The number in a bar is the row of its table. Point at a token to read all of them.")};
}

NumberTable InputView::numbers() const
{
    NumberTable table{{"token", "text", "table", "row", "norm"}, {}};
    for (std::size_t token = 0; token < m_labels.size(); ++token)
        for (const InputPart &part : m_parts)
            table.rows.push_back({static_cast<qlonglong>(token), m_labels[token], part.table,
                                  static_cast<qlonglong>(part.rows[token]), part.norms[token]});
    return table;
}

} // namespace ui
