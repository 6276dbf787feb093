// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

#include <vector>

class QAction;
class QLineEdit;
class QListView;
class QSortFilterProxyModel;
class QStandardItemModel;

namespace ui {

// All actions in one list to filter and to start; the same list is the overview of shortcuts. It lies over
// the window and goes away by itself: nothing is modal.
class CommandPalette : public QFrame {
    Q_OBJECT
public:
    explicit CommandPalette(QWidget *window);

    void offer(const QString &title, const std::vector<QAction *> &actions);
    [[nodiscard]] int shownCount() const;
    void triggerCurrent();
    [[nodiscard]] QLineEdit &filter() noexcept { return *m_filter; }

protected:
    void paintEvent(QPaintEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void place();
    QLineEdit *m_filter;
    QListView *m_list;
    QStandardItemModel *m_items;
    QSortFilterProxyModel *m_proxy;
};

} // namespace ui
