// SPDX-License-Identifier: GPL-3.0-or-later
// A picture laid out from top to bottom. The same code measures it, paints it and notes what can be pointed at.
#pragma once

#include "ui/paint/bars.h"
#include "ui/paint/text.h"

#include <QPainter>
#include <QRectF>

#include <functional>
#include <optional>
#include <vector>

namespace ui {

// A place of a picture that says something to whoever points at it, and may do something when clicked.
struct Spot {
    QRectF area;
    std::function<StripText(const QPointF &)> say;
    std::function<void(const QPointF &)> act = {};
};

// One of several choices in a row.
struct Pill {
    QString text;
    bool isChosen = false;
    StripText says = {};
    std::function<void()> act = {};
};

class Column {
public:
    // A null painter only measures; null spots: nobody points.
    struct Target {
        QPainter *painter = nullptr;
        std::vector<Spot> *spots = nullptr;
    };
    Column(const QRectF &area, const Target &target);

    [[nodiscard]] double y() const noexcept { return m_y; }
    [[nodiscard]] double width() const noexcept { return m_area.width(); }
    // The next rectangle of that height; the column goes on below it.
    QRectF take(double height);
    void gap(double height = 12.0) { m_y += height; }

    void heading(const QString &title, const QString &hint = {});
    void paragraph(const QString &text);
    void bars(const std::vector<ValueRow> &rows, const ValueBarOptions &options = {});
    // What is pointed at, in a room of at least `usual`'s height, so that nothing below it moves.
    void strip(const StripText &shown, const StripText &usual);
    [[nodiscard]] const QRectF &stripArea() const noexcept { return m_strip; } // of the last strip; null: none yet
    void pills(std::vector<Pill> pills);                                       // in lines that wrap

    template <typename Paint> void paint(Paint &&paint)
    {
        if (m_target.painter == nullptr)
            return;
        m_target.painter->save();
        paint(*m_target.painter);
        m_target.painter->restore();
    }
    void spot(Spot spot);

private:
    QRectF m_area;
    Target m_target;
    QRectF m_strip;
    double m_y;
};

// Whether nothing of an area would be seen: what costs need not be painted then.
[[nodiscard]] bool isClippedAway(const QPainter &painter, const QRectF &area);

// The last spot under a point, which is the one painted last.
[[nodiscard]] const Spot *spotAt(const std::vector<Spot> &spots, const QPointF &point);

} // namespace ui
