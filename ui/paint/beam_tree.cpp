// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/paint/beam_tree.h"

#include <QCoreApplication>
#include <QPainterPath>

#include <algorithm>
#include <cmath>
#include <limits>

namespace ui {

namespace {

class Words {
    Q_DECLARE_TR_FUNCTIONS(BeamTree)
};

using engine::BeamHistory;
using engine::BeamNode;

// What lies below a node: its best result, and the best score of a leaf.
struct Promise {
    std::int64_t hypothesis = std::numeric_limits<std::int64_t>::max();
    double score = -std::numeric_limits<double>::infinity();
    bool operator<(const Promise &other) const // the better one first
    {
        return hypothesis != other.hypothesis ? hypothesis < other.hypothesis : score > other.score;
    }
};

class Outline {
public:
    explicit Outline(const BeamHistory &history)
        : m_nodes(history.nodes), m_children(history.nodes.size() + 1), m_promises(history.nodes.size())
    {
        for (std::size_t i = m_nodes.size(); i-- > 0;) { // children stand behind their parents
            Promise &own = m_promises[i];
            if (m_nodes[i].hypothesis >= 0)
                own.hypothesis = std::min(own.hypothesis, m_nodes[i].hypothesis);
            if (m_children[i + 1].empty())
                own.score = std::max(own.score, m_nodes[i].score);
            m_children[static_cast<std::size_t>(m_nodes[i].parent + 1)].push_back(i);
            if (m_nodes[i].parent >= 0) {
                Promise &above = m_promises[static_cast<std::size_t>(m_nodes[i].parent)];
                above.hypothesis = std::min(above.hypothesis, own.hypothesis);
                above.score = std::max(above.score, own.score);
            }
        }
        for (auto &children : m_children)
            std::stable_sort(children.begin(), children.end(),
                             [this](std::size_t a, std::size_t b) { return m_promises[a] < m_promises[b]; });
    }

    [[nodiscard]] std::vector<BeamSegment> segments() const
    {
        struct Open {
            std::size_t node;
            int parent;
            int depth;
        };
        std::vector<BeamSegment> out;
        std::vector<Open> open;
        const auto push = [&](std::int64_t node, int parent, int depth) {
            const auto &children = m_children[static_cast<std::size_t>(node + 1)];
            for (auto child = children.rbegin(); child != children.rend(); ++child)
                open.push_back({*child, parent, depth});
        };
        push(-1, -1, 0);
        while (!open.empty()) {
            const Open next = open.back();
            open.pop_back();
            out.push_back(segmentFrom(next.node));
            out.back().parent = next.parent;
            out.back().depth = next.depth;
            push(out.back().lastNode, static_cast<int>(out.size()) - 1, next.depth + 1);
        }
        return out;
    }

private:
    [[nodiscard]] BeamSegment segmentFrom(std::size_t node) const
    {
        BeamSegment segment;
        segment.firstStep = m_nodes[node].step;
        segment.leadsToBest = m_promises[node].hypothesis == 0;
        for (;;) {
            segment.text += fromUtf8(m_nodes[node].text);
            const auto &children = m_children[node + 1];
            if (children.size() != 1)
                break;
            node = children.front();
        }
        segment.lastNode = static_cast<std::int64_t>(node);
        segment.score = m_nodes[node].score;
        segment.end = m_nodes[node].end;
        segment.hypothesis = m_nodes[node].hypothesis;
        segment.text = segment.text.simplified();
        if (segment.text.isEmpty())
            segment.text = chipText(fromUtf8(m_nodes[node].text));
        return segment;
    }

    const std::vector<BeamNode> &m_nodes;
    std::vector<std::vector<std::size_t>> m_children; // of node i − 1; of the prompt at 0
    std::vector<Promise> m_promises;
};

// Takes out leaves, those with the least score first, until few enough are left. No result is taken out.
std::vector<BeamSegment> reduced(std::vector<BeamSegment> segments, std::size_t most)
{
    std::vector<int> children(segments.size(), 0);
    for (const BeamSegment &segment : segments)
        if (segment.parent >= 0)
            ++children[static_cast<std::size_t>(segment.parent)];
    std::vector<bool> isGone(segments.size(), false);
    std::size_t left = segments.size();
    while (left > most) {
        std::optional<std::size_t> worst;
        for (std::size_t i = 0; i < segments.size(); ++i)
            if (!isGone[i] && children[i] == 0 && segments[i].hypothesis < 0 &&
                (!worst || segments[i].score < segments[*worst].score))
                worst = i;
        if (!worst)
            break;
        isGone[*worst] = true;
        --left;
        if (segments[*worst].parent >= 0)
            --children[static_cast<std::size_t>(segments[*worst].parent)];
    }
    std::vector<int> place(segments.size(), -1);
    std::vector<BeamSegment> out;
    for (std::size_t i = 0; i < segments.size(); ++i) {
        if (isGone[i])
            continue;
        place[i] = static_cast<int>(out.size());
        if (segments[i].parent >= 0)
            segments[i].parent = place[static_cast<std::size_t>(segments[i].parent)];
        out.push_back(std::move(segments[i]));
    }
    return out;
}

void paintBranch(QPainter &painter, const BeamTreeGeometry &geometry, const BeamSegment &segment, std::size_t row)
{
    const Theme &theme = Theme::current();
    const QRectF line = geometry.rowRect(row);
    const double left = line.left() + geometry.indent(segment.depth);
    if (segment.parent >= 0) {
        const QRectF above = geometry.rowRect(static_cast<std::size_t>(segment.parent));
        const double x = line.left() + geometry.indent(segment.depth - 1) + 6.0;
        QPainterPath path(QPointF(x, above.bottom() - 4.0));
        path.cubicTo(QPointF(x, line.center().y()), QPointF(x, line.center().y()),
                     QPointF(std::max(left - 3.0, x + 5.0), line.center().y()));
        painter.setPen(QPen(segment.leadsToBest ? theme.accent : theme.dimText, segment.leadsToBest ? 1.8 : 1.0));
        painter.setBrush(Qt::NoBrush);
        painter.drawPath(path);
    }
}

void paintSegment(QPainter &painter, const BeamTreeGeometry &geometry, const BeamSegment &segment, std::size_t row)
{
    const Theme &theme = Theme::current();
    const QRectF line = geometry.rowRect(row);
    const double left = line.left() + geometry.indent(segment.depth);
    const bool isResult = segment.hypothesis >= 0;
    const QFont words = font(TextSize::Normal, segment.leadsToBest);
    const double room = line.right() - left - geometry.scoreWidth - geometry.endWidth - 22.0;
    painter.setFont(words);
    painter.setPen(segment.leadsToBest || isResult ? theme.text : theme.dimText);
    painter.drawText(QRectF(left + 6.0, line.top(), std::max(20.0, room), line.height()), Qt::AlignVCenter,
                     elided(segment.text, words, std::max(20.0, room)));
    painter.setFont(font(TextSize::Normal));
    painter.setPen(isResult ? theme.text : theme.dimText);
    QString score = QString::number(segment.score, 'f', 3);
    score.replace(QLatin1Char('-'), QChar(0x2212));
    drawTabular(painter,
                QRectF(line.right() - geometry.endWidth - geometry.scoreWidth - 10.0, line.top(), geometry.scoreWidth,
                       line.height()),
                score);
    const QFont small = font(TextSize::Small, isResult);
    painter.setFont(small);
    painter.setPen(isResult ? theme.accent : theme.dimText);
    painter.drawText(QRectF(line.right() - geometry.endWidth, line.top(), geometry.endWidth, line.height()),
                     Qt::AlignVCenter, elided(beamEndText(segment), small, geometry.endWidth));
}

} // namespace

std::vector<BeamSegment> beamSegments(const BeamHistory &history, std::size_t most)
{
    return reduced(Outline(history).segments(), most);
}

std::vector<std::int64_t> beamPath(const BeamHistory &history, std::int64_t node)
{
    std::vector<std::int64_t> path;
    for (; node >= 0; node = history.nodes[static_cast<std::size_t>(node)].parent)
        path.push_back(history.nodes[static_cast<std::size_t>(node)].token);
    std::ranges::reverse(path);
    return path;
}

QString beamEndText(const BeamSegment &segment)
{
    const QString result = segment.hypothesis >= 0 ? Words::tr(" · result %1").arg(segment.hypothesis + 1) : QString();
    switch (segment.end) {
    case engine::BeamEnd::None:
        return result;
    case engine::BeamEnd::EndToken:
        return Words::tr("end token") + (result.isEmpty() ? Words::tr(" · better ones came") : result);
    case engine::BeamEnd::StopString:
        return Words::tr("stop string") + (result.isEmpty() ? Words::tr(" · better ones came") : result);
    case engine::BeamEnd::Outscored:
        return Words::tr("outscored");
    case engine::BeamEnd::Length:
        return Words::tr("length limit") + result;
    case engine::BeamEnd::EarlyStopping:
        return Words::tr("search was over") + result;
    }
    return result;
}

QRectF BeamTreeGeometry::rowRect(std::size_t row) const
{
    return {area.left(), area.top() + static_cast<double>(row) * rowHeight, area.width(), rowHeight};
}

double BeamTreeGeometry::indent(int depth) const
{
    constexpr double kMostShare = 0.3; // of the width, so that words still fit
    return std::min(static_cast<double>(depth) * indentStep, area.width() * kMostShare);
}

std::optional<std::size_t> BeamTreeGeometry::rowAt(const QPointF &point, std::size_t rows) const
{
    if (!area.isValid() || point.x() < area.left() || point.x() > area.right() || point.y() < area.top())
        return {};
    const auto row = static_cast<std::size_t>((point.y() - area.top()) / rowHeight);
    return row < rows ? std::optional(row) : std::nullopt;
}

BeamTreeGeometry layoutBeamTree(const QRectF &area, const std::vector<BeamSegment> &segments)
{
    BeamTreeGeometry geometry;
    geometry.rowHeight = scaled(24);
    geometry.indentStep = scaled(14);
    geometry.scoreWidth = scaled(52);
    const QFontMetricsF small(font(TextSize::Small, true));
    geometry.endWidth = 0.0;
    for (const BeamSegment &segment : segments)
        geometry.endWidth = std::max(geometry.endWidth, std::ceil(small.horizontalAdvance(beamEndText(segment))) + 2.0);
    geometry.endWidth = std::min(geometry.endWidth, area.width() * 0.32);
    geometry.area =
        QRectF(area.topLeft(), QSizeF(area.width(), geometry.rowHeight * static_cast<double>(segments.size())));
    return geometry;
}

void paintBeamTree(QPainter &painter, const BeamTreeGeometry &geometry, const std::vector<BeamSegment> &segments,
                   const BeamTreeMarks &marks)
{
    const Theme &theme = Theme::current();
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    for (std::size_t row = 0; row < segments.size(); ++row) {
        const QRectF line = geometry.rowRect(row);
        const bool isSelected = marks.selected == row;
        if (isSelected || marks.hovered == row) {
            const double left = line.left() + geometry.indent(segments[row].depth);
            painter.setPen(isSelected && marks.hasFocus ? QPen(theme.accent, 1.5) : QPen(Qt::NoPen));
            painter.setBrush(isSelected ? theme.accentGround : theme.chip);
            painter.drawRoundedRect(QRectF(left, line.top() + 1, line.right() - left - 1, line.height() - 2), 6, 6);
        }
    }
    for (std::size_t row = 0; row < segments.size(); ++row)
        paintBranch(painter, geometry, segments[row], row);
    for (std::size_t row = 0; row < segments.size(); ++row)
        paintSegment(painter, geometry, segments[row], row);
    painter.restore();
}

} // namespace ui
