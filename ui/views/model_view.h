// SPDX-License-Identifier: GPL-3.0-or-later
// What the checkpoint is and what this run cost: "model".
#pragma once

#include "ui/paint/bars.h"
#include "ui/views/picture_view.h"
#include "ui/views/tables.h"

namespace ui {

// What a run of `tokens` tokens costs by the sizes of the model, block by block.
struct BlockCost {
    QString name;
    std::int64_t multiplyAdds = 0;   // parameters × tokens, and for attention 2 × tokens² × hidden
    std::int64_t attentionBytes = 0; // heads × tokens² × 4
    double milliseconds = -1.0;      // < 0: not measured
};
[[nodiscard]] std::vector<BlockCost> costLedger(const engine::ModelInfo &info, const engine::TaskResult &result);

class ModelView final : public PictureView {
    Q_OBJECT
public:
    explicit ModelView(SelectionModel &selection, QWidget *parent = nullptr);
    [[nodiscard]] QString viewId() const override { return QStringLiteral("model"); }
    void paintExport(QPainter &painter, const QSize &size) override;
    [[nodiscard]] QStringList exportExtensions() const override;

protected:
    [[nodiscard]] QString exportNumbers(const QString &file) override;
    [[nodiscard]] int pictureHeight(int width) const override;

private:
    struct Fact {
        QString name;
        QString value;
    };
    [[nodiscard]] std::vector<Fact> facts() const;
    // Both paint and measure: a null painter paints nothing. Return the y below.
    double layFacts(QPainter *painter, const QRectF &area) const;
    double layParameters(QPainter *painter, const QRectF &area) const;
    double layCost(QPainter *painter, const QRectF &area) const;
    double layTensors(QPainter *painter, const QRectF &area) const;
    double layConfig(QPainter *painter, const QRectF &area) const;
    double layAll(QPainter *painter, const QRectF &area) const;
};

} // namespace ui
