// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/card.h"

#include "ui/state/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QPainter>
#include <QVBoxLayout>

namespace ui {

namespace {

bool restyles(const QEvent &event)
{
    return event.type() == QEvent::PaletteChange || event.type() == QEvent::ApplicationFontChange;
}

} // namespace

Headline::Headline(QWidget *parent) : QLabel(parent)
{
    setWordWrap(true);
    setTextFormat(Qt::RichText);
    setTextInteractionFlags(Qt::TextSelectableByMouse);
    setFocusPolicy(Qt::NoFocus);
}

void Headline::setParts(const QString &title, const QString &hint, const QString &answer)
{
    m_title = title;
    m_hint = hint;
    m_answer = answer;
    render();
}

void Headline::render()
{
    const Theme &theme = Theme::current();
    const auto span = [](const QString &text, const QColor &colour, int pixels, bool isBold) {
        return QStringLiteral("<span style=\"color:%1;font-size:%2px;font-weight:%3\">%4</span>")
            .arg(colour.name())
            .arg(scaled(pixels))
            .arg(isBold ? 600 : 400)
            .arg(text.toHtmlEscaped());
    };
    m_isRendering = true;
    setFont(ui::font(TextSize::Title, true));
    QStringList parts = {span(m_title, theme.text, 15, true)};
    if (!m_answer.isEmpty())
        parts << span(m_answer, theme.accent, 17, true);
    if (!m_hint.isEmpty())
        parts << QStringLiteral("&nbsp;") + span(m_hint, theme.dimText, 11, false);
    setText(parts.join(QLatin1Char(' ')));
    setAccessibleName((m_title + QLatin1Char(' ') + m_answer).trimmed());
    setAccessibleDescription(m_hint);
    m_isRendering = false;
}

QSize Headline::minimumSizeHint() const
{
    return {scaled(60), QFontMetrics(font()).height()};
}

void Headline::changeEvent(QEvent *event)
{
    QLabel::changeEvent(event);
    if (!m_isRendering && restyles(*event))
        render();
}

DimLabel::DimLabel(const QString &text, QWidget *parent) : QLabel(text, parent)
{
    setWordWrap(true);
    adopt();
}

void DimLabel::adopt()
{
    m_isAdopting = true;
    setFont(ui::font(TextSize::Small));
    QPalette colours;
    colours.setColor(QPalette::WindowText, Theme::current().dimText);
    setPalette(colours);
    m_isAdopting = false;
}

QSize DimLabel::minimumSizeHint() const
{
    return wordWrap() ? QSize(scaled(60), QFontMetrics(font()).height()) : QLabel::minimumSizeHint();
}

void DimLabel::changeEvent(QEvent *event)
{
    QLabel::changeEvent(event);
    if (!m_isAdopting && restyles(*event) && palette().color(QPalette::WindowText) != Theme::current().dimText)
        adopt();
    else if (!m_isAdopting && event->type() == QEvent::ApplicationFontChange)
        adopt();
}

Card::Card(QWidget *parent) : Card(QString(), QString(), parent) {}

Card::Card(const QString &title, const QString &hint, QWidget *parent)
    : QFrame(parent), m_headline(new Headline), m_heading(new QHBoxLayout), m_body(new QVBoxLayout(this))
{
    m_body->setContentsMargins(2 * kGrid, 14, 2 * kGrid, 14);
    m_body->setSpacing(kGrid);
    m_headline->setParts(title, hint);
    m_heading->setSpacing(kGrid);
    m_heading->addWidget(m_headline, 1);
    m_body->addLayout(m_heading);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Minimum);
    setAccessibleName(title);
}

void Card::addToHeading(QWidget *widget)
{
    m_heading->addWidget(widget, 0, Qt::AlignTop);
}

void Card::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme.cardBorder, 1));
    painter.setBrush(theme.card);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), kCardRadius, kCardRadius);
}

} // namespace ui
