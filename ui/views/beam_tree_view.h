// SPDX-License-Identifier: GPL-3.0-or-later
// What became of every beam, as a tree: "beams".
#pragma once

#include "ui/paint/beam_tree.h"
#include "ui/views/picture_view.h"

#include <memory>

namespace ui {

class BeamTreeView final : public PictureView {
    Q_OBJECT
public:
    explicit BeamTreeView(SelectionModel &selection, QWidget *parent = nullptr);
    [[nodiscard]] QString viewId() const override { return QStringLiteral("beams"); }

    void setHistory(std::shared_ptr<const engine::BeamHistory> history); // null: nothing to show
    [[nodiscard]] const std::shared_ptr<const engine::BeamHistory> &history() const noexcept { return m_history; }
    [[nodiscard]] const std::vector<BeamSegment> &segments() const noexcept { return m_segments; }
    void select(std::optional<std::size_t> row); // says nothing
    void paintExport(QPainter &painter, const QSize &size) override;
    [[nodiscard]] QStringList exportExtensions() const override;

signals:
    void chosen(std::int64_t node); // the end of a stretch: look at the row up to there

protected:
    [[nodiscard]] QString exportNumbers(const QString &file) override;
    [[nodiscard]] int pictureHeight(int width) const override;
    void paintEvent(QPaintEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;
    bool event(QEvent *event) override;

private:
    [[nodiscard]] BeamTreeGeometry geometryFor(double width) const;
    [[nodiscard]] QString note() const;
    void paintTree(QPainter &painter, double width, const BeamTreeMarks &marks) const;
    void choose(std::size_t row);

    std::shared_ptr<const engine::BeamHistory> m_history;
    std::vector<BeamSegment> m_segments;
    std::size_t m_hidden = 0;
    std::optional<std::size_t> m_selected;
    std::optional<std::size_t> m_hovered;
};

} // namespace ui
