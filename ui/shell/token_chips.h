// SPDX-License-Identifier: GPL-3.0-or-later
// Tokens as rounded chips in wrapping lines, a small number or label under each. One widget for the
// sentence, the tape of a generation and tagged spans; thousands of tokens stay smooth because only the
// visible rectangle is painted.
#pragma once

#include <QColor>
#include <QString>
#include <QWidget>

#include <optional>
#include <vector>

namespace ui {

struct TokenChip {
    QString text;
    QString below;           // id, surprisal or label
    QColor fill = {};        // invalid: the theme's chip colour
    bool isAccent = false;   // filled with the accent: a mask
    bool isDashed = false;   // outlined only: what comes next
    bool isDim = false;      // special tokens
    bool isClickable = true;
    QString tip = {};
};

struct ChipGeometry {
    std::vector<QRect> places;
    int height = 0;
};

struct ChipMetrics {
    int maxWidth = 0;
    int gap = 6;
    int lineHeight = 0;
};

// Places chips of these widths in lines that wrap; a function of its arguments, so it is tested without a window.
[[nodiscard]] ChipGeometry layOutChips(const std::vector<int> &widths, const ChipMetrics &metrics);

class TokenChips : public QWidget {
    Q_OBJECT
public:
    explicit TokenChips(QWidget *parent = nullptr);

    void setChips(std::vector<TokenChip> chips);
    [[nodiscard]] const std::vector<TokenChip> &chips() const noexcept { return m_chips; }
    void setCurrent(std::optional<int> index); // outlined with the accent
    [[nodiscard]] std::optional<int> current() const noexcept { return m_current; }
    [[nodiscard]] QRect chipRect(int index) const; // in widget coordinates; empty when there is none

    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override;
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

signals:
    void clicked(int index);
    void hovered(int index); // −1: none
    void menuAsked(int index, const QPoint &place); // place on the screen

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void changeEvent(QEvent *event) override;
    bool event(QEvent *event) override;

private:
    void measure();
    void setHovered(int index);
    [[nodiscard]] int chipAt(const QPoint &place) const;
    [[nodiscard]] ChipMetrics metrics(int width) const;
    void paintChip(QPainter &painter, int index) const;

    std::vector<TokenChip> m_chips;
    std::vector<int> m_widths;
    ChipGeometry m_geometry;
    std::optional<int> m_current;
    int m_hovered = -1;
    int m_focused = -1;
};

} // namespace ui
