// SPDX-License-Identifier: GPL-3.0-or-later
// Families in their five groups, each with a checkpoint to open or a hint, and the person's own models.
#pragma once

#include "engine/family.h"
#include "engine/session.h"

#include <QAbstractItemModel>
#include <QColor>
#include <QString>

#include <optional>
#include <vector>

namespace ui {

enum class ShelfKind { Group, Family, Model, Hint };

struct ShelfItem {
    ShelfKind kind = ShelfKind::Group;
    QString title = {};
    QString detail = {};  // small, at the right: "bert-mini", "438 MB"
    QString path = {};    // what a click opens; empty: nothing
    QString tip = {};
    QString search = {};  // more words under which it is found
    QColor dot = {}; // of a group
};

class ShelfModel : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Role { KindRole = Qt::UserRole + 1, DetailRole, PathRole, DotRole, CurrentRole, SearchRole };

    explicit ShelfModel(std::vector<engine::FamilyInfo> families, QObject *parent = nullptr);

    void setModels(const std::vector<engine::FoundModel> &models);
    struct Current {
        QString familyId;
        QString path;
    };
    void setCurrent(const Current &current);
    [[nodiscard]] const std::vector<engine::FamilyInfo> &families() const noexcept { return m_families; }

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex &parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex &index) const override;
    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex &index) const override;

private:
    struct Group {
        ShelfItem item;
        std::vector<ShelfItem> children;
        std::vector<QString> familyIds; // beside children; empty for models
    };
    void rebuild();
    [[nodiscard]] ShelfItem familyItem(const engine::FamilyInfo &family) const;
    [[nodiscard]] Group ownModels() const;
    [[nodiscard]] bool isCurrent(const Group &group, std::size_t child) const;
    [[nodiscard]] const ShelfItem *item(const QModelIndex &index) const;

    std::vector<engine::FamilyInfo> m_families;
    std::vector<engine::FoundModel> m_models;
    std::vector<Group> m_groups;
    Current m_current;
};

} // namespace ui
