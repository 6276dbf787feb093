// SPDX-License-Identifier: GPL-3.0-or-later
// Attention as lines between tokens, of one head or the mean of several: "lines".
#pragma once

#include "ui/paint/lines.h"
#include "ui/views/attention_data.h"
#include "ui/views/picture_view.h"

#include <set>

namespace ui {

class LinesView final : public PictureView {
    Q_OBJECT
public:
    explicit LinesView(SelectionModel &selection, QWidget *parent = nullptr);
    [[nodiscard]] QString viewId() const override { return QStringLiteral("lines"); }
    void paintExport(QPainter &painter, const QSize &size) override;
    [[nodiscard]] QStringList exportExtensions() const override;

    void setHorizontal(bool isHorizontal);
    // Heads whose mean is drawn; empty: the selected one.
    void setHeads(std::set<int> heads);

protected:
    [[nodiscard]] QString exportNumbers(const QString &file) override;
    [[nodiscard]] int pictureHeight(int width) const override;
    void contentsChanged() override;
    void selectionChanged() override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;

private:
    [[nodiscard]] LineGeometry geometryFor(const QRectF &area) const;
    [[nodiscard]] std::vector<QRectF> headRects(double width) const; // of the switches, in the picture
    [[nodiscard]] std::set<int> shownHeads() const;
    [[nodiscard]] QRectF linesArea(const QRectF &area) const;
    [[nodiscard]] QString hint() const;
    void paintHeads(QPainter &painter, double width) const;
    void prepare();

    ChosenAttention m_chosen;
    std::set<int> m_heads;
    ChosenLines m_lines;
    LineLabels m_labels;
    LineMarks m_hovered;
    bool m_isHorizontal = false;
    bool m_isStale = true;
};

} // namespace ui
