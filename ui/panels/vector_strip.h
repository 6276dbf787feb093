// SPDX-License-Identifier: GPL-3.0-or-later
// A vector as a field of cells: blue above zero, orange below, paler towards zero.
#pragma once

#include <QWidget>

#include <vector>

namespace ui {

class VectorStrip : public QWidget {
    Q_OBJECT
public:
    explicit VectorStrip(QWidget *parent = nullptr);
    void setValues(std::vector<float> values);
    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override;
    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;

private:
    [[nodiscard]] int columns(int width) const;
    std::vector<float> m_values;
    float m_largest = 0.0F;
};

} // namespace ui
