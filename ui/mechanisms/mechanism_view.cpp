// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/mechanisms/mechanism_view.h"

#include "ui/views/attention_data.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace ui {

MechanismView::MechanismView(SelectionModel &selectionModel, QWidget *parent)
    : PictureView(selectionModel, parent), m_chooser(selectionModel)
{
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    connect(this, &MechanismView::chosen, this, [this](std::int64_t choice) {
        m_choice = choice;
        selectionChanged();
    });
    hide();
}

void MechanismView::show(const LoadedModelPtr &model, const TaskResultPtr &result)
{
    PictureView::show(model, result);
    setVisible(m_hasSubject || staysVisible());
    emit shown(result);
}

void MechanismView::contentsChanged()
{
    m_spots.clear();
    m_told.reset();
    m_hasSubject = loadedModel() && result() && result()->trace && read();
    if (m_hasSubject)
        follow();
}

void MechanismView::selectionChanged()
{
    if (!m_hasSubject)
        return;
    follow();
    relayout();
}

int MechanismView::pictureHeight(int width) const
{
    if (!m_hasSubject)
        return 160;
    Column column(QRectF(0, 0, width, 0), {});
    lay(column);
    return static_cast<int>(std::ceil(column.y()));
}

void MechanismView::paintExport(QPainter &painter, const QSize &size)
{
    const bool isOwn = painter.device() == this;
    const double inset = isOwn ? 0.0 : kGrid;
    const QRectF area = QRectF(QPointF(0, 0), QSizeF(size)).adjusted(inset, inset, -inset, -inset);
    if (!m_hasSubject) {
        const EmptyWords words = whyNoResult();
        paintEmpty(painter, area, result() ? windowTitle() : words.title,
                   result() ? tr("This model does not work that way, or the text was too long to keep it.")
                            : words.advice);
        return;
    }
    painter.setRenderHint(QPainter::Antialiasing);
    std::vector<Spot> spots;
    Column column(area, {.painter = &painter, .spots = isOwn ? &spots : nullptr});
    lay(column);
    if (!isOwn)
        return;
    m_spots = std::move(spots);
    m_strip = column.stripArea();
}

QStringList MechanismView::exportExtensions() const
{
    const QStringList pictures = PictureView::exportExtensions();
    return m_hasSubject ? pictures + QStringList{QStringLiteral("csv"), QStringLiteral("json")} : pictures;
}

QString MechanismView::exportNumbers(const QString &file)
{
    return writeTable(file, numbers());
}

void MechanismView::strip(Column &column) const
{
    const StripText usual = usualText();
    column.strip(m_told.value_or(usual), usual);
}

void MechanismView::tell(const std::optional<StripText> &text)
{
    if (m_told == text)
        return;
    m_told = text;
    const StripText shown = m_told.value_or(m_hasSubject ? usualText() : StripText{});
    setAccessibleDescription(shown.bold + QLatin1Char(' ') + shown.text);
    update(m_strip.isNull() ? rect() : m_strip.toAlignedRect()); // pointing must not paint everything anew
}

void MechanismView::mouseMoveEvent(QMouseEvent *event)
{
    const Spot *spot = spotAt(m_spots, event->position());
    setCursor(spot != nullptr && spot->act ? Qt::PointingHandCursor : Qt::ArrowCursor);
    tell(spot != nullptr ? std::optional(spot->say(event->position())) : std::nullopt);
}

void MechanismView::mousePressEvent(QMouseEvent *event)
{
    const Spot *spot = spotAt(m_spots, event->position());
    if (event->button() != Qt::LeftButton || spot == nullptr || !spot->act)
        return PictureView::mousePressEvent(event);
    const Spot pressed = *spot; // acting paints anew
    pressed.act(event->position());
}

void MechanismView::leaveEvent(QEvent *)
{
    tell(std::nullopt);
}

void MechanismView::keyPressEvent(QKeyEvent *event)
{
    Selection next = selection().current();
    const std::int64_t last = places() - 1;
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Space)
        return actOnSelection();
    const bool isForward = event->key() == Qt::Key_Right;
    if (last < 0 || (!isForward && event->key() != Qt::Key_Left))
        return PictureView::keyPressEvent(event);
    next.query = next.query ? std::clamp<std::int64_t>(*next.query + (isForward ? 1 : -1), 0, last) : 0;
    tell(std::nullopt);
    selection().select(next);
}

std::vector<QString> MechanismView::labelsOf(engine::Stack stack, std::int64_t count) const
{
    return tokenLabels(loadedModel(), result(), {.stack = stack, .row = selection().current().row, .count = count});
}

QString labelAt(const std::vector<QString> &labels, std::int64_t index)
{
    const auto at = static_cast<std::size_t>(index);
    return index >= 0 && at < labels.size() ? labels[at] : QString::number(index);
}

void spotPairs(Column &column, const PairSpot &spot)
{
    const auto cellAt = [geometry = spot.geometry, left = spot.left](const QPointF &point) {
        return geometry.cellAt(point - QPointF(left, 0.0)).value_or(Cell{});
    };
    column.spot({.area = spot.geometry.cells.translated(spot.left, 0.0),
                 .say = [cellAt, say = spot.say](const QPointF &point) { return say(cellAt(point)); },
                 .act = [cellAt, act = spot.act](const QPointF &point) { act(cellAt(point)); }});
}

} // namespace ui
