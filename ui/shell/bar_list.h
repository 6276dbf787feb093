// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of label, bar, number and perhaps something to do: the chart of every answer. Bars carry their
// numbers, so there is no axis and no legend.
#pragma once

#include <QColor>
#include <QString>
#include <QWidget>

#include <vector>

namespace ui {

struct BarRow {
    QString label;
    QString number;
    double share = 0.0;    // length of the bar, 0 … 1
    QColor colour = {};    // invalid: the accent
    bool isHatched = false; // removed by a filter
    bool isStrong = false;  // the answer
    QString note = {};     // small, after the number: "accept", "removed by top-p"
    bool isLink = false;   // the note is something to click
    QString tip = {};
};

class BarList : public QWidget {
    Q_OBJECT
public:
    explicit BarList(QWidget *parent = nullptr);

    void setRows(std::vector<BarRow> rows);
    [[nodiscard]] const std::vector<BarRow> &rows() const noexcept { return m_rows; }
    void setClickable(bool isClickable); // the row as a whole; rows with a link note are clickable anyway
    [[nodiscard]] QRect rowRect(int index) const;

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

signals:
    void activated(int row);

protected:
    void paintEvent(QPaintEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void changeEvent(QEvent *event) override;
    bool event(QEvent *event) override;

private:
    struct Columns;
    [[nodiscard]] Columns columns() const;
    [[nodiscard]] int rowHeight() const;
    [[nodiscard]] int rowAt(const QPoint &place) const;
    [[nodiscard]] bool isRowClickable(int index) const;
    void paintRow(QPainter &painter, int index, const Columns &columns) const;
    void setHovered(int index);

    std::vector<BarRow> m_rows;
    bool m_isClickable = false;
    int m_hovered = -1;
    int m_focused = -1;
};

} // namespace ui
