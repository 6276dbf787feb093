// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/mechanisms/pool_view.h"

#include "ui/views/attention_data.h"

#include <QFontMetricsF>

#include <algorithm>

namespace ui {

namespace {

constexpr double kTitle = 16.0;  // pixels of a stage's title at the usual text size
constexpr double kStates = 30.0; // … of its states
constexpr double kBetween = 12.0;
constexpr std::int64_t kMostNamed = 6; // tokens of a state named one by one

bool isPooled(const engine::MaskRule &rule)
{
    return rule.kind() == engine::MaskKind::Pooled || std::ranges::any_of(rule.parts(), isPooled);
}

bool isSame(const PoolStage &left, const PoolStage &right)
{
    return left.stack == right.stack && left.states == right.states;
}

double xOf(const QRectF &line, double position, std::int64_t length)
{
    return line.left() + line.width() * position / static_cast<double>(std::max<std::int64_t>(1, length));
}

} // namespace

std::vector<PoolStage> poolStages(const engine::Trace &trace)
{
    std::vector<PoolStage> stages;
    bool hasPooled = false;
    for (const engine::AttentionRecord &record : trace.attentions) {
        if (record.stack == engine::Stack::Cross || record.stack == engine::Stack::Query)
            continue;
        const engine::MaskRule rule = record.mask.rule();
        hasPooled = hasPooled || isPooled(rule);
        PoolStage stage{.stack = record.stack,
                        .firstLayer = record.layer,
                        .layers = 1,
                        .pairs = record.queries() * record.keys(),
                        .states = {}};
        for (std::int64_t query = 0; query < record.queries(); ++query)
            stage.states.push_back(rule.querySpan(query));
        if (!stages.empty() && isSame(stages.back(), stage)) {
            ++stages.back().layers;
            stages.back().pairs += stage.pairs;
        } else {
            stages.push_back(std::move(stage));
        }
    }
    return hasPooled ? stages : std::vector<PoolStage>();
}

PoolView::PoolView(SelectionModel &selectionModel, QWidget *parent) : MechanismView(selectionModel, parent)
{
    setWindowTitle(tr("Pooling"));
    setAccessibleName(tr("Pooled states and their tokens: left and right choose a token"));
}

bool PoolView::read()
{
    m_stages = poolStages(*result()->trace);
    if (m_stages.empty())
        return false;
    m_length = static_cast<std::int64_t>(m_stages.front().states.size());
    m_labels = labelsOf(m_stages.front().stack, m_length);
    return true;
}

bool PoolView::comesBack() const
{
    return m_stages.back().stack != m_stages.front().stack;
}

QString PoolView::titleOf(const PoolStage &stage) const
{
    const QString layers = stage.layers == 1
                               ? tr("layer %1").arg(stage.firstLayer + 1)
                               : tr("layers %1–%2").arg(stage.firstLayer + 1).arg(stage.firstLayer + stage.layers);
    const bool isBack = stage.stack != m_stages.front().stack;
    const QString states = tr("%1 states").arg(stage.states.size());
    return isBack ? tr("back at full length, %1: %2").arg(layers, states)
                  : QStringLiteral("%1: %2").arg(layers, states);
}

QString PoolView::tokensOf(const engine::PositionSpan &span) const
{
    QStringList words;
    for (std::int64_t position = span.begin; position < std::min(span.end, span.begin + kMostNamed); ++position)
        words << QStringLiteral("“%1”").arg(labelAt(m_labels, position));
    if (span.end - span.begin > kMostNamed)
        words << tr("and %1 more").arg(span.end - span.begin - kMostNamed);
    return words.join(QStringLiteral(" "));
}

void PoolView::lay(Column &column) const
{
    column.heading(windowTitle(), tr("%1 → %2 states").arg(m_length).arg(lastPooled().states.size()));
    column.paragraph(
        comesBack()
            ? tr("Every box is one state, as wide as the tokens that it stands for. Each block pools pairs of "
                 "states into one before it goes on. At the end the short states are copied back to every "
                 "token and added to the states that left the first block: this is the full model, whose "
                 "answers are one a token.")
            : tr("Every box is one state, as wide as the tokens that it stands for. Each block pools pairs of "
                 "states into one before it goes on. This run stops at the short states: the base model, whose "
                 "answer is one for the whole text. The full model has more layers that bring every token back."));
    layStages(column);
    column.gap(6.0);
    strip(column);
    column.gap(20.0);
    layCost(column);
    column.gap();
}

const PoolStage &PoolView::lastPooled() const
{
    const auto last = std::ranges::find_if(m_stages.rbegin(), m_stages.rend(), [this](const PoolStage &stage) {
        return stage.stack == m_stages.front().stack;
    });
    return *last;
}

void PoolView::layStages(Column &column) const
{
    for (std::size_t i = 0; i < m_stages.size(); ++i) {
        const QRectF title = column.take(scaled(static_cast<int>(kTitle)));
        const QRectF line = column.take(scaled(static_cast<int>(kStates)));
        column.paint([&](QPainter &painter) {
            painter.setFont(ui::font(TextSize::Small));
            painter.setPen(Theme::current().dimText);
            painter.drawText(title, Qt::AlignLeft | Qt::AlignVCenter,
                             elided(titleOf(m_stages[i]), painter.font(), title.width()));
            paintStage(painter, line, m_stages[i]);
        });
        const auto positionAt = [line, length = m_length](const QPointF &point) {
            const double share = (point.x() - line.left()) / line.width();
            return std::clamp<std::int64_t>(static_cast<std::int64_t>(share * static_cast<double>(length)), 0,
                                            length - 1);
        };
        column.spot({.area = line,
                     .say = [this, i, positionAt](const QPointF &point) { return describe(i, positionAt(point)); },
                     .act = [this, positionAt](
                                const QPointF &point) { chooser().selectPair(positionAt(point), std::nullopt); }});
        column.gap(kBetween);
    }
}

void PoolView::paintStage(QPainter &painter, const QRectF &line, const PoolStage &stage) const
{
    const Theme &theme = Theme::current();
    const auto chosen = selection().current().query;
    const double pitch = line.width() / static_cast<double>(std::max<std::int64_t>(1, m_length));
    const QFont small = ui::font(TextSize::Small);
    painter.setFont(small);
    const double gap = pitch > 4.0 ? 1.0 : 0.0;
    for (std::size_t i = 0; i < stage.states.size(); ++i) {
        const engine::PositionSpan &span = stage.states[i];
        const QRectF box(xOf(line, static_cast<double>(span.begin), m_length) + gap, line.top(),
                         pitch * static_cast<double>(span.end - span.begin) - 2.0 * gap, line.height());
        const bool isChosen = chosen && *chosen >= span.begin && *chosen < span.end;
        QColor fill = isChosen ? theme.accent : theme.accentGround;
        if (!isChosen && gap == 0.0 && i % 2 == 1)
            fill = theme.cardBorder; // neighbours stay apart where no gap fits
        painter.setPen(Qt::NoPen);
        painter.setBrush(fill);
        painter.drawRoundedRect(box, std::min(5.0, box.width() / 3.0), 5.0);
        constexpr double kReadable = 16.0;
        if (box.width() < kReadable)
            continue;
        const QString text =
            span.end - span.begin == 1 ? labelAt(m_labels, span.begin) : QString::number(span.end - span.begin);
        painter.setPen(isChosen ? theme.accentText : theme.text);
        painter.drawText(box.adjusted(2, 0, -2, 0), Qt::AlignCenter, elided(text, small, box.width() - 4.0));
    }
}

StripText PoolView::describe(std::size_t stage, std::int64_t position) const
{
    const std::vector<engine::PositionSpan> &states = m_stages[stage].states;
    const auto found = std::ranges::find_if(
        states, [position](const engine::PositionSpan &span) { return position >= span.begin && position < span.end; });
    if (found == states.end())
        return {tr("position %1").arg(position),
                tr("“%1” belongs to no state here: the last position is cut off so that pairs "
                   "come out even.")
                    .arg(labelAt(m_labels, position))};
    const QString name = tr("state %1 of %2").arg(found - states.begin() + 1).arg(states.size());
    if (found->end - found->begin == 1)
        return {name, tr("stands for %1, position %2").arg(tokensOf(*found)).arg(position)};
    return {name, tr("stands for %1, positions %2–%3").arg(tokensOf(*found)).arg(found->begin).arg(found->end - 1)};
}

StripText PoolView::usualText() const
{
    const auto chosen = selection().current().query;
    if (!chosen || *chosen >= m_length)
        return {tr("Follow a token"),
                tr("Point at a box to read what it stands for; click to see a token on all lines.")};
    QStringList path;
    for (std::size_t i = 0; i < m_stages.size(); ++i)
        path << describe(i, *chosen).bold;
    return {QStringLiteral("“%1”").arg(labelAt(m_labels, *chosen)), path.join(QStringLiteral(" → "))};
}

void PoolView::layCost(Column &column) const
{
    std::int64_t sum = 0;
    std::int64_t layers = 0;
    std::vector<ValueRow> rows;
    const std::int64_t whole = m_length * m_length;
    for (const PoolStage &stage : m_stages) {
        sum += stage.pairs;
        layers += stage.layers;
        rows.push_back({.label = titleOf(stage),
                        .value = static_cast<double>(stage.pairs) / static_cast<double>(stage.layers * whole),
                        .number = countText(stage.pairs),
                        .note = tr("of %1").arg(countText(stage.layers * whole))});
    }
    column.heading(tr("What pooling saves"), tr("pairs of query and key in one head"));
    column.bars(rows, {.largest = 1.0});
    column.gap(6.0);
    column.paragraph(
        tr("%1 of the %2 pairs that the same layers without pooling would score. In the first layer after pooling the "
           "queries are short already and the keys still long.")
            .arg(countText(sum), countText(layers * whole)));
}

NumberTable PoolView::numbers() const
{
    NumberTable table{{"stack", "first_layer", "layers", "state", "first_position", "end_position", "text"}, {}};
    for (const PoolStage &stage : m_stages)
        for (std::size_t i = 0; i < stage.states.size(); ++i)
            table.rows.push_back({QString::fromLatin1(engine::name(stage.stack)), stage.firstLayer, stage.layers,
                                  static_cast<qlonglong>(i), static_cast<qlonglong>(stage.states[i].begin),
                                  static_cast<qlonglong>(stage.states[i].end), tokensOf(stage.states[i])});
    return table;
}

} // namespace ui
