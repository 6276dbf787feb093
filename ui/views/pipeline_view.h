// SPDX-License-Identifier: GPL-3.0-or-later
// What every processor of a search does to the candidates of one place: "pipeline".
#pragma once

#include "ui/paint/pipeline.h"
#include "ui/views/picture_view.h"

namespace ui {

class PipelineView final : public PictureView {
    Q_OBJECT
public:
    explicit PipelineView(SelectionModel &selection, QWidget *parent = nullptr);
    [[nodiscard]] QString viewId() const override { return QStringLiteral("pipeline"); }

    struct Contents {
        std::vector<engine::RankStage> stages = {};
        std::vector<QString> names = {}; // of the candidates
        std::vector<double> raw = {};    // their probabilities as the model gave them
    };
    void setContents(Contents contents);
    [[nodiscard]] const PipelineTable &table() const noexcept { return m_table; }
    void paintExport(QPainter &painter, const QSize &size) override;
    [[nodiscard]] QStringList exportExtensions() const override;

protected:
    [[nodiscard]] QString exportNumbers(const QString &file) override;
    [[nodiscard]] int pictureHeight(int width) const override;
    bool event(QEvent *event) override;

private:
    [[nodiscard]] PipelineGeometry geometryFor(double width) const;

    Contents m_contents;
    PipelineTable m_table;
};

} // namespace ui
