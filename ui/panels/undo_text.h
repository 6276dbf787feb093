// SPDX-License-Identifier: GPL-3.0-or-later
// A text field whose changes go to the window's undo stack, so that Ctrl+Z means the same everywhere.
#pragma once

#include <QElapsedTimer>
#include <QPlainTextEdit>

class QUndoStack;

namespace ui {

class UndoText : public QPlainTextEdit {
    Q_OBJECT
public:
    UndoText(QUndoStack &undo, const QString &name, QWidget *parent = nullptr);

    [[nodiscard]] QString text() const { return toPlainText(); }
    void setText(const QString &text);      // undoable
    void setTextSilently(const QString &text); // not undoable: session restore, undo itself
    void setLines(int least, int most);     // grows with its text between these

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

signals:
    void textEdited();  // by the person, by undo or by setText()

protected:
    bool event(QEvent *event) override;
    void changeEvent(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    [[nodiscard]] bool canInsertFromMimeData(const QMimeData *source) const override;

private:
    void onTextChanged();
    [[nodiscard]] int heightOf(int lines) const;
    void fitHeight();

    QUndoStack &m_undo;
    QString m_known; // text that the undo stack knows
    QElapsedTimer m_sinceEdit;
    int m_leastLines = 1;
    int m_mostLines = 6;
    int m_burst = 0; // edits of one burst of typing are one step back
    bool m_isSilent = false;
};

} // namespace ui
