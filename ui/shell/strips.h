// SPDX-License-Identifier: GPL-3.0-or-later
// What other programs say in dialogs: a strip that says it and does not stop anybody.
#pragma once

#include "engine/run_control.h"

#include <QElapsedTimer>
#include <QFrame>
#include <QString>

#include <functional>

class QLabel;

namespace ui {

class PillButton;

enum class MessageKind { Note, Warning, Problem };

class MessageStrip : public QFrame {
    Q_OBJECT
public:
    explicit MessageStrip(QWidget *parent = nullptr);

    struct Offer {
        QString text;
        std::function<void()> act;
    };
    void say(MessageKind kind, const QString &text) { say(kind, text, Offer{QString(), nullptr}); }
    void say(MessageKind kind, const QString &text, Offer offer);
    void clear();
    [[nodiscard]] QString text() const;
    [[nodiscard]] MessageKind kind() const noexcept { return m_kind; }
    [[nodiscard]] PillButton &offerButton() noexcept { return *m_offerButton; }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    MessageKind m_kind = MessageKind::Note;
    QLabel *m_label;
    PillButton *m_offerButton;
    Offer m_offer;
};

// "loading 120 of 438 MB · 610 MB/s · 0.5 s left"; `elapsedMs` since the start of this work.
[[nodiscard]] QString progressText(const engine::Progress &progress, std::int64_t elapsedMs);

class ProgressStrip : public QWidget {
    Q_OBJECT
public:
    explicit ProgressStrip(QWidget *parent = nullptr);
    void begin(const QString &what);
    void follow(const engine::Progress &progress);
    void end();
    [[nodiscard]] const QString &text() const noexcept { return m_text; }
    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QString m_text;
    QString m_what;
    double m_share = -1.0; // unknown
    QElapsedTimer m_since;
};

} // namespace ui
