// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/objective_view.h"

#include "ui/state/texts.h"
#include "ui/views/objective_pictures.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>
#include <utility>

namespace ui {

using Kind = ObjectiveClick::Kind;

QString unmasked(const engine::TaskRequest &inputs, const LoadedModelPtr &model, const TaskResultPtr &result)
{
    QString text = fromUtf8(inputs.text);
    const QString mask = model ? fromUtf8(model->info().maskToken) : QString();
    if (mask.isEmpty())
        return text;
    const bool isOfInputs = result && result->text == inputs.text;
    const auto *filled = isOfInputs ? std::get_if<engine::FillMaskResult>(&result->payload) : nullptr;
    std::size_t number = 0;
    for (qsizetype at = text.indexOf(mask); at >= 0; at = text.indexOf(mask, at), ++number) {
        const bool isKnown =
            filled != nullptr && number < filled->masks.size() && !filled->masks[number].candidates.empty();
        const QString word = isKnown ? fromUtf8(filled->masks[number].candidates.front().token).trimmed() : QString();
        text.replace(at, mask.size(), word);
        at += word.size();
    }
    return text;
}

ObjectiveView::ObjectiveView(SelectionModel &selectionModel, QWidget *parent)
    : PictureView(selectionModel, parent), m_controller(objectivesWithPictures())
{
    setWindowTitle(tr("Training objective"));
    setAccessibleName(tr("Training objective on the text"));
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    connect(&m_controller, &ObjectiveController::answerChanged, this, &ObjectiveView::rebuild);
}

void ObjectiveView::show(const LoadedModelPtr &model, const TaskResultPtr &result)
{
    PictureView::show(model, result);
    giveText();
    m_controller.setModel(model);
}

void ObjectiveView::setInputs(const engine::TaskRequest &inputs)
{
    m_inputs = inputs;
    giveText();
}

void ObjectiveView::giveText()
{
    m_controller.setInputs(unmasked(m_inputs, loadedModel(), result()),
                           fromUtf8(m_inputs.textPair.value_or(std::string())));
}

void ObjectiveView::rebuild()
{
    const ObjectiveAnswerPtr &answer = m_controller.answer();
    m_picture = {};
    m_hovered.reset();
    m_pressed.reset();
    if (answer) {
        const engine::ObjectiveInfo &info = answer->result.info;
        if (const ObjectiveKind *kind = objectiveKind(info.id))
            m_picture = kind->make({.answer = *answer, .request = m_controller.answeredRequest()});
        if (!answer->problem.isEmpty())
            m_picture.sections.insert(m_picture.sections.begin(),
                                      {.title = tr("The model has no answer"), .text = answer->problem});
        QStringList rules;
        for (const std::string &rule : info.rules)
            rules << QStringLiteral("%1 %2").arg(QChar(0x2022)).arg(fromUtf8(rule));
        m_picture.sections.push_back(
            {.title = tr("Rules"), .hint = fromUtf8(info.source), .text = rules.join(QLatin1Char('\n'))});
        setAccessibleDescription(m_picture.summary.bold + QLatin1Char(' ') + m_picture.summary.text);
    }
    relayout();
}

int ObjectiveView::pictureHeight(int width) const
{
    constexpr int kEmptyHeight = 160;
    return m_picture.sections.empty() ? kEmptyHeight
                                      : static_cast<int>(std::ceil(layoutObjective(m_picture, width).height));
}

void ObjectiveView::paintExport(QPainter &painter, const QSize &size)
{
    if (m_picture.sections.empty()) {
        const QString problem = m_controller.problem();
        paintEmpty(painter, QRectF(QPointF(0, 0), QSizeF(size)),
                   problem.isEmpty() ? tr("What was it trained to do?") : tr("This text leaves no room for it"),
                   problem.isEmpty() ? tr("Type a text in the middle: the objective is shown on it.") : problem);
        return;
    }
    paintObjective(painter, m_picture, layoutObjective(m_picture, size.width()), m_hovered);
}

QString ObjectiveView::exportTo(const QString &file, const QSize &size, double scale)
{
    if (!isVisible())
        m_controller.answerNow();
    return PictureView::exportTo(file, size, scale);
}

QStringList ObjectiveView::exportExtensions() const
{
    return PictureView::exportExtensions() << QStringLiteral("csv") << QStringLiteral("json");
}

// .json is the engine's own document, which `verify` accepts; .csv what the picture shows.
QString ObjectiveView::exportNumbers(const QString &file)
{
    const ObjectiveAnswerPtr &answer = m_controller.answer();
    if (!answer)
        return tr("%1: there is no objective to write yet").arg(file);
    if (file.endsWith(QLatin1String(".json"), Qt::CaseInsensitive))
        return writeWholeFile(file, QByteArray::fromStdString(answer->result.json) + '\n');
    return writeTable(file, tableOf(m_picture));
}

void ObjectiveView::act(const ObjectivePlace &place)
{
    const ObjectiveClick *found = clickAt(m_picture, place);
    if (found == nullptr)
        return;
    const ObjectiveClick click = *found;
    engine::ObjectiveRequest hand = m_controller.byHand();
    switch (click.kind) {
    case Kind::Position:
    case Kind::Sentence:
        m_controller.cycle(
            {.position = click.index, .isSentence = click.kind == Kind::Sentence, .isChosen = click.isChosen});
        break;
    case Kind::First:
        hand.sentence = click.index;
        m_controller.setByHand(std::move(hand));
        break;
    case Kind::Follows:
        hand.follows = !click.isChosen;
        m_controller.setByHand(std::move(hand));
        break;
    case Kind::Turn:
        break; // dragged, or moved by Shift and an arrow
    }
}

void ObjectiveView::moveTurn(std::size_t from, std::size_t to)
{
    std::vector<std::size_t> order;
    for (const engine::ObjectiveCase &entry : m_controller.answer()->result.cases)
        if (const FieldReader choices(entry.choices); order.empty())
            order = choices.numbers("order");
    if (from >= order.size() || to >= order.size() || from == to)
        return;
    const std::size_t moved = order[from];
    order.erase(order.begin() + static_cast<std::ptrdiff_t>(from));
    order.insert(order.begin() + static_cast<std::ptrdiff_t>(to), moved);
    engine::ObjectiveRequest hand = m_controller.byHand();
    hand.order = std::move(order);
    m_controller.setByHand(std::move(hand));
}

std::optional<ObjectivePlace> ObjectiveView::placeUnder(const QPointF &point) const
{
    return placeAt(m_picture, layoutObjective(m_picture, width()), point);
}

void ObjectiveView::setHovered(const std::optional<ObjectivePlace> &place)
{
    if (m_hovered == place)
        return;
    m_hovered = place;
    const bool isClickable = place && clickAt(m_picture, *place) != nullptr;
    setCursor(isClickable ? Qt::PointingHandCursor : Qt::ArrowCursor);
    update();
}

void ObjectiveView::showEvent(QShowEvent *event)
{
    PictureView::showEvent(event);
    m_controller.setActive(true);
}

void ObjectiveView::hideEvent(QHideEvent *event)
{
    PictureView::hideEvent(event);
    m_controller.setActive(false);
}

void ObjectiveView::mouseMoveEvent(QMouseEvent *event)
{
    setHovered(placeUnder(event->position()));
}

void ObjectiveView::mousePressEvent(QMouseEvent *event)
{
    if (event->button() == Qt::LeftButton)
        m_pressed = placeUnder(event->position());
}

void ObjectiveView::mouseReleaseEvent(QMouseEvent *event)
{
    const auto released = placeUnder(event->position());
    const auto pressed = std::exchange(m_pressed, std::nullopt);
    if (event->button() != Qt::LeftButton || !pressed || !released)
        return;
    if (*pressed == *released) {
        act(*released);
        return;
    }
    const ObjectiveClick *from = clickAt(m_picture, *pressed);
    const ObjectiveClick *to = clickAt(m_picture, *released);
    if (from != nullptr && to != nullptr && from->kind == Kind::Turn && to->kind == Kind::Turn)
        moveTurn(from->index, to->index);
}

void ObjectiveView::leaveEvent(QEvent *)
{
    setHovered(std::nullopt);
}

// Arrows go from one thing that can be clicked to the next; Return does what a click does.
void ObjectiveView::keyPressEvent(QKeyEvent *event)
{
    const auto places = clickablePlaces(m_picture);
    const bool isForward = event->key() == Qt::Key_Right || event->key() == Qt::Key_Down;
    const bool isBackward = event->key() == Qt::Key_Left || event->key() == Qt::Key_Up;
    const bool isClick =
        event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter || event->key() == Qt::Key_Space;
    if (places.empty() || !(isForward || isBackward || (isClick && m_hovered))) {
        PictureView::keyPressEvent(event);
        return;
    }
    if (isClick) {
        act(*m_hovered);
        return;
    }
    const auto at = m_hovered ? std::ranges::find(places, *m_hovered) : places.end();
    const auto last = places.size() - 1;
    const auto now = at == places.end() ? (isForward ? last : 0) : static_cast<std::size_t>(at - places.begin());
    const auto next = isForward ? (now == last ? 0 : now + 1) : (now == 0 ? last : now - 1);
    const ObjectiveClick *from = clickAt(m_picture, places[now]);
    if (event->modifiers().testFlag(Qt::ShiftModifier) && at != places.end() && from->kind == Kind::Turn) {
        const ObjectiveClick *to = clickAt(m_picture, places[next]);
        if (to->kind == Kind::Turn)
            moveTurn(from->index, to->index);
        return;
    }
    setHovered(places[next]);
}

void ObjectiveView::changeEvent(QEvent *event)
{
    // Colours are part of the picture.
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::ApplicationFontChange)
        rebuild();
    PictureView::changeEvent(event);
}

} // namespace ui
