// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/command_palette.h"

#include "ui/state/theme.h"

#include <QAction>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListView>
#include <QPainter>
#include <QPointer>
#include <QSortFilterProxyModel>
#include <QStandardItemModel>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include <algorithm>

namespace ui {

namespace {

constexpr int kShortcutRole = Qt::UserRole + 1;
constexpr int kActionRole = Qt::UserRole + 2;

class CommandDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem &, const QModelIndex &) const override
    {
        return {scaled(200), QFontMetrics(ui::font(TextSize::Normal)).height() + 10};
    }
    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const Theme &theme = Theme::current();
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        if (option.state.testFlag(QStyle::State_Selected)) {
            painter->setPen(Qt::NoPen);
            painter->setBrush(theme.accentGround);
            painter->drawRoundedRect(QRectF(option.rect).adjusted(0, 1, 0, -1), 6, 6);
        }
        const QRect place = option.rect.adjusted(10, 0, -10, 0);
        painter->setFont(ui::font(TextSize::Normal));
        painter->setPen(theme.dimText);
        const QString shortcut = index.data(kShortcutRole).toString();
        painter->drawText(place, Qt::AlignRight | Qt::AlignVCenter, shortcut);
        painter->setPen(theme.text);
        const int room = place.width() - painter->fontMetrics().horizontalAdvance(shortcut) - 16;
        painter->drawText(place, Qt::AlignLeft | Qt::AlignVCenter,
                          painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideRight, room));
        painter->restore();
    }
};

} // namespace

CommandPalette::CommandPalette(QWidget *window)
    : QFrame(window), m_filter(new QLineEdit), m_list(new QListView), m_items(new QStandardItemModel(this)),
      m_proxy(new QSortFilterProxyModel(this))
{
    m_proxy->setSourceModel(m_items);
    m_proxy->setFilterCaseSensitivity(Qt::CaseInsensitive);
    m_list->setModel(m_proxy);
    m_list->setItemDelegate(new CommandDelegate(m_list));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setAccessibleName(tr("Commands"));
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_filter->setMinimumHeight(scaled(32));
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(12, 12, 12, 12);
    column->addWidget(m_filter);
    column->addWidget(m_list, 1);
    m_filter->installEventFilter(this);
    window->installEventFilter(this);
    connect(m_filter, &QLineEdit::textChanged, this, [this](const QString &text) {
        m_proxy->setFilterFixedString(text);
        m_list->setCurrentIndex(m_proxy->index(0, 0));
    });
    connect(m_list, &QListView::clicked, this, &CommandPalette::triggerCurrent);
    connect(m_filter, &QLineEdit::returnPressed, this, &CommandPalette::triggerCurrent);
    hide();
}

void CommandPalette::offer(const QString &title, const std::vector<QAction *> &actions)
{
    m_items->clear();
    for (QAction *action : actions) {
        if (!action->isEnabled() || action->text().isEmpty())
            continue;
        const QString menu = action->data().toString();
        QString name = action->text();
        name.remove(QLatin1Char('&'));
        auto *item = new QStandardItem(menu.isEmpty() ? name : menu + QStringLiteral(" › ") + name);
        item->setData(action->shortcut().toString(QKeySequence::NativeText), kShortcutRole);
        item->setData(QVariant::fromValue(QPointer<QAction>(action)), kActionRole);
        m_items->appendRow(item);
    }
    m_filter->clear();
    m_filter->setPlaceholderText(title);
    m_filter->setAccessibleName(title);
    m_list->setCurrentIndex(m_proxy->index(0, 0));
    place();
    show();
    raise();
    m_filter->setFocus();
}

int CommandPalette::shownCount() const
{
    return m_proxy->rowCount();
}

void CommandPalette::triggerCurrent()
{
    const auto action = m_list->currentIndex().data(kActionRole).value<QPointer<QAction>>();
    hide();
    parentWidget()->setFocus();
    if (action)
        action->trigger();
}

void CommandPalette::place()
{
    const QSize window = parentWidget()->size();
    const int width = std::min(scaled(520), window.width() - 40);
    const int height = std::min(scaled(420), window.height() - 100);
    setGeometry((window.width() - width) / 2, scaled(60), width, height);
}

bool CommandPalette::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == parentWidget() && event->type() == QEvent::Resize && isVisible())
        place();
    if (watched != m_filter)
        return QFrame::eventFilter(watched, event);
    if (event->type() == QEvent::FocusOut) {
        hide();
    } else if (event->type() == QEvent::KeyPress || event->type() == QEvent::ShortcutOverride) {
        const int key = static_cast<QKeyEvent *>(event)->key();
        if (key == Qt::Key_Escape) {
            event->accept();
            if (event->type() == QEvent::KeyPress)
                hide();
            return true;
        }
        const int by = key == Qt::Key_Down ? 1 : (key == Qt::Key_Up ? -1 : 0);
        if (by != 0 && event->type() == QEvent::KeyPress) {
            const int row = std::clamp(m_list->currentIndex().row() + by, 0, std::max(0, shownCount() - 1));
            m_list->setCurrentIndex(m_proxy->index(row, 0));
            return true;
        }
    }
    return QFrame::eventFilter(watched, event);
}

void CommandPalette::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme.accent, 1.5));
    painter.setBrush(theme.card);
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), kCardRadius, kCardRadius);
}

} // namespace ui
