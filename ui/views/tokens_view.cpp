// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/tokens_view.h"

#include "ui/state/results.h"
#include "ui/views/attention_data.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QKeyEvent>
#include <QPainter>
#include <QTableWidget>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

constexpr int kMostTableHeight = 560;
constexpr double kTop = 4.0;

std::optional<std::int64_t> tokenOf(const Selection &selection)
{
    return selection.step ? selection.step : selection.query;
}

double rowHeight()
{
    return scaled(22);
}

} // namespace

TokensView::TokensView(SelectionModel &selectionModel, QWidget *parent)
    : PictureView(selectionModel, parent), m_table(new QTableWidget(this))
{
    setWindowTitle(tr("Tokens"));
    setAccessibleName(tr("Probabilities and tokens"));
    m_table->setAccessibleName(tr("Tokens"));
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setShowGrid(false);
    m_table->setAlternatingRowColors(true);
    m_table->setContextMenuPolicy(Qt::NoContextMenu); // the view's menu copies and exports
    m_table->verticalHeader()->hide();
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    m_table->installEventFilter(this);
    connect(m_table, &QTableWidget::cellClicked, this, [this](int row, int) {
        const bool isTape = result() && generationIn(*result()) != nullptr;
        Selection next = selection().current();
        next.query = row;
        if (isTape)
            next.step = row;
        selection().select(next);
    });
}

void TokensView::contentsChanged()
{
    m_isStale = true;
    m_shownToken = tokenOf(selection().current());
    m_probabilities = {};
    if (isVisible())
        fillTable();
}

void TokensView::selectionChanged()
{
    const auto token = tokenOf(selection().current());
    if (token == m_shownToken)
        return;
    m_shownToken = token;
    m_probabilities = {};
    if (m_isStale || !result())
        return;
    m_probabilities = probabilitiesAt(loadedModel(), result(), m_shownToken);
    if (token && *token >= 0 && *token < m_table->rowCount())
        m_table->selectRow(static_cast<int>(*token));
    relayout();
    arrange();
}

NumberTable TokensView::tokenTable() const
{
    NumberTable table{{"index", "token", "id", "type", "begin", "end", "special"}, {}};
    if (!result())
        return table;
    const engine::Encoding &encoding = encodingOf(*result(), selection().current().row);
    const auto *generation = generationIn(*result());
    const bool hasSteps = generation != nullptr && generation->steps.size() == encoding.size();
    if (hasSteps)
        table.columns << "probability"
                      << "surprisal_bits"
                      << "entropy_bits"
                      << "rank";
    for (std::size_t i = 0; i < encoding.size(); ++i) {
        QVariantList row{static_cast<qlonglong>(i),
                         i < encoding.tokens.size() ? fromUtf8(encoding.tokens[i]) : QString(),
                         static_cast<qlonglong>(encoding.ids[i]),
                         static_cast<qlonglong>(i < encoding.typeIds.size() ? encoding.typeIds[i] : 0)};
        const engine::Offset offset = i < encoding.offsets.size() ? encoding.offsets[i] : engine::Offset{};
        row << static_cast<qlonglong>(offset.begin) << static_cast<qlonglong>(offset.end);
        row << (i < encoding.specialTokensMask.size() && encoding.specialTokensMask[i] != 0 ? 1 : 0);
        if (hasSteps) {
            const engine::TokenStep &step = generation->steps[i];
            row << step.probability << step.surprisalBits << step.entropyBits << static_cast<qlonglong>(step.rank);
        }
        table.rows.push_back(std::move(row));
    }
    return table;
}

void TokensView::fillTable()
{
    m_isStale = false;
    if (m_probabilities.rows.empty())
        m_probabilities = probabilitiesAt(loadedModel(), result(), m_shownToken);
    const NumberTable numbers = tokenTable();
    const QStringList titles{tr("#"),       tr("Token"), tr("Id"),        tr("Type"),    tr("From"), tr("To"),
                             tr("Special"), tr("p"),     tr("Surprisal"), tr("Entropy"), tr("Rank")};
    m_table->setUpdatesEnabled(false);
    m_table->clear();
    m_table->setColumnCount(static_cast<int>(numbers.columns.size()));
    m_table->setHorizontalHeaderLabels(titles.first(numbers.columns.size()));
    m_table->setRowCount(static_cast<int>(numbers.rows.size()));
    m_table->verticalHeader()->setDefaultSectionSize(static_cast<int>(rowHeight()));
    for (std::size_t row = 0; row < numbers.rows.size(); ++row) {
        for (qsizetype column = 0; column < numbers.rows[row].size(); ++column) {
            const QVariant &value = numbers.rows[row][column];
            QString text =
                value.typeId() == QMetaType::Double ? QString::number(value.toDouble(), 'f', 3) : value.toString();
            if (column == 6)
                text = value.toInt() != 0 ? tr("special") : QString();
            auto *item = new QTableWidgetItem(text);
            if (column != 1 && column != 6)
                item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
            m_table->setItem(static_cast<int>(row), static_cast<int>(column), item);
        }
    }
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    m_table->horizontalHeader()->setSectionResizeMode(1, QHeaderView::Stretch);
    m_table->setUpdatesEnabled(true);
    relayout();
    arrange();
}

double TokensView::barsHeight() const
{
    const double note = m_probabilities.note.isEmpty() ? 0.0 : scaled(16) + kGrid;
    const double heading = m_probabilities.title.isEmpty() ? 0.0 : scaled(20) + kGrid;
    return heading + static_cast<double>(m_probabilities.rows.size()) * barRowHeight() + note + 2.0 * kGrid;
}

int TokensView::pictureHeight(int) const
{
    if (!result())
        return 160;
    const double rows = static_cast<double>(encodingOf(*result(), selection().current().row).size()) + 1.5;
    return static_cast<int>(barsHeight() + std::min<double>(kMostTableHeight, rows * rowHeight()) + scaled(24) + kGrid);
}

void TokensView::arrange()
{
    m_table->setVisible(result() != nullptr);
    const int top = static_cast<int>(barsHeight()) + scaled(24);
    m_table->setGeometry(0, top, width(), std::max(60, height() - top));
}

void TokensView::resizeEvent(QResizeEvent *event)
{
    PictureView::resizeEvent(event);
    arrange();
}

void TokensView::showEvent(QShowEvent *event)
{
    PictureView::showEvent(event);
    if (m_isStale)
        fillTable();
}

bool TokensView::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_table && event->type() == QEvent::KeyPress &&
        static_cast<QKeyEvent *>(event)->matches(QKeySequence::Copy)) {
        copySelection();
        return true;
    }
    return PictureView::eventFilter(watched, event);
}

void TokensView::copySelection()
{
    const NumberTable all = tokenTable();
    NumberTable picked{all.columns, {}};
    for (const QModelIndex &index : m_table->selectionModel()->selectedRows())
        if (static_cast<std::size_t>(index.row()) < all.rows.size())
            picked.rows.push_back(all.rows[static_cast<std::size_t>(index.row())]);
    QGuiApplication::clipboard()->setText(QString::fromUtf8(toCsv(picked.rows.empty() ? all : picked)));
    emit said(tr("%n token(s) on the clipboard", nullptr,
                 static_cast<int>(picked.rows.empty() ? all.rows.size() : picked.rows.size())));
}

double TokensView::paintProbabilities(QPainter &painter, const QRectF &area) const
{
    double y = area.top() + kTop;
    if (!m_probabilities.title.isEmpty())
        y = paintHeading(painter, QRectF(area.left(), y, area.width(), 20), m_probabilities.title,
                         m_probabilities.hint);
    const ValueBars bars = layoutValueBars(QRectF(area.left(), y, area.width(), 0), m_probabilities.rows);
    y = paintValueBars(painter, bars, m_probabilities.rows);
    if (!m_probabilities.note.isEmpty())
        y = paintParagraph(painter, QRectF(area.left(), y + 4, area.width(), 40), m_probabilities.note,
                           Theme::current().dimText);
    return y + kGrid;
}

void TokensView::paintTable(QPainter &painter, const QRectF &area) const
{
    const NumberTable numbers = tokenTable();
    const Theme &theme = Theme::current();
    const auto columns = static_cast<double>(numbers.columns.size());
    double y = area.top();
    const auto line = [&](const QVariantList &fields, const QColor &ink) {
        painter.setPen(ink);
        for (qsizetype i = 0; i < fields.size(); ++i) {
            const QString text = fields[i].typeId() == QMetaType::Double ? QString::number(fields[i].toDouble(), 'f', 3)
                                                                         : fields[i].toString();
            const double width = area.width() / columns;
            painter.drawText(QRectF(area.left() + static_cast<double>(i) * width, y, width - 4.0, rowHeight()),
                             Qt::AlignLeft | Qt::AlignVCenter, elided(text, painter.font(), width - 4.0));
        }
        y += rowHeight();
    };
    painter.setFont(ui::font(TextSize::Small));
    QVariantList titles;
    for (const QString &column : numbers.columns)
        titles << column;
    line(titles, theme.dimText);
    for (const QVariantList &row : numbers.rows) {
        if (y + rowHeight() > area.bottom())
            break;
        line(row, theme.text);
    }
}

void TokensView::paintExport(QPainter &painter, const QSize &size)
{
    const bool isOnScreen = painter.device() == this;
    const QRectF area =
        isOnScreen ? QRectF(rect()) : QRectF(QPointF(0, 0), QSizeF(size)).adjusted(kGrid, kGrid, -kGrid, -kGrid);
    if (!result()) {
        const EmptyWords words = whyNoResult();
        paintEmpty(painter, area, words.title, words.advice);
        return;
    }
    if (m_isStale && !isOnScreen)
        fillTable();
    const double y = std::max(paintProbabilities(painter, area), isOnScreen ? barsHeight() : 0.0);
    const auto count = encodingOf(*result(), selection().current().row).size();
    const double below = paintHeading(painter, QRectF(area.left(), y, area.width(), 20), tr("Tokens"),
                                      tr("%n token(s), Ctrl+C copies rows", nullptr, static_cast<int>(count)));
    if (!isOnScreen)
        paintTable(painter, QRectF(area.left(), below, area.width(), area.bottom() - below));
}

QStringList TokensView::exportExtensions() const
{
    return PictureView::exportExtensions() << QStringLiteral("csv") << QStringLiteral("json");
}

QString TokensView::exportNumbers(const QString &file)
{
    if (!result())
        return tr("%1: there are no tokens to write").arg(file);
    return writeTable(file, tokenTable());
}

} // namespace ui
