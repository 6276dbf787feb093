// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/grid_view.h"

#include "ui/paint/heat_map.h"
#include "ui/views/tables.h"

#include <QCoreApplication>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPointer>
#include <QThreadPool>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

constexpr int kPictureSide = 96;   // pixels of a thumbnail's image at most
constexpr int kWideFrom = 88;      // pixels from which a thumbnail carries its name in itself
constexpr double kGap = 6.0;
constexpr double kPadding = 4.0;

} // namespace

// Wide: each head a card with its name. Compact: names along the edges, the entropy under each picture.
struct GridView::Layout {
    double left = 0.0;
    double top = 0.0;
    double cellWidth = 0.0;
    double cellHeight = 0.0;
    double lineHeight = 0.0; // of a text line
    int columns = 0;
    bool isWide = true;

    [[nodiscard]] QRectF rectOf(std::size_t index) const
    {
        const auto row = static_cast<double>(index / static_cast<std::size_t>(columns));
        const auto column = static_cast<double>(index % static_cast<std::size_t>(columns));
        return {left + column * (cellWidth + kGap), top + row * (cellHeight + kGap), cellWidth, cellHeight};
    }
};

std::vector<HeadPicture> pictureHeads(const ChosenAttention &attention)
{
    std::vector<HeadPicture> pictures;
    const auto heads = static_cast<int>(attention.record->heads());
    for (int head = 0; head < heads; ++head) {
        const Matrix matrix = attention.matrix(head);
        const MaxPyramid values(matrix);
        const int width = static_cast<int>(std::min<std::int64_t>(kPictureSide, matrix.columns));
        const int height = static_cast<int>(std::min<std::int64_t>(kPictureSide, matrix.rows));
        const auto pooled = maxPool(values, fullRange(matrix.rows, matrix.columns), width, height);
        pictures.push_back({viridisImage(pooled, width, values.largest()),
                            headStatistics(matrix, attention.queryOffset()), attention.record->layer, head});
    }
    return pictures;
}

GridView::GridView(SelectionModel &selectionModel, QWidget *parent)
    : PictureView(selectionModel, parent), m_isWanted(std::make_shared<std::atomic<bool>>(false))
{
    setWindowTitle(tr("All heads"));
    setAccessibleName(tr("All heads: arrow keys choose one"));
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
}

GridView::~GridView()
{
    m_isWanted->store(false);
}

void GridView::contentsChanged()
{
    m_isWanted->store(false);
    m_isWanted = std::make_shared<std::atomic<bool>>(true);
    m_records.clear();
    m_heads = 0;
    m_isStarted = false;
    for (const engine::AttentionRecord *record : recordsOfStack(result(), selection().current())) {
        const std::int64_t row = std::clamp<std::int64_t>(selection().current().row, 0, record->rows() - 1);
        m_records.push_back({record, row, 0});
        m_heads = std::max(m_heads, static_cast<int>(record->heads()));
    }
    m_pictures.assign(m_records.size() * static_cast<std::size_t>(m_heads), {});
    for (std::size_t i = 0; i < m_pictures.size(); ++i) {
        m_pictures[i].layer = m_records[i / static_cast<std::size_t>(m_heads)].record->layer;
        m_pictures[i].head = static_cast<int>(i % static_cast<std::size_t>(m_heads));
    }
    if (isVisible())
        start();
}

void GridView::selectionChanged()
{
    const auto records = recordsOfStack(result(), selection().current());
    const bool isSame = !m_records.empty() && !records.empty() && records.front() == m_records.front().record &&
                        std::clamp<std::int64_t>(selection().current().row, 0, records.front()->rows() - 1) ==
                            m_records.front().row;
    if (!isSame && !records.empty()) {
        contentsChanged();
        relayout();
    }
}

void GridView::showEvent(QShowEvent *event)
{
    PictureView::showEvent(event);
    start();
}

void GridView::start()
{
    if (m_isStarted)
        return;
    m_isStarted = true;
    const QPointer<GridView> self(this);
    for (std::size_t i = 0; i < m_records.size(); ++i) {
        QThreadPool::globalInstance()->start(
            [self, i, record = m_records[i], keepsAlive = result(), isWanted = m_isWanted] {
                if (!isWanted->load())
                    return;
                auto pictures = pictureHeads(record);
                // The flag falls before the view goes, and only the view's own thread lowers it.
                QMetaObject::invokeMethod(qApp, [self, i, isWanted, made = std::move(pictures)]() mutable {
                    if (self && isWanted->load())
                        self->take(i, std::move(made));
                });
            });
    }
}

void GridView::take(std::size_t record, std::vector<HeadPicture> pictures)
{
    const std::size_t first = record * static_cast<std::size_t>(m_heads);
    for (std::size_t i = 0; i < pictures.size() && first + i < m_pictures.size(); ++i)
        m_pictures[first + i] = std::move(pictures[i]);
    update();
}

void GridView::finishNow()
{
    for (std::size_t i = 0; i < m_records.size(); ++i)
        if (m_pictures[i * static_cast<std::size_t>(m_heads)].image.isNull())
            take(i, pictureHeads(m_records[i]));
}

GridView::Layout GridView::layoutFor(double width) const
{
    Layout layout;
    layout.lineHeight = scaled(16);
    layout.columns = std::max(1, m_heads);
    layout.top = scaled(15) + 2.0 * kGrid;
    layout.cellWidth = (width - kGap * (layout.columns - 1)) / layout.columns;
    layout.isWide = layout.cellWidth >= scaled(kWideFrom);
    if (layout.isWide) {
        layout.cellWidth = std::min(layout.cellWidth, static_cast<double>(scaled(170)));
        layout.cellHeight = std::clamp(layout.cellWidth * 0.5, 40.0, 96.0) + 2.0 * layout.lineHeight + 2.0 * kPadding;
    } else {
        layout.left = scaled(28);
        layout.top += layout.lineHeight;
        layout.cellWidth = std::max(14.0, (width - layout.left - kGap * (layout.columns - 1)) / layout.columns);
        layout.cellHeight = layout.cellWidth * 0.9 + layout.lineHeight;
    }
    return layout;
}

int GridView::pictureHeight(int width) const
{
    if (m_records.empty())
        return 160;
    const Layout layout = layoutFor(width);
    return static_cast<int>(std::ceil(layout.rectOf(m_pictures.size() - 1).bottom())) + kGrid;
}

void GridView::paintOne(QPainter &painter, const Layout &layout, std::size_t index) const
{
    const Theme &theme = Theme::current();
    const HeadPicture &picture = m_pictures[index];
    const ChosenAttention chosen = chooseAttention(result(), selection().current());
    const bool isSelected = chosen && chosen.record->layer == picture.layer && chosen.head == picture.head;
    const QRectF card = layout.rectOf(index);
    QRectF image = card;
    painter.setFont(ui::font(TextSize::Small, isSelected));
    const QColor ink = isSelected ? theme.accent : theme.dimText;
    painter.setPen(ink);
    const QString bits = picture.image.isNull() ? QStringLiteral("…") : oneDecimal(picture.statistics.entropyBits);
    if (layout.isWide) {
        const QRectF inner = card.adjusted(kPadding, kPadding, -kPadding, -kPadding);
        image = inner.adjusted(0, layout.lineHeight, 0, -layout.lineHeight);
        const QString name = tr("L%1 H%2 · %3 bit").arg(picture.layer + 1).arg(picture.head + 1).arg(bits);
        painter.drawText(inner, Qt::AlignLeft | Qt::AlignTop, elided(name, painter.font(), inner.width()));
        painter.setFont(ui::font(TextSize::Small));
        painter.setPen(theme.dimText);
        const QString distance = picture.image.isNull() ? QString() : tr("%1 away").arg(oneDecimal(picture.statistics.meanDistance));
        painter.drawText(inner, Qt::AlignLeft | Qt::AlignBottom, elided(distance, painter.font(), inner.width()));
    } else {
        image.setHeight(card.height() - layout.lineHeight);
        painter.drawText(QRectF(card.left() - 4, image.bottom(), card.width() + 8, layout.lineHeight), Qt::AlignCenter, bits);
    }
    if (picture.image.isNull())
        painter.fillRect(image, theme.chip);
    else
        painter.drawImage(image, picture.image);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(isSelected ? theme.accent : theme.cardBorder, isSelected ? 2.0 : 1.0));
    painter.drawRoundedRect((layout.isWide ? card : image).adjusted(0.5, 0.5, -0.5, -0.5), layout.isWide ? 6.0 : 2.0,
                            layout.isWide ? 6.0 : 2.0);
}

void GridView::paintExport(QPainter &painter, const QSize &size)
{
    const bool isOnScreen = painter.device() == this;
    const double inset = isOnScreen ? 0.0 : kGrid;
    painter.translate(inset, inset);
    const QRectF area(0, 0, size.width() - 2.0 * inset, size.height() - 2.0 * inset);
    if (m_records.empty()) {
        const EmptyWords words = whyNoAttention(result());
        paintEmpty(painter, area, words.title, words.advice);
        return;
    }
    if (!isOnScreen)
        finishNow();
    const Layout layout = layoutFor(area.width());
    paintHeading(painter, area, tr("All heads"),
                 tr("%1 layers × %2 heads · entropy in bits%3")
                     .arg(m_records.size())
                     .arg(m_heads)
                     .arg(layout.isWide ? tr(", mean distance in tokens") : tr(" under each")));
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(ui::font(TextSize::Small));
    painter.setPen(Theme::current().dimText);
    if (!layout.isWide) {
        for (int head = 0; head < m_heads; ++head) {
            const QRectF card = layout.rectOf(static_cast<std::size_t>(head));
            painter.drawText(card.translated(0, -layout.lineHeight - 2.0), Qt::AlignHCenter | Qt::AlignTop,
                             tr("H%1").arg(head + 1));
        }
        for (std::size_t record = 0; record < m_records.size(); ++record) {
            const QRectF card = layout.rectOf(record * static_cast<std::size_t>(m_heads));
            painter.drawText(QRectF(0, card.top(), layout.left - kGap, card.height() - layout.lineHeight),
                             Qt::AlignRight | Qt::AlignVCenter, tr("L%1").arg(m_records[record].record->layer + 1));
        }
    }
    for (std::size_t i = 0; i < m_pictures.size(); ++i)
        if (!isOnScreen || !painter.hasClipping() || painter.clipBoundingRect().intersects(layout.rectOf(i)))
            paintOne(painter, layout, i);
}

std::optional<std::size_t> GridView::pictureAt(const QPointF &point) const
{
    const Layout layout = layoutFor(width());
    for (std::size_t i = 0; i < m_pictures.size(); ++i)
        if (layout.rectOf(i).contains(point))
            return i;
    return {};
}

void GridView::mousePressEvent(QMouseEvent *event)
{
    if (const auto index = pictureAt(event->position()); index && event->button() == Qt::LeftButton)
        selection().selectHead(m_pictures[*index].layer, m_pictures[*index].head);
    else
        PictureView::mousePressEvent(event);
}

void GridView::mouseMoveEvent(QMouseEvent *event)
{
    setCursor(pictureAt(event->position()) ? Qt::PointingHandCursor : Qt::ArrowCursor);
}

void GridView::keyPressEvent(QKeyEvent *event)
{
    const ChosenAttention chosen = chooseAttention(result(), selection().current());
    const bool isMove = event->key() == Qt::Key_Left || event->key() == Qt::Key_Right || event->key() == Qt::Key_Up ||
                        event->key() == Qt::Key_Down;
    if (!chosen || !isMove) {
        PictureView::keyPressEvent(event);
        return;
    }
    const int across = event->key() == Qt::Key_Left ? -1 : event->key() == Qt::Key_Right ? 1 : 0;
    const int down = event->key() == Qt::Key_Up ? -1 : event->key() == Qt::Key_Down ? 1 : 0;
    const int layer = std::clamp(chosen.record->layer + down, m_records.front().record->layer, m_records.back().record->layer);
    selection().selectHead(layer, std::clamp(chosen.head + across, 0, m_heads - 1));
}

bool GridView::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        if (const auto index = pictureAt(help->pos()); index && !m_pictures[*index].image.isNull()) {
            const HeadPicture &picture = m_pictures[*index];
            QToolTip::showText(help->globalPos(), tr("Layer %1, head %2: entropy %3 bit, mean distance %4 tokens")
                                                      .arg(picture.layer + 1)
                                                      .arg(picture.head + 1)
                                                      .arg(oneDecimal(picture.statistics.entropyBits),
                                                           oneDecimal(picture.statistics.meanDistance)));
            return true;
        }
    }
    return PictureView::event(event);
}

QStringList GridView::exportExtensions() const
{
    return PictureView::exportExtensions() << QStringLiteral("csv") << QStringLiteral("json");
}

QString GridView::exportNumbers(const QString &file)
{
    if (m_records.empty())
        return tr("%1: there is no attention to write").arg(file);
    finishNow();
    NumberTable table{{"layer", "head", "entropy_bits", "mean_distance"}, {}};
    for (const HeadPicture &picture : m_pictures)
        table.rows.push_back({picture.layer, picture.head, picture.statistics.entropyBits, picture.statistics.meanDistance});
    return writeTable(file, table);
}

} // namespace ui
