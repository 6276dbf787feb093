// SPDX-License-Identifier: GPL-3.0-or-later
// A choice whose changes go to the window's undo stack; it may also be typed.
#pragma once

#include <QComboBox>

class QUndoStack;

namespace ui {

class UndoChoice : public QComboBox {
    Q_OBJECT
public:
    UndoChoice(QUndoStack &undo, const QString &name, QWidget *parent = nullptr);

    void setTypable(const QString &placeholder); // also what is not in the list
    void offer(const QStringList &texts);        // keeps the text where it still is one of them; says nothing
    [[nodiscard]] QString text() const;
    void setText(const QString &text);         // undoable
    void setTextSilently(const QString &text); // undo itself, examples

signals:
    void chosen(); // by the person, by undo or by setText()

private:
    void take(const QString &text);

    QUndoStack &m_undo;
    QString m_known; // text that the undo stack knows
};

} // namespace ui
