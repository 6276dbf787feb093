// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/tape_view.h"

#include "ui/paint/matrix.h"
#include "ui/views/tables.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

constexpr std::size_t kMostPlaces = 48; // around the selected one
constexpr std::size_t kNext = 5;        // alternatives of the place after the last token

} // namespace

TapeView::TapeView(SelectionModel &selectionModel, QWidget *parent) : PictureView(selectionModel, parent)
{
    setWindowTitle(tr("Probability tape"));
    setAccessibleName(tr("Probability tape: every token with its alternatives"));
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
}

const engine::GenerationResult *TapeView::generation() const
{
    return result() ? std::get_if<engine::GenerationResult>(&result()->payload) : nullptr;
}

void TapeView::contentsChanged()
{
    m_hovered.reset();
    m_cursor.reset();
    fill();
}

void TapeView::selectionChanged()
{
    if (generation() == nullptr)
        return;
    const std::int64_t first = m_places.empty() ? 0 : m_places.front().position;
    const std::int64_t last = m_places.empty() ? -1 : m_places.back().position;
    const std::int64_t step = selection().current().step.value_or(last);
    if (step < first || step > last) { // outside what is shown
        fill();
        relayout();
    }
}

void TapeView::setBranchable(bool isBranchable)
{
    m_isBranchable = isBranchable;
}

TapePlace TapeView::placeAt(std::size_t step) const
{
    const engine::GenerationResult &result = *generation();
    TapePlace place;
    place.position = static_cast<std::int64_t>(step);
    if (step >= result.steps.size()) {
        place.isNext = true;
        return place;
    }
    const engine::TokenStep &shown = result.steps[step];
    place.token = chipText(fromUtf8(shown.text));
    place.isPrompt = shown.isPrompt;
    place.surprisalBits = shown.surprisalBits;
    place.entropyBits = shown.entropyBits;
    place.rank = step == 0 ? 0 : shown.rank;
    return place;
}

void TapeView::fill()
{
    m_places.clear();
    m_ids.clear();
    const engine::GenerationResult *result = generation();
    if (result == nullptr || result->steps.empty())
        return;
    const std::size_t count = result->steps.size() + 1; // what comes next included
    const auto centre = static_cast<std::size_t>(
        std::clamp<std::int64_t>(selection().current().step.value_or(static_cast<std::int64_t>(count) - 1), 0,
                                 static_cast<std::int64_t>(count) - 1));
    std::size_t first = centre - std::min(centre, kMostPlaces / 2);
    first = std::min(first, count - std::min(count, kMostPlaces));
    for (std::size_t step = first; step < std::min(count, first + kMostPlaces); ++step) {
        TapePlace place = placeAt(step);
        std::vector<std::int64_t> ids;
        const auto add = [&](std::int64_t id, const QString &text, double probability) {
            const bool isActual = !place.isNext && id == result->steps[step].id;
            place.alternatives.push_back({.text = text, .probability = probability, .isActual = isActual});
            ids.push_back(id);
        };
        if (place.isNext && result->logits.rank() == 2 && result->logits.size(0) > 0) {
            const auto width = static_cast<std::size_t>(result->logits.size(1));
            const auto row = result->logits.floats().last(width);
            place.entropyBits = softmaxEntropyBits(row);
            for (const engine::Candidate &next : engine::rankNextTokens(row, {}, engine::GenerationOptions{}, kNext))
                add(next.id,
                    loadedModel() && loadedModel()->hasTokenizer()
                        ? chipText(fromUtf8(loadedModel()->tokenizer().display(next.id)))
                        : QString::number(next.id),
                    next.rawProbability);
        }
        if (!place.isNext)
            for (const engine::Candidate &other : result->steps[step].top)
                add(other.id, chipText(fromUtf8(other.token)), other.probability);
        m_places.push_back(std::move(place));
        m_ids.push_back(std::move(ids));
    }
    QStringList spoken;
    for (const TapePlace &place : m_places)
        if (place.rank > 0)
            spoken << tr("%1: %2 bit, rank %3").arg(place.token, oneDecimal(place.surprisalBits)).arg(place.rank);
    setAccessibleDescription(spoken.join(QStringLiteral(", ")));
}

std::optional<std::size_t> TapeView::selectedPlace() const
{
    if (m_places.empty() || !selection().current().step)
        return {};
    const std::int64_t place = *selection().current().step - m_places.front().position;
    return place >= 0 && place < static_cast<std::int64_t>(m_places.size())
               ? std::optional(static_cast<std::size_t>(place))
               : std::nullopt;
}

TapeGeometry TapeView::geometryFor(double width) const
{
    return layoutTape(QRectF(0.0, 0.0, width, 0.0), m_places);
}

QString TapeView::note() const
{
    const engine::GenerationResult *result = generation();
    if (result == nullptr || m_places.size() == result->steps.size() + 1)
        return {};
    return tr("places %1 to %2 of %3; choose another token above to see those around it")
        .arg(m_places.front().position)
        .arg(m_places.back().position)
        .arg(result->steps.size());
}

int TapeView::pictureHeight(int width) const
{
    const QString text = note();
    const double below = text.isEmpty() ? 0.0 : 6.0 + paragraphHeight(text, width);
    return static_cast<int>(std::ceil(geometryFor(width).height(m_places.size()) + below));
}

void TapeView::paintAll(QPainter &painter, double width, const TapeMarks &marks) const
{
    const TapeGeometry geometry = geometryFor(width);
    paintTape(painter, geometry, m_places, marks);
    if (const QString text = note(); !text.isEmpty())
        paintParagraph(painter, QRectF(0.0, geometry.height(m_places.size()) + 6.0, width, 0.0), text,
                       Theme::current().dimText);
}

void TapeView::paintExport(QPainter &painter, const QSize &size)
{
    paintAll(painter, size.width(), {.selected = selectedPlace()});
}

void TapeView::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    paintAll(painter, width(), {.selected = selectedPlace(), .hovered = hasFocus() && m_cursor ? m_cursor : m_hovered});
}

void TapeView::act(const TapeHit &hit)
{
    const auto step = m_places[hit.place].position;
    if (!hit.alternative || !m_isBranchable || m_places[hit.place].alternatives[*hit.alternative].isActual)
        selection().selectStep(std::max<std::int64_t>(1, step));
    else
        emit branchChosen(step, m_ids[hit.place][*hit.alternative]);
}

void TapeView::mouseMoveEvent(QMouseEvent *event)
{
    const auto hit = geometryFor(width()).hitAt(event->position(), m_places);
    if (hit == m_hovered)
        return;
    m_hovered = hit;
    setCursor(hit ? Qt::PointingHandCursor : Qt::ArrowCursor);
    update();
}

void TapeView::mousePressEvent(QMouseEvent *event)
{
    const auto hit = geometryFor(width()).hitAt(event->position(), m_places);
    if (event->button() != Qt::LeftButton || !hit)
        return PictureView::mousePressEvent(event);
    m_cursor.reset();
    act(*hit);
}

void TapeView::leaveEvent(QEvent *)
{
    m_hovered.reset();
    update();
}

// Left and right go from place to place, up and down to its alternatives, Return takes one.
void TapeView::keyPressEvent(QKeyEvent *event)
{
    if (m_places.empty())
        return PictureView::keyPressEvent(event);
    TapeHit at = m_cursor.value_or(TapeHit{.place = selectedPlace().value_or(m_places.size() - 1)});
    const std::size_t last = m_places.size() - 1;
    switch (event->key()) {
    case Qt::Key_Left:
        at = {.place = at.place - (at.place > 0 ? 1 : 0)};
        break;
    case Qt::Key_Right:
        at = {.place = std::min(last, at.place + 1)};
        break;
    case Qt::Key_Down:
        if (const std::size_t count = m_places[at.place].alternatives.size(); count > 0)
            at.alternative = at.alternative ? std::min(count - 1, *at.alternative + 1) : 0;
        break;
    case Qt::Key_Up:
        at.alternative = at.alternative && *at.alternative > 0 ? std::optional(*at.alternative - 1) : std::nullopt;
        break;
    case Qt::Key_Return:
    case Qt::Key_Space:
        if (event->modifiers() != Qt::NoModifier)
            return PictureView::keyPressEvent(event);
        act(at);
        return;
    default:
        return PictureView::keyPressEvent(event);
    }
    m_cursor = at;
    update();
}

void TapeView::focusInEvent(QFocusEvent *event)
{
    update();
    PictureView::focusInEvent(event);
}

void TapeView::focusOutEvent(QFocusEvent *event)
{
    update();
    PictureView::focusOutEvent(event);
}

bool TapeView::event(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return PictureView::event(event);
    const auto *help = static_cast<QHelpEvent *>(event);
    const auto hit = geometryFor(width()).hitAt(help->pos(), m_places);
    QString text;
    if (hit && hit->alternative) {
        const TapeAlternative &alternative = m_places[hit->place].alternatives[*hit->alternative];
        text = tr("%1: p = %2%3")
                   .arg(alternative.text, probabilityText(alternative.probability),
                        alternative.isActual || !m_isBranchable ? QString()
                                                                : QLatin1Char('\n') + tr("click to branch here"));
    } else if (hit && m_places[hit->place].rank > 0) {
        const TapePlace &place = m_places[hit->place];
        text = tr("place %1, rank %2, surprisal %3 bit, entropy of the place %4 bit")
                   .arg(place.position)
                   .arg(place.rank)
                   .arg(place.surprisalBits, 0, 'f', 2)
                   .arg(place.entropyBits, 0, 'f', 2);
    }
    QToolTip::showText(help->globalPos(), text, this);
    return true;
}

QStringList TapeView::exportExtensions() const
{
    return PictureView::exportExtensions() << QStringLiteral("csv") << QStringLiteral("json");
}

// A row a candidate of every place of the whole tape, not of the shown part alone.
QString TapeView::exportNumbers(const QString &file)
{
    NumberTable table{{"position", "token", "id", "is_prompt", "probability", "surprisal_bits", "entropy_bits", "rank",
                       "candidate_rank", "candidate", "candidate_id", "candidate_probability"},
                      {}};
    const engine::GenerationResult *result = generation();
    for (std::size_t i = 0; result != nullptr && i < result->steps.size(); ++i) {
        const engine::TokenStep &step = result->steps[i];
        const QVariantList own{static_cast<qlonglong>(i),
                               fromUtf8(step.text),
                               static_cast<qlonglong>(step.id),
                               step.isPrompt ? 1 : 0,
                               step.probability,
                               step.surprisalBits,
                               step.entropyBits,
                               static_cast<qlonglong>(step.rank)};
        if (step.top.empty())
            table.rows.push_back(own + QVariantList{QVariant(), QVariant(), QVariant(), QVariant()});
        for (std::size_t k = 0; k < step.top.size(); ++k)
            table.rows.push_back(own + QVariantList{static_cast<qlonglong>(k + 1), fromUtf8(step.top[k].token),
                                                    static_cast<qlonglong>(step.top[k].id), step.top[k].probability});
    }
    return writeTable(file, table);
}

} // namespace ui
