// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/mechanisms/window_view.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace ui {

namespace {

constexpr double kSquareSide = 420.0; // of the rule's picture at most, in pixels at the usual text size
constexpr std::array<std::int64_t, 3> kLengths{1024, 4096, 16384};

QColor globalColour()
{
    return Theme::current().category(engine::Category::Autoregressive);
}

QString shareText(std::int64_t part, std::int64_t whole)
{
    if (whole <= 0)
        return {};
    const double share = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
    return (share < 0.1 ? QStringLiteral("<0.1") : oneDecimal(share)) + QStringLiteral(" %");
}

} // namespace

bool WindowRule::isGlobal(std::int64_t position) const
{
    return std::ranges::binary_search(globals, position);
}

std::int64_t WindowRule::pairs() const
{
    // All windows as if nothing were cut off, less what hangs over both ends; then whole rows and single columns.
    const std::int64_t side = std::min(reach, length - 1);
    std::int64_t sum = length * (2 * side + 1) - side * (side + 1);
    for (const std::int64_t global : globals) {
        const std::int64_t window =
            std::min(length - 1, global + reach) - std::max<std::int64_t>(0, global - reach) + 1;
        sum += 2 * (length - window); // its row and its column outside of its window
    }
    // Pairs of two global tokens out of each other's window were counted in a row and in a column.
    for (std::size_t i = 0; i < globals.size(); ++i)
        for (std::size_t j = i + 1; j < globals.size(); ++j)
            sum -= globals[j] - globals[i] > reach ? 2 : 0;
    return sum;
}

Sees seesOf(const WindowRule &rule)
{
    return [rule](std::int64_t query, std::vector<engine::PositionSpan> &keys) {
        if (rule.isGlobal(query)) {
            keys.push_back({0, rule.length});
            return;
        }
        keys.push_back({query - rule.reach, query + rule.reach + 1});
        for (const std::int64_t global : rule.globals)
            keys.push_back({global, global + 1});
    };
}

PairPicture pairsOf(const WindowRule &rule)
{
    PairPicture picture{.rows = rule.length,
                        .columns = rule.length,
                        .fillRow = {},
                        .colours = {Theme::current().accent, globalColour()}};
    picture.fillRow = [rule](std::int64_t query, std::span<std::uint8_t> reasons) {
        if (rule.isGlobal(query)) {
            std::ranges::fill(reasons, std::uint8_t{2});
            return;
        }
        const auto begin = std::max<std::int64_t>(0, query - rule.reach);
        const auto end = std::min<std::int64_t>(rule.length, query + rule.reach + 1);
        std::fill(reasons.begin() + begin, reasons.begin() + end, std::uint8_t{1});
        for (const std::int64_t global : rule.globals)
            reasons[static_cast<std::size_t>(global)] = 2;
    };
    return picture;
}

std::vector<WindowRule> windowRules(const engine::Trace &trace, std::int64_t row)
{
    std::vector<WindowRule> rules;
    for (const engine::MechanismRecord &record : trace.mechanisms) {
        if (record.name != "window" || record.tensor.rank() != 2 || record.tensor.size(1) < 2)
            continue;
        const auto width = static_cast<std::size_t>(record.tensor.size(1));
        const auto own = static_cast<std::size_t>(std::clamp<std::int64_t>(row, 0, record.tensor.size(0) - 1));
        const auto numbers = record.tensor.ints().subspan(own * width, width);
        WindowRule rule{.length = numbers[0], .reach = numbers[1], .globals = {}};
        std::ranges::copy_if(numbers.subspan(2), std::back_inserter(rule.globals),
                             [](std::int64_t position) { return position >= 0; });
        rules.push_back(std::move(rule));
    }
    return rules;
}

std::optional<std::vector<std::int64_t>> globalTokensOf(const TaskResultPtr &result)
{
    if (!result || !result->trace)
        return std::nullopt;
    const auto rules = windowRules(*result->trace, 0);
    return rules.empty() ? std::nullopt : std::optional(rules.front().globals);
}

std::vector<std::int64_t> withToggled(std::vector<std::int64_t> globals, std::int64_t token)
{
    const auto at = std::ranges::lower_bound(globals, token);
    if (at != globals.end() && *at == token)
        globals.erase(at);
    else
        globals.insert(at, token);
    return globals;
}

WindowView::WindowView(SelectionModel &selectionModel, QWidget *parent) : MechanismView(selectionModel, parent)
{
    setWindowTitle(tr("Window and global tokens"));
    setAccessibleName(tr("Window and global tokens: left and right choose a token, Return makes it global"));
}

bool WindowView::read()
{
    return !windowRules(*result()->trace, 0).empty();
}

void WindowView::follow()
{
    const Selection &current = selection().current();
    m_row = std::max<std::int64_t>(0, current.row);
    m_layers = windowRules(*result()->trace, m_row);
    m_layer = static_cast<std::size_t>(std::clamp(current.layer, 0, static_cast<int>(m_layers.size()) - 1));
    const auto &attentions = result()->trace->attentions;
    const auto kept = std::ranges::find_if(attentions, [this](const engine::AttentionRecord &record) {
        return std::holds_alternative<engine::BandAttention>(record.data) && record.layer == static_cast<int>(m_layer);
    });
    m_record = kept == attentions.end() ? nullptr : &*kept;
    m_labels = labelsOf(engine::Stack::Encoder, places());
    std::vector<Sees> fromTop;
    for (auto rule = m_layers.rbegin(); rule != m_layers.rend(); ++rule)
        fromTop.push_back(seesOf(*rule));
    m_reach = receptiveField({.token = token(), .positions = places()}, fromTop);
}

std::int64_t WindowView::token() const
{
    return std::clamp<std::int64_t>(selection().current().query.value_or(places() / 2), 0, places() - 1);
}

void WindowView::toggleGlobal(std::int64_t token) const
{
    emit rerunAsked({.globalTokens = withToggled(m_layers[m_layer].globals, token)});
}

void WindowView::actOnSelection()
{
    toggleGlobal(token());
}

void WindowView::lay(Column &column) const
{
    const WindowRule &rule = m_layers[m_layer];
    column.heading(windowTitle(), tr("layer %1 of %2").arg(m_layer + 1).arg(m_layers.size()));
    column.paragraph(
        tr("Every token looks %1 positions to each side. Global tokens (%2 in this run) look at all others and are "
           "looked at by all. Blue: inside the window; orange: through a global token; the rest is never computed.")
            .arg(groupedText(rule.reach))
            .arg(rule.globals.size()));
    layRule(column);
    column.gap(6.0);
    strip(column);
    column.gap(6.0);
    const std::int64_t chosen = token();
    const QString word = labelAt(m_labels, chosen);
    const QString offer =
        rule.isGlobal(chosen) ? tr("Make “%1” local again and run") : tr("Make “%1” global and run again");
    column.pills({{.text = offer.arg(word),
                   .says = {tr("Global tokens"),
                            tr("see all tokens and are seen by all. Return does the same for the selected token.")},
                   .act = [this, chosen] { toggleGlobal(chosen); }}});
    column.gap(20.0);
    layReach(column);
    column.gap(20.0);
    layCost(column);
    column.gap();
}

void WindowView::layRule(Column &column) const
{
    const WindowRule &rule = m_layers[m_layer];
    const HeatMapLabels labels{m_labels, m_labels};
    const HeatMapMargins margins = heatMapMargins(labels, {.width = column.width()});
    const double side =
        std::min(column.width() - margins.left - margins.right, static_cast<double>(scaled(kSquareSide)));
    const QRectF room = column.take(margins.top + side + margins.bottom);
    const HeatMapGeometry geometry{QRectF(margins.left, room.top() + margins.top, side, side),
                                   fullRange(rule.length, rule.length), rule.length, rule.length};
    column.paint([&](QPainter &painter) {
        painter.translate(room.left(), 0.0); // rulers count from the left edge
        paintPairs(painter, geometry, pairsOf(rule));
        const HeatMapMarks marks{.row = token(), .column = selection().current().key};
        paintRulers(painter, geometry, labels, marks);
        painter.setPen(QPen(Theme::current().text, 1.0));
        painter.setBrush(Qt::NoBrush);
        const QRectF first = geometry.rectOf({token(), 0});
        painter.drawRect(
            QRectF(geometry.cells.left(), first.top(), geometry.cells.width(), std::max(2.0, first.height())));
    });
    spotPairs(column, {.geometry = geometry,
                       .left = room.left(),
                       .say = [this](const Cell &pair) { return describe(pair); },
                       .act = [this](const Cell &pair) { chooser().selectPair(pair.row, pair.column); }});
}

StripText WindowView::describe(const Cell &pair) const
{
    const WindowRule &own = m_layers[m_layer];
    const engine::MaskRule rule =
        m_record != nullptr
            ? m_record->mask.rule()
            : engine::MaskRule::window(own.reach, std::vector(static_cast<std::size_t>(m_row) + 1, own.globals));
    return {QStringLiteral("%1 %2 %3")
                .arg(labelAt(m_labels, pair.row), QString(QChar(0x2192)), labelAt(m_labels, pair.column)),
            QString::fromStdString(rule.why(m_row, pair.row, pair.column))};
}

StripText WindowView::usualText() const
{
    const WindowRule &rule = m_layers[m_layer];
    const std::int64_t all = rule.length * rule.length;
    return {tr("%1 of %2 pairs").arg(groupedText(rule.pairs()), groupedText(all)),
            tr("are scored in each head of this layer (%1). Point at a pair to read why; click to choose its token.")
                .arg(shareText(rule.pairs(), all))};
}

void WindowView::layReach(Column &column) const
{
    const std::int64_t chosen = token();
    column.heading(tr("Receptive field"), tr("of “%1”, position %2").arg(labelAt(m_labels, chosen)).arg(chosen));
    column.paragraph(
        tr("Which positions of the text can reach this token's last state: by itself, then through the last "
           "layer, the last two, and so on. Windows add up layer by layer; one global token on the way "
           "opens the whole text. The number counts positions. Click to choose another token."));
    const auto lines = m_reach.layers.size();
    const ReachGeometry geometry = layoutReach(column.take(reachHeight(lines)), lines, places());
    std::vector<QString> labels{tr("itself")};
    for (std::size_t i = m_layers.size(); i > 0; --i)
        labels.push_back(tr("layer %1").arg(i));
    column.paint([&](QPainter &painter) { paintReach(painter, geometry, m_reach, labels); });
    const QRectF all(geometry.lineOf(0).topLeft(), geometry.lineOf(lines - 1).bottomRight());
    column.spot(
        {.area = all,
         .say =
             [this, geometry, labels](const QPointF &point) {
                 const std::size_t line = geometry.lineAt(point.y(), labels.size());
                 const std::int64_t position = geometry.positionAt(point.x());
                 const QString reach = m_reach.has(line, position) ? tr("is within reach down to this line: %1.")
                                                                   : tr("is out of reach down to this line: %1.");
                 return StripText{tr("“%1”, position %2").arg(labelAt(m_labels, position)).arg(position),
                                  reach.arg(labels[line])};
             },
         .act = [this, geometry](
                    const QPointF &point) { chooser().selectPair(geometry.positionAt(point.x()), std::nullopt); }});
}

void WindowView::layCost(Column &column) const
{
    const WindowRule &rule = m_layers[m_layer];
    column.heading(tr("What the window saves"), tr("pairs scored in one head, of length²"));
    std::vector<ValueRow> rows;
    const auto add = [&](const QString &label, const WindowRule &of) {
        const std::int64_t all = of.length * of.length;
        rows.push_back({.label = label,
                        .value = static_cast<double>(of.pairs()) / static_cast<double>(all),
                        .number = shareText(of.pairs(), all),
                        .note = tr("%1 of %2").arg(countText(of.pairs()), countText(all))});
    };
    add(tr("this text, %1").arg(groupedText(rule.length)), rule);
    for (const std::int64_t length : kLengths)
        if (length > rule.length)
            add(groupedText(length), {.length = length, .reach = rule.reach, .globals = rule.globals});
    column.bars(rows, {.largest = 1.0});
    column.gap(6.0);
    const std::int64_t heads = loadedModel()->info().heads;
    const auto globals = static_cast<std::int64_t>(rule.globals.size());
    const std::int64_t native = heads * rule.length * (2 * rule.reach + 1 + 2 * globals) * 4;
    column.paragraph(
        tr("With the same window and global tokens. Twice the length is twice the work, not four times. The "
           "weights of this layer take %1 as they are computed; as full squares they would take %2.")
            .arg(bytesText(native), bytesText(heads * rule.length * rule.length * 4)));
}

NumberTable WindowView::numbers() const
{
    NumberTable table{{"layer", "reach", "global_tokens", "length", "pairs_scored", "pairs_full", "positions_reached"},
                      {}};
    for (std::size_t i = 0; i < m_layers.size(); ++i) {
        const WindowRule &rule = m_layers[i];
        table.rows.push_back({static_cast<qlonglong>(i), static_cast<qlonglong>(rule.reach),
                              static_cast<qlonglong>(rule.globals.size()), static_cast<qlonglong>(rule.length),
                              static_cast<qlonglong>(rule.pairs()), static_cast<qlonglong>(rule.length * rule.length),
                              static_cast<qlonglong>(m_reach.positions(m_layers.size() - i))});
    }
    return table;
}

} // namespace ui
