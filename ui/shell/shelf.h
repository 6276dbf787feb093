// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/shell/shelf_model.h"

#include <QWidget>

class QLineEdit;
class QSortFilterProxyModel;
class QTreeView;

namespace ui {

// Search, groups, families, own models.
class Shelf : public QWidget {
    Q_OBJECT
public:
    explicit Shelf(std::vector<engine::FamilyInfo> families, QWidget *parent = nullptr);

    [[nodiscard]] ShelfModel &model() noexcept { return *m_model; }
    void setModels(const std::vector<engine::FoundModel> &models);
    void focusSearch();
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override; // no group is cut

signals:
    void openRequested(const QString &path);
    void explained(const QString &text); // why there is nothing to open

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void activate(const QModelIndex &index);
    void expandAll();
    ShelfModel *m_model;
    QSortFilterProxyModel *m_filter;
    QLineEdit *m_search;
    QTreeView *m_tree;
};

} // namespace ui
