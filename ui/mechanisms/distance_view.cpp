// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/mechanisms/distance_view.h"

#include "ui/views/attention_data.h"

#include <algorithm>

namespace ui {

namespace {

constexpr int kChartHeight = 240;
constexpr std::size_t kMostHeads = 16; // listed one by one

QString distanceText(std::int64_t distance)
{
    if (distance == 0)
        return MechanismView::tr("the token itself");
    return distance < 0 ? MechanismView::tr("%1 back").arg(-distance) : MechanismView::tr("%1 ahead").arg(distance);
}

const engine::MechanismRecord *lastRecord(const engine::Trace &trace, engine::Stack stack, const char *name)
{
    const auto found = std::ranges::find_if(
        trace.mechanisms.rbegin(), trace.mechanisms.rend(),
        [&](const engine::MechanismRecord &record) { return record.stack == stack && record.name == name; });
    return found == trace.mechanisms.rend() ? nullptr : &*found;
}

} // namespace

std::vector<DistanceBias> distanceBiases(const engine::Trace &trace)
{
    std::vector<DistanceBias> biases;
    for (const engine::Stack stack : {engine::Stack::Encoder, engine::Stack::Decoder}) {
        const auto *bias = lastRecord(trace, stack, "relative_position_bias");
        if (bias == nullptr || bias->tensor.rank() < 3 || bias->tensor.elements() == 0)
            continue;
        const auto *buckets = lastRecord(trace, stack, "relative_position_buckets");
        const std::int64_t heads = bias->tensor.size(-3);
        const std::int64_t queries = bias->tensor.size(-2);
        const std::int64_t keys = bias->tensor.size(-1);
        const std::int64_t offset = keys - queries;
        DistanceBias out{.stack = stack, .curves = {.first = -(keys - 1), .lines = {}}, .buckets = {}};
        out.curves.lines.resize(static_cast<std::size_t>(heads));
        const std::int64_t last = stack == engine::Stack::Decoder ? 0 : keys - 1 - offset; // a decoder looks back only
        for (std::int64_t distance = out.curves.first; distance <= last; ++distance) {
            // The distance stands in many pairs alike; one of them is enough.
            const std::int64_t query = distance < 0 ? queries - 1 : 0;
            const std::int64_t key = offset + query + distance;
            for (std::int64_t head = 0; head < heads; ++head)
                out.curves.lines[static_cast<std::size_t>(head)].push_back(
                    bias->tensor.floats()[static_cast<std::size_t>((head * queries + query) * keys + key)]);
            if (buckets != nullptr && buckets->tensor.elements() == queries * keys)
                out.buckets.push_back(buckets->tensor.ints()[static_cast<std::size_t>(query * keys + key)]);
        }
        biases.push_back(std::move(out));
    }
    return biases;
}

DistanceView::DistanceView(SelectionModel &selectionModel, QWidget *parent) : MechanismView(selectionModel, parent)
{
    setWindowTitle(tr("Relative position bias"));
    setAccessibleName(tr("Relative position bias by distance, one curve a head"));
}

bool DistanceView::read()
{
    m_biases = distanceBiases(*result()->trace);
    return !m_biases.empty();
}

const DistanceBias &DistanceView::chosen() const
{
    const auto found = std::ranges::find(m_biases, selection().current().stack, &DistanceBias::stack);
    return found == m_biases.end() ? m_biases.front() : *found;
}

std::size_t DistanceView::head() const
{
    const auto heads = static_cast<int>(chosen().curves.lines.size());
    return static_cast<std::size_t>(std::clamp(selection().current().head, 0, heads - 1));
}

void DistanceView::lay(Column &column) const
{
    column.heading(windowTitle(),
                   tr("%1, heads: %2").arg(stackTitle(chosen().stack)).arg(chosen().curves.lines.size()));
    column.paragraph(tr("This stack knows no positions. Every head adds a learned number to its scores instead, which "
                        "depends on nothing "
                        "but the distance from query to key, and all layers use the same. Near distances have numbers "
                        "of their own, far "
                        "ones share a bucket (ticks on the axis); the axis is logarithmic for that reason."));
    layCurves(column);
    column.gap(6.0);
    strip(column);
    column.gap(20.0);
    layFavourites(column);
    column.gap();
}

void DistanceView::layCurves(Column &column) const
{
    const DistanceBias &bias = chosen();
    const CurveGeometry geometry = layoutCurves(column.take(scaled(kChartHeight)), bias.curves);
    CurveMarks marks{.front = head()};
    const auto &current = selection().current();
    if (current.query && current.key)
        marks.distance = std::clamp(*current.key - *current.query, geometry.first, geometry.last);
    for (std::size_t i = 1; i < bias.buckets.size(); ++i)
        if (bias.buckets[i] != bias.buckets[i - 1])
            marks.borders.push_back(geometry.first + static_cast<std::int64_t>(i));
    column.paint([&](QPainter &painter) { paintCurves(painter, geometry, bias.curves, marks); });
    const auto pointed = [geometry, this](const QPointF &point) {
        return curveAt(geometry, chosen().curves, point).value_or(head());
    };
    column.spot({.area = geometry.plot,
                 .say = [this, geometry, pointed](
                            const QPointF &point) { return describe(pointed(point), geometry.distanceAt(point.x())); },
                 .act =
                     [this, pointed](const QPointF &point) {
                         chooser().selectHead(selection().current().layer, static_cast<int>(pointed(point)));
                     }});
}

StripText DistanceView::describe(std::size_t head, std::int64_t distance) const
{
    const DistanceBias &bias = chosen();
    const auto at = static_cast<std::size_t>(distance - bias.curves.first);
    QString text = tr("head %1 adds %2 to the score of a key %3")
                       .arg(head + 1)
                       .arg(signedText(static_cast<double>(bias.curves.lines[head][at])), distanceText(distance));
    if (at < bias.buckets.size())
        text += tr(" (bucket %1)").arg(bias.buckets[at]);
    return {tr("Distance %1").arg(distance), text};
}

StripText DistanceView::usualText() const
{
    return {tr("Head %1").arg(head() + 1),
            tr("is the thick line. Point at a line to read it; click to choose its head.")};
}

void DistanceView::layFavourites(Column &column) const
{
    const DistanceBias &bias = chosen();
    column.heading(tr("Favourite distance of each head"));
    std::vector<ValueRow> rows;
    for (std::size_t i = 0; i < std::min(kMostHeads, bias.curves.lines.size()); ++i) {
        const auto &values = bias.curves.lines[i];
        const auto most = std::ranges::max_element(values);
        const auto least = std::ranges::min_element(values);
        const std::int64_t distance = bias.curves.first + (most - values.begin());
        rows.push_back({.label = tr("head %1").arg(i + 1),
                        .value = static_cast<double>(*most - *least),
                        .number = signedText(static_cast<double>(*most)),
                        .note = distanceText(distance),
                        .isSelected = i == head()});
    }
    column.bars(rows);
    column.gap(6.0);
    column.paragraph(
        tr("The bar is the difference between the head's largest and smallest number: a head with a short bar "
           "hardly cares how far away a word stands. The number is the largest one, with its distance."));
}

NumberTable DistanceView::numbers() const
{
    NumberTable table{{"stack", "head", "distance", "bucket", "bias"}, {}};
    for (const DistanceBias &bias : m_biases)
        for (std::size_t head = 0; head < bias.curves.lines.size(); ++head)
            for (std::size_t i = 0; i < bias.curves.lines[head].size(); ++i)
                table.rows.push_back(
                    {QString::fromLatin1(engine::name(bias.stack)), static_cast<qlonglong>(head),
                     static_cast<qlonglong>(bias.curves.first + static_cast<std::int64_t>(i)),
                     i < bias.buckets.size() ? QVariant(static_cast<qlonglong>(bias.buckets[i])) : QVariant(),
                     bias.curves.lines[head][i]});
    return table;
}

} // namespace ui
