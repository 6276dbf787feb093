// SPDX-License-Identifier: GPL-3.0-or-later
// Every token of a row with what else could have stood in its place: "tape".
#pragma once

#include "ui/paint/tape.h"
#include "ui/views/picture_view.h"

namespace ui {

class TapeView final : public PictureView {
    Q_OBJECT
public:
    explicit TapeView(SelectionModel &selection, QWidget *parent = nullptr);
    [[nodiscard]] QString viewId() const override { return QStringLiteral("tape"); }

    void setBranchable(bool isBranchable); // whether alternatives can be taken; else they only show their place
    [[nodiscard]] const std::vector<TapePlace> &places() const noexcept { return m_places; } // those that are shown
    void paintExport(QPainter &painter, const QSize &size) override;
    [[nodiscard]] QStringList exportExtensions() const override;

signals:
    void branchChosen(std::int64_t step, std::int64_t token); // that token instead of the one at this place

protected:
    void contentsChanged() override;
    void selectionChanged() override;
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
    [[nodiscard]] const engine::GenerationResult *generation() const;
    [[nodiscard]] TapePlace placeAt(std::size_t step) const;
    [[nodiscard]] TapeGeometry geometryFor(double width) const;
    [[nodiscard]] QString note() const;
    [[nodiscard]] std::optional<std::size_t> selectedPlace() const;
    void fill();
    void act(const TapeHit &hit);
    void paintAll(QPainter &painter, double width, const TapeMarks &marks) const;

    std::vector<TapePlace> m_places;
    std::vector<std::vector<std::int64_t>> m_ids; // of the alternatives
    std::optional<TapeHit> m_hovered;
    std::optional<TapeHit> m_cursor; // of the keyboard
    bool m_isBranchable = true;
};

} // namespace ui
