// SPDX-License-Identifier: GPL-3.0-or-later
// Two widgets beside each other where there is room, one above the other where there is not.
#pragma once

#include <QBoxLayout>
#include <QResizeEvent>
#include <QWidget>

namespace ui {

class SideBySide : public QWidget {
    Q_OBJECT
public:
    struct Pair {
        QWidget *first;
        QWidget *second;
        int leastWidth; // for beside
    };
    explicit SideBySide(const Pair &pair, QWidget *parent = nullptr)
        : QWidget(parent), m_box(new QBoxLayout(QBoxLayout::LeftToRight, this)), m_leastWidth(pair.leastWidth)
    {
        m_box->setContentsMargins(0, 0, 0, 0);
        m_box->setSpacing(14);
        m_box->addWidget(pair.first, 11);
        m_box->addWidget(pair.second, 10);
    }
    [[nodiscard]] QSize minimumSizeHint() const override { return {1, QWidget::minimumSizeHint().height()}; }

protected:
    void resizeEvent(QResizeEvent *event) override
    {
        m_box->setDirection(event->size().width() >= m_leastWidth ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
        QWidget::resizeEvent(event);
    }

private:
    QBoxLayout *m_box;
    int m_leastWidth;
};

} // namespace ui
