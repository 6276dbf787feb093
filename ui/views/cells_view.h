// SPDX-License-Identifier: GPL-3.0-or-later
// A view with a query × key matrix of the selected layer: the plot, the strip under it that says what the
// pointed-at pair is, and the selection of a pair by click.
#pragma once

#include "ui/views/attention_data.h"
#include "ui/views/heat_plot.h"

namespace ui {

class CellsView : public View {
    Q_OBJECT
public:
    explicit CellsView(SelectionModel &selection, QWidget *parent = nullptr);

    void show(const LoadedModelPtr &model, const TaskResultPtr &result) override;
    void paintExport(QPainter &painter, const QSize &size) override;

    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override;
    [[nodiscard]] QSize sizeHint() const override { return {528, heightForWidth(528)}; }
    [[nodiscard]] QSize minimumSizeHint() const override { return {240, 80}; }

    [[nodiscard]] HeatPlot &plot() noexcept { return *m_plot; }

protected:
    // Of the chosen record, which is there. Cheap: what costs belongs into its paintCells.
    [[nodiscard]] virtual HeatContent makeContent() = 0;
    [[nodiscard]] virtual StripText describe(const Cell &cell) const = 0;
    [[nodiscard]] virtual StripText describeAll() const = 0; // while no pair is pointed at
    [[nodiscard]] virtual QString heading() const = 0;       // of an exported picture
    [[nodiscard]] virtual bool dependsOnHead() const = 0;

    [[nodiscard]] const ChosenAttention &chosen() const noexcept { return m_chosen; }
    [[nodiscard]] const LoadedModelPtr &loadedModel() const noexcept { return m_model; }
    [[nodiscard]] const TaskResultPtr &result() const noexcept { return m_result; }
    [[nodiscard]] HeatMapLabels labels() const;
    [[nodiscard]] QString pairText(const Cell &cell) const; // "[MASK] → baker"
    void refreshStrip();

    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    void follow(const Selection &selection);
    void refresh();
    void arrange();
    [[nodiscard]] StripText stripText() const;
    [[nodiscard]] double plotHeight(double width) const;
    [[nodiscard]] double stripRoom(double width) const;

    HeatPlot *m_plot;
    LoadedModelPtr m_model;
    TaskResultPtr m_result;
    ChosenAttention m_chosen;
    std::optional<Cell> m_hovered;
    bool m_isStale = true;
};

} // namespace ui
