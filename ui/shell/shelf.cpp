// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/shelf.h"

#include "ui/state/theme.h"

#include <QEvent>
#include <QHeaderView>
#include <QLineEdit>
#include <QPainter>
#include <QSortFilterProxyModel>
#include <QStyledItemDelegate>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>

namespace ui {

namespace {

class ShelfDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const bool isGroup = kindOf(index) == ShelfKind::Group;
        const int text = QFontMetrics(ui::font(TextSize::Normal)).height();
        return {option.rect.width(), text + (isGroup ? 14 : 8)};
    }

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        if (kindOf(index) == ShelfKind::Group)
            paintGroup(*painter, option, index);
        else
            paintItem(*painter, option, index);
        painter->restore();
    }

private:
    static ShelfKind kindOf(const QModelIndex &index)
    {
        return static_cast<ShelfKind>(index.data(ShelfModel::KindRole).toInt());
    }

    static void paintGroup(QPainter &painter, const QStyleOptionViewItem &option, const QModelIndex &index)
    {
        const Theme &theme = Theme::current();
        const auto dot = index.data(ShelfModel::DotRole).value<QColor>();
        int left = option.rect.left() + 4;
        const int middle = option.rect.center().y() + 3;
        if (dot.isValid()) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(dot);
            painter.drawEllipse(QPointF(left + 5, middle), 4.5, 4.5);
            left += 18;
        }
        paintFocus(painter, option);
        painter.setFont(ui::font(TextSize::Normal, true));
        painter.setPen(theme.text);
        painter.drawText(QRect(left, option.rect.top() + 5, option.rect.right() - left, option.rect.height() - 5),
                         Qt::AlignVCenter, index.data().toString());
    }

    static void paintItem(QPainter &painter, const QStyleOptionViewItem &option, const QModelIndex &index)
    {
        const Theme &theme = Theme::current();
        const bool isCurrent = index.data(ShelfModel::CurrentRole).toBool();
        const bool isOpenable = !index.data(ShelfModel::PathRole).toString().isEmpty();
        const QRectF area = QRectF(option.rect).adjusted(0, 1, -1, -1);
        if (isCurrent || (option.state.testFlag(QStyle::State_MouseOver) && isOpenable)) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(isCurrent ? theme.accentGround : theme.chip);
            painter.drawRoundedRect(area, 6, 6);
        }
        paintFocus(painter, option);
        painter.setFont(ui::font(TextSize::Small));
        const QString detail = painter.fontMetrics().elidedText(index.data(ShelfModel::DetailRole).toString(), Qt::ElideMiddle,
                                                                option.rect.width() / 2);
        const int detailWidth = painter.fontMetrics().horizontalAdvance(detail);
        painter.setPen(theme.dimText);
        painter.drawText(option.rect.adjusted(0, 0, -8, 0), Qt::AlignRight | Qt::AlignVCenter, detail);
        painter.setFont(ui::font(TextSize::Normal, isCurrent));
        painter.setPen(isCurrent ? theme.accent : (isOpenable ? theme.text : theme.dimText));
        const QRect place = option.rect.adjusted(22, 0, -detailWidth - 16, 0);
        painter.drawText(place, Qt::AlignVCenter,
                         painter.fontMetrics().elidedText(index.data().toString(), Qt::ElideMiddle, place.width()));
    }

    static void paintFocus(QPainter &painter, const QStyleOptionViewItem &option)
    {
        if (!option.state.testFlag(QStyle::State_HasFocus))
            return;
        painter.setPen(QPen(Theme::current().accent, 1.5));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(option.rect).adjusted(1, 1, -1, -1), 6, 6);
    }
};

} // namespace

Shelf::Shelf(std::vector<engine::FamilyInfo> families, QWidget *parent)
    : QWidget(parent), m_model(new ShelfModel(std::move(families), this)), m_filter(new QSortFilterProxyModel(this)),
      m_search(new QLineEdit), m_tree(new QTreeView)
{
    const auto count = static_cast<int>(m_model->families().size());
    m_search->setPlaceholderText(tr("Search %1 families, my models…").arg(count));
    m_search->setAccessibleName(tr("Search the shelf"));
    m_search->setClearButtonEnabled(true);
    m_search->setMinimumHeight(scaled(30));
    m_filter->setSourceModel(m_model);
    m_filter->setRecursiveFilteringEnabled(true);
    m_filter->setFilterCaseSensitivity(Qt::CaseInsensitive);
    m_filter->setFilterRole(ShelfModel::SearchRole);
    m_tree->setModel(m_filter);
    m_tree->setItemDelegate(new ShelfDelegate(m_tree));
    m_tree->setHeaderHidden(true);
    m_tree->setRootIsDecorated(false);
    m_tree->setIndentation(0);
    m_tree->setFrameShape(QFrame::NoFrame);
    m_tree->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_tree->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_tree->setMouseTracking(true);
    m_tree->setExpandsOnDoubleClick(false);
    m_tree->setAccessibleName(tr("Model shelf"));
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(10, 10, 11, 6);
    column->setSpacing(6);
    column->addWidget(m_search);
    column->addWidget(m_tree, 1);
    setAcceptDrops(false); // the window takes what is dropped
    connect(m_search, &QLineEdit::textChanged, this, [this](const QString &text) {
        m_filter->setFilterFixedString(text);
        expandAll();
    });
    connect(m_tree, &QTreeView::clicked, this, &Shelf::activate);
    connect(m_tree, &QTreeView::activated, this, &Shelf::activate);
    expandAll();
}

QSize Shelf::sizeHint() const
{
    return {scaled(236), scaled(500)};
}

QSize Shelf::minimumSizeHint() const
{
    const QFontMetrics metrics(ui::font(TextSize::Normal, true));
    int widest = scaled(120);
    for (int row = 0; row < m_model->rowCount(); ++row)
        widest = std::max(widest, metrics.horizontalAdvance(m_model->index(row, 0).data().toString()));
    constexpr int kAround = 50; // margins, dot, scroll bar
    return {widest + kAround, scaled(200)};
}

void Shelf::setModels(const std::vector<engine::FoundModel> &models)
{
    m_model->setModels(models);
    expandAll();
}

void Shelf::focusSearch()
{
    m_search->setFocus(Qt::ShortcutFocusReason);
    m_search->selectAll();
}

void Shelf::expandAll()
{
    m_tree->expandAll();
}

void Shelf::activate(const QModelIndex &index)
{
    const auto kind = static_cast<ShelfKind>(index.data(ShelfModel::KindRole).toInt());
    const QString path = index.data(ShelfModel::PathRole).toString();
    if (kind == ShelfKind::Group)
        m_tree->setExpanded(index, !m_tree->isExpanded(index));
    else if (!path.isEmpty())
        emit openRequested(path);
    else
        emit explained(index.data().toString() + QStringLiteral(": ") + index.data(Qt::ToolTipRole).toString().simplified());
}

void Shelf::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), Theme::current().card);
    painter.fillRect(QRect(width() - 1, 0, 1, height()), Theme::current().cardBorder);
}

void Shelf::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::ApplicationFontChange) {
        m_search->setMinimumHeight(scaled(30));
        m_tree->doItemsLayout();
        updateGeometry();
    }
    QWidget::changeEvent(event);
}

} // namespace ui
