// SPDX-License-Identifier: GPL-3.0-or-later
// Widgets in lines that wrap, like words.
#pragma once

#include <QLayout>

#include <vector>

namespace ui {

class FlowLayout : public QLayout {
    Q_OBJECT
public:
    explicit FlowLayout(int spacing, QWidget *parent = nullptr);
    ~FlowLayout() override;

    void addItem(QLayoutItem *item) override;
    [[nodiscard]] int count() const override { return static_cast<int>(m_items.size()); }
    [[nodiscard]] QLayoutItem *itemAt(int index) const override;
    QLayoutItem *takeAt(int index) override;
    [[nodiscard]] Qt::Orientations expandingDirections() const override { return {}; }
    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override;
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSize() const override;
    void setGeometry(const QRect &rect) override;

private:
    // Height that the lines need; places the items when asked to.
    enum class Pass { Measure, Place };
    int arrange(const QRect &rect, Pass pass) const;
    std::vector<QLayoutItem *> m_items;
};

} // namespace ui
