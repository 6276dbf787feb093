// SPDX-License-Identifier: GPL-3.0-or-later
// The one button of the window, in its five dresses.
#pragma once

#include <QAbstractButton>

namespace ui {

enum class PillKind {
    Primary, // filled with the accent
    Stop,    // filled with the warning colour
    Plain,   // quiet ground
    Tab,     // checkable, quiet until checked
    Link,    // text in the accent
};

class PillButton : public QAbstractButton {
    Q_OBJECT
public:
    PillButton(const QString &text, PillKind kind, QWidget *parent = nullptr);

    void setKind(PillKind kind);
    [[nodiscard]] PillKind kind() const noexcept { return m_kind; }
    void setKeyHint(const QString &hint); // painted after the text: "Esc"

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent *event) override;
    void enterEvent(QEnterEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    [[nodiscard]] QFont ownFont() const;
    [[nodiscard]] QString label() const;
    PillKind m_kind;
    QString m_keyHint;
    bool m_isHovered = false;
};

} // namespace ui
