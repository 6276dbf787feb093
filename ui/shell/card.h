// SPDX-License-Identifier: GPL-3.0-or-later
// A card on the quiet ground: rounded corners, a heading, a body. The unit of every panel.
#pragma once

#include <QFrame>
#include <QLabel>
#include <QString>

class QHBoxLayout;
class QVBoxLayout;

namespace ui {

// "The masked word is most likely *bread*  p = 0.83 · 1.9 ms": wraps, never cuts; follows the palette.
class Headline : public QLabel {
    Q_OBJECT
public:
    explicit Headline(QWidget *parent = nullptr);
    void setParts(const QString &title, const QString &hint, const QString &answer = {});
    // A wrapping label would ask for the height of a very narrow one; its height for the real width counts.
    [[nodiscard]] QSize minimumSizeHint() const override;
    [[nodiscard]] const QString &answer() const noexcept { return m_answer; }
    [[nodiscard]] const QString &title() const noexcept { return m_title; }

protected:
    void changeEvent(QEvent *event) override;

private:
    void render();
    QString m_title, m_answer, m_hint;
    bool m_isRendering = false;
};

// Small dim explanation below or beside an answer; wraps.
class DimLabel : public QLabel {
    Q_OBJECT
public:
    explicit DimLabel(const QString &text = {}, QWidget *parent = nullptr);
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void changeEvent(QEvent *event) override;

private:
    void adopt();
    bool m_isAdopting = false;
};

class Card : public QFrame {
    Q_OBJECT
public:
    explicit Card(QWidget *parent = nullptr);
    Card(const QString &title, const QString &hint, QWidget *parent = nullptr);

    [[nodiscard]] Headline &headline() noexcept { return *m_headline; }
    [[nodiscard]] QVBoxLayout &body() noexcept { return *m_body; }
    void addToHeading(QWidget *widget); // at the right end of the heading

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    Headline *m_headline;
    QHBoxLayout *m_heading;
    QVBoxLayout *m_body;
};

} // namespace ui
