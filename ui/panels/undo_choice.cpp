// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/undo_choice.h"

#include <QLineEdit>
#include <QPointer>
#include <QSignalBlocker>
#include <QUndoCommand>
#include <QUndoStack>

namespace ui {

namespace {

constexpr int kChoiceCommandId = 4;

class ChoiceCommand : public QUndoCommand {
public:
    struct Change {
        QString before;
        QString after;
        bool isTyped = false;
    };
    ChoiceCommand(UndoChoice &choice, Change change)
        : QUndoCommand(choice.accessibleName()), m_choice(&choice), m_change(std::move(change))
    {
    }
    [[nodiscard]] int id() const override { return kChoiceCommandId; }
    bool mergeWith(const QUndoCommand *other) override
    {
        const auto *next = dynamic_cast<const ChoiceCommand *>(other);
        if (next == nullptr || next->m_choice != m_choice || !next->m_change.isTyped || !m_change.isTyped)
            return false;
        m_change.after = next->m_change.after;
        return true;
    }
    void undo() override { show(m_change.before); }
    void redo() override { show(m_change.after); }

private:
    void show(const QString &text)
    {
        if (!m_choice)
            return;
        m_choice->setTextSilently(text);
        emit m_choice->chosen();
    }
    QPointer<UndoChoice> m_choice;
    Change m_change;
};

} // namespace

UndoChoice::UndoChoice(QUndoStack &undo, const QString &name, QWidget *parent) : QComboBox(parent), m_undo(undo)
{
    setAccessibleName(name);
    setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    setMinimumContentsLength(8);
    connect(this, &QComboBox::activated, this, [this] { take(text()); });
}

void UndoChoice::setTypable(const QString &placeholder)
{
    setEditable(true);
    setInsertPolicy(QComboBox::NoInsert);
    lineEdit()->setPlaceholderText(placeholder);
    connect(lineEdit(), &QLineEdit::textEdited, this, [this](const QString &text) {
        if (text != m_known)
            m_undo.push(new ChoiceCommand(*this, {.before = m_known, .after = text, .isTyped = true}));
    });
}

void UndoChoice::offer(const QStringList &texts)
{
    const QString before = m_known;
    const QSignalBlocker quiet(this);
    clear();
    for (const QString &text : texts) // a list has to show something where nothing is chosen
        addItem(text.isEmpty() && !isEditable() ? tr("none") : text, text);
    setTextSilently(texts.contains(before) || isEditable() ? before : texts.value(0));
}

void UndoChoice::take(const QString &text)
{
    if (text != m_known)
        m_undo.push(new ChoiceCommand(*this, {.before = m_known, .after = text}));
}

void UndoChoice::setText(const QString &text)
{
    take(text);
}

void UndoChoice::setTextSilently(const QString &text)
{
    const QSignalBlocker quiet(this);
    setCurrentIndex(findData(text));
    if (isEditable() && currentText() != text)
        setEditText(text);
    m_known = this->text();
}

QString UndoChoice::text() const
{
    return isEditable() ? currentText() : currentData().toString();
}

} // namespace ui
