// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/shelf_model.h"

#include "ui/state/numbers.h"
#include "ui/state/texts.h"
#include "ui/state/theme.h"

#include <QDir>
#include <QFileInfo>

#include <array>
#include <span>

namespace ui {

namespace {

constexpr quintptr kTop = 0; // internal id of a group; its children carry the group's row + 1

QString pathOf(const engine::FoundModel &model)
{
    return fromUtf8(model.directory.string());
}

bool isSamePlace(const QString &a, const QString &b)
{
    if (a.isEmpty() || b.isEmpty())
        return false;
    const auto place = [](const QString &path) {
        const QString real = QFileInfo(path).canonicalFilePath(); // empty when there is nothing
        return real.isEmpty() ? QDir::cleanPath(path) : real;
    };
    return place(a) == place(b);
}

} // namespace

ShelfModel::ShelfModel(std::vector<engine::FamilyInfo> families, QObject *parent)
    : QAbstractItemModel(parent), m_families(std::move(families))
{
    rebuild();
}

void ShelfModel::setModels(const std::vector<engine::FoundModel> &models)
{
    beginResetModel();
    m_models = models;
    rebuild();
    endResetModel();
}

void ShelfModel::setCurrent(const Current &current)
{
    m_current = current;
    for (int g = 0; g < rowCount(); ++g) {
        const QModelIndex group = index(g, 0);
        if (rowCount(group) > 0)
            emit dataChanged(index(0, 0, group), index(rowCount(group) - 1, 0, group), {CurrentRole});
    }
}

void ShelfModel::rebuild()
{
    m_groups.clear();
    using engine::Category;
    for (const Category category : {Category::Autoregressive, Category::Autoencoding, Category::SequenceToSequence,
                                    Category::Multimodal, Category::Retrieval}) {
        Group group;
        const std::string_view title = engine::title(category);
        group.item.title = QString::fromUtf8(title.data(), static_cast<qsizetype>(title.size()));
        group.item.dot = Theme::current().category(category);
        for (const engine::FamilyInfo &family : m_families) {
            if (family.category != category)
                continue;
            group.children.push_back(familyItem(family));
            group.familyIds.push_back(fromUtf8(family.id));
        }
        m_groups.push_back(std::move(group));
    }
    m_groups.push_back(ownModels());
}

ShelfItem ShelfModel::familyItem(const engine::FamilyInfo &family) const
{
    ShelfItem item{.kind = ShelfKind::Family, .title = fromUtf8(family.title), .tip = fromUtf8(family.description)};
    item.search = fromUtf8(family.id) + QLatin1Char(' ') + item.tip;
    const engine::FoundModel *chosen = nullptr;
    for (const engine::FoundModel &model : m_models) {
        if (model.familyId != family.id || !model.problem.empty())
            continue;
        if (chosen == nullptr || (chosen->source != "bundled" && model.source == "bundled"))
            chosen = &model;
    }
    if (chosen != nullptr) {
        item.path = pathOf(*chosen);
        item.detail = fromUtf8(chosen->name);
    } else {
        item.tip += QLatin1Char('\n') + tr("No checkpoint yet: open a folder with config.json of this family, or drop one here.");
    }
    return item;
}

ShelfModel::Group ShelfModel::ownModels() const
{
    Group group;
    group.item.title = tr("My models");
    for (const engine::FoundModel &model : m_models) {
        if (model.source == "bundled")
            continue;
        ShelfItem item{.kind = ShelfKind::Model, .title = fromUtf8(model.name), .detail = bytesText(model.bytes)};
        item.search = fromUtf8(model.familyId);
        item.tip = pathOf(model);
        if (model.problem.empty())
            item.path = pathOf(model);
        else
            item.tip += QLatin1Char('\n') + fromUtf8(model.problem);
        group.children.push_back(std::move(item));
        group.familyIds.push_back(fromUtf8(model.familyId));
    }
    if (group.children.empty()) {
        ShelfItem hint{.kind = ShelfKind::Hint, .title = tr("Drop a folder here")};
        hint.tip = tr("A folder as it is downloaded from a model hub: config.json, weights, tokenizer files.");
        group.children.push_back(std::move(hint));
        group.familyIds.emplace_back();
    }
    return group;
}

bool ShelfModel::isCurrent(const Group &group, std::size_t child) const
{
    const ShelfItem &item = group.children[child];
    if (item.kind == ShelfKind::Family)
        return !m_current.familyId.isEmpty() && group.familyIds[child] == m_current.familyId;
    return isSamePlace(item.path, m_current.path);
}

QModelIndex ShelfModel::index(int row, int column, const QModelIndex &parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    return createIndex(row, column, parent.isValid() ? static_cast<quintptr>(parent.row()) + 1 : kTop);
}

QModelIndex ShelfModel::parent(const QModelIndex &index) const
{
    if (!index.isValid() || index.internalId() == kTop)
        return {};
    return createIndex(static_cast<int>(index.internalId()) - 1, 0, kTop);
}

int ShelfModel::rowCount(const QModelIndex &parent) const
{
    if (!parent.isValid())
        return static_cast<int>(m_groups.size());
    if (parent.internalId() != kTop || parent.column() != 0)
        return 0;
    return static_cast<int>(m_groups[static_cast<std::size_t>(parent.row())].children.size());
}

int ShelfModel::columnCount(const QModelIndex &) const
{
    return 1;
}

const ShelfItem *ShelfModel::item(const QModelIndex &index) const
{
    if (!index.isValid())
        return nullptr;
    const auto row = static_cast<std::size_t>(index.row());
    if (index.internalId() == kTop)
        return &m_groups[row].item;
    return &m_groups[index.internalId() - 1].children[row];
}

QVariant ShelfModel::data(const QModelIndex &index, int role) const
{
    const ShelfItem *found = item(index);
    if (found == nullptr)
        return {};
    switch (role) {
    case Qt::DisplayRole:
    case Qt::AccessibleTextRole:
        return found->title;
    case Qt::ToolTipRole:
    case Qt::AccessibleDescriptionRole:
        return found->tip;
    case KindRole:
        return static_cast<int>(found->kind);
    case DetailRole:
        return found->detail;
    case PathRole:
        return found->path;
    case DotRole:
        return found->dot;
    case SearchRole:
        return QString(found->title + QLatin1Char(' ') + found->detail + QLatin1Char(' ') + found->search);
    case CurrentRole:
        return index.internalId() != kTop && isCurrent(m_groups[index.internalId() - 1], static_cast<std::size_t>(index.row()));
    default:
        return {};
    }
}

Qt::ItemFlags ShelfModel::flags(const QModelIndex &index) const
{
    return index.isValid() ? Qt::ItemIsEnabled | Qt::ItemIsSelectable : Qt::NoItemFlags;
}

} // namespace ui
