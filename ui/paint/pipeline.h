// SPDX-License-Identifier: GPL-3.0-or-later
// Next-token bars from the model to the sampler: a column a processor, a row a candidate.
#pragma once

#include "engine/rank_stages.h"
#include "ui/paint/text.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace ui {

enum class StageMark {
    Kept,    // as it was, or only shared out anew
    Moved,   // this processor changed its score
    Removed, // this processor took it out
    Gone,    // taken out before
};

struct StageCell {
    double probability = 0.0;
    StageMark mark = StageMark::Kept;
};

struct StageColumn {
    QString title;                // "model", "top-k"
    QString note;                 // "−28 · 20 left"
    std::vector<StageCell> cells; // one a candidate
};

struct PipelineTable {
    std::vector<QString> candidates;
    std::vector<StageColumn> columns; // the model's own first
};

// `names` are the candidates of the stages as a person reads them; `raw` their probabilities before all of them.
[[nodiscard]] PipelineTable pipelineTable(const std::vector<engine::RankStage> &stages,
                                          const std::vector<QString> &names, const std::vector<double> &raw);

struct PipelineGeometry {
    QRectF area; // of the cells
    double labelWidth = 0.0;
    double columnWidth = 0.0;
    double headHeight = 0.0; // above the cells
    double rowHeight = 0.0;

    [[nodiscard]] QRectF cellRect(std::size_t row, std::size_t column) const;
    [[nodiscard]] QRectF headRect(std::size_t column) const;
    [[nodiscard]] QRectF labelRect(std::size_t row) const;
    [[nodiscard]] std::optional<std::size_t> rowAt(const QPointF &point, std::size_t rows) const;
    [[nodiscard]] double height() const; // heads and cells
};
// From the top left corner of `place`, as wide as it.
[[nodiscard]] PipelineGeometry layoutPipeline(const QRectF &place, const PipelineTable &table);
void paintPipeline(QPainter &painter, const PipelineGeometry &geometry, const PipelineTable &table);

} // namespace ui
