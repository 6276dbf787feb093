// SPDX-License-Identifier: GPL-3.0-or-later
// Attention as lines from each query to the keys it looks at.
#pragma once

#include "ui/paint/matrix.h"
#include "ui/paint/text.h"

#include <QPainter>

#include <optional>
#include <vector>

namespace ui {

struct AttentionLine {
    std::int64_t query = 0;
    std::int64_t key = 0;
    float weight = 0.0F;
};

struct LineChoice {
    double keptMass = 0.9;        // of each query's row: its largest weights until they reach this share
    std::size_t maxLines = 6000;  // the strongest of all, so that a picture stays a picture
};

struct ChosenLines {
    std::vector<AttentionLine> lines; // weakest first: the strongest is painted last
    std::size_t wanted = 0;           // before maxLines
};

[[nodiscard]] ChosenLines chooseLines(const Matrix &weights, const LineChoice &choice);

// Two columns of tokens with the lines between them, or two rows of tokens one above the other.
struct LineGeometry {
    QRectF area;
    std::int64_t queries = 0;
    std::int64_t keys = 0;
    double pitch = 20.0;      // pixels a token
    double labelRoom = 96.0;  // pixels beside the lines for the tokens
    bool isHorizontal = false;

    [[nodiscard]] QPointF queryPoint(std::int64_t query) const; // where its lines begin
    [[nodiscard]] QPointF keyPoint(std::int64_t key) const;     // where its lines end
    [[nodiscard]] QRectF queryRect(std::int64_t query) const;   // of its label
    [[nodiscard]] QRectF keyRect(std::int64_t key) const;
    [[nodiscard]] std::optional<std::int64_t> queryAt(const QPointF &point) const;
    [[nodiscard]] std::optional<std::int64_t> keyAt(const QPointF &point) const;
};

struct LineMarks {
    std::optional<std::int64_t> query = {}; // only its lines keep their colour
    std::optional<std::int64_t> key = {};
};

// Paints what the painter's clip lets through.
void paintLines(QPainter &painter, const LineGeometry &geometry, const std::vector<AttentionLine> &lines,
                const LineMarks &marks);
struct LineLabels {
    std::vector<QString> queries;
    std::vector<QString> keys;
};
void paintLineLabels(QPainter &painter, const LineGeometry &geometry, const LineLabels &labels, const LineMarks &marks);

} // namespace ui
