// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/undo_text.h"

#include "ui/state/theme.h"

#include <QKeyEvent>
#include <QMimeData>
#include <QPainter>
#include <QPointer>
#include <QTextBlock>
#include <QUndoCommand>
#include <QUndoStack>

#include <algorithm>

namespace ui {

namespace {

constexpr int kTextCommandId = 1;

class TextCommand : public QUndoCommand {
public:
    struct Change {
        QString before;
        QString after;
        int burst = 0;
    };
    TextCommand(UndoText &field, const QString &name, Change change)
        : QUndoCommand(name), m_field(&field), m_change(std::move(change))
    {
    }
    [[nodiscard]] int id() const override { return kTextCommandId; }
    bool mergeWith(const QUndoCommand *other) override
    {
        const auto *next = dynamic_cast<const TextCommand *>(other);
        if (next == nullptr || next->m_field != m_field || next->m_change.burst != m_change.burst)
            return false;
        m_change.after = next->m_change.after;
        return true;
    }
    void undo() override { put(m_change.before); }
    void redo() override { put(m_change.after); }

private:
    void put(const QString &text)
    {
        if (m_field && m_field->text() != text)
            m_field->setTextSilently(text);
    }
    QPointer<UndoText> m_field;
    Change m_change;
};

} // namespace

UndoText::UndoText(QUndoStack &undo, const QString &name, QWidget *parent) : QPlainTextEdit(parent), m_undo(undo)
{
    setAccessibleName(name);
    setUndoRedoEnabled(false);
    setTabChangesFocus(true);
    setFrameShape(QFrame::NoFrame);
    viewport()->setAutoFillBackground(false);
    setVerticalScrollBarPolicy(Qt::ScrollBarAsNeeded);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setFont(ui::font(TextSize::Title));
    document()->setDocumentMargin(6);
    connect(this, &QPlainTextEdit::textChanged, this, &UndoText::onTextChanged);
}

void UndoText::onTextChanged()
{
    fitHeight();
    const QString now = toPlainText();
    if (now == m_known)
        return;
    if (!m_isSilent) {
        constexpr int kBurstMs = 900;
        if (!m_sinceEdit.isValid() || m_sinceEdit.elapsed() > kBurstMs)
            ++m_burst;
        m_sinceEdit.start();
        m_undo.push(new TextCommand(*this, tr("typing"), {.before = m_known, .after = now, .burst = m_burst}));
    }
    m_known = now;
    emit textEdited();
}

void UndoText::setText(const QString &text)
{
    if (text == toPlainText())
        return;
    ++m_burst;
    m_sinceEdit.invalidate();
    setPlainText(text);
    m_sinceEdit.invalidate();
    moveCursor(QTextCursor::End);
}

void UndoText::setTextSilently(const QString &text)
{
    m_isSilent = true;
    setPlainText(text);
    moveCursor(QTextCursor::End);
    m_isSilent = false;
    m_sinceEdit.invalidate();
}

void UndoText::setLines(int least, int most)
{
    m_leastLines = least;
    m_mostLines = most;
    fitHeight();
}

int UndoText::heightOf(int lines) const
{
    return lines * fontMetrics().lineSpacing() + 2 * static_cast<int>(document()->documentMargin()) + 4;
}

void UndoText::fitHeight()
{
    int lines = 0;
    for (QTextBlock block = document()->begin(); block.isValid() && lines < m_mostLines; block = block.next()) {
        const int shown = block.layout() != nullptr ? block.layout()->lineCount() : 1;
        lines += std::max(shown, 1);
    }
    const int wanted = heightOf(std::clamp(lines, m_leastLines, m_mostLines));
    if (wanted != height() || minimumHeight() != wanted)
        setFixedHeight(wanted);
}

QSize UndoText::sizeHint() const
{
    return {scaled(200), heightOf(m_leastLines)};
}

QSize UndoText::minimumSizeHint() const
{
    return {scaled(120), heightOf(m_leastLines)};
}

void UndoText::paintEvent(QPaintEvent *event)
{
    const Theme &theme = Theme::current();
    QPainter painter(viewport());
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(hasFocus() ? theme.accent : theme.cardBorder, hasFocus() ? 1.5 : 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(QRectF(viewport()->rect()).adjusted(1, 1, -1, -1), kGrid, kGrid);
    painter.end();
    QPlainTextEdit::paintEvent(event);
}

void UndoText::focusInEvent(QFocusEvent *event)
{
    QPlainTextEdit::focusInEvent(event);
    viewport()->update(); // the outline says where the keys go
}

void UndoText::focusOutEvent(QFocusEvent *event)
{
    QPlainTextEdit::focusOutEvent(event);
    viewport()->update();
}

void UndoText::resizeEvent(QResizeEvent *event)
{
    QPlainTextEdit::resizeEvent(event);
    fitHeight();
}

bool UndoText::event(QEvent *event)
{
    if (event->type() == QEvent::ShortcutOverride) {
        const auto *key = static_cast<QKeyEvent *>(event);
        const bool isRun = key->key() == Qt::Key_Return && key->modifiers() == Qt::ControlModifier;
        if (key->matches(QKeySequence::Undo) || key->matches(QKeySequence::Redo) || isRun) {
            event->ignore(); // the window's actions take these
            return true;
        }
    }
    return QPlainTextEdit::event(event);
}

void UndoText::keyPressEvent(QKeyEvent *event)
{
    if (event->matches(QKeySequence::Undo) || event->matches(QKeySequence::Redo)) {
        event->ignore();
        return;
    }
    QPlainTextEdit::keyPressEvent(event);
}

bool UndoText::canInsertFromMimeData(const QMimeData *source) const
{
    return !source->hasUrls() && QPlainTextEdit::canInsertFromMimeData(source); // a dropped folder is for the window
}

void UndoText::changeEvent(QEvent *event)
{
    QPlainTextEdit::changeEvent(event);
    if (event->type() == QEvent::ApplicationFontChange) {
        setFont(ui::font(TextSize::Title));
        fitHeight();
    }
}

} // namespace ui
