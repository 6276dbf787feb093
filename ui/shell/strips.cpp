// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/strips.h"

#include "ui/shell/pill_button.h"
#include "ui/state/numbers.h"
#include "ui/state/theme.h"

#include <QCoreApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>

#include <algorithm>

namespace ui {

MessageStrip::MessageStrip(QWidget *parent) : QFrame(parent), m_label(new QLabel), m_offerButton(nullptr)
{
    m_offerButton = new PillButton(QString(), PillKind::Plain);
    auto *close = new PillButton(QStringLiteral("✕"), PillKind::Tab);
    close->setAccessibleName(tr("Close this message"));
    close->setToolTip(tr("Close this message"));
    m_label->setWordWrap(true);
    m_label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_label->setTextFormat(Qt::PlainText);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(2 * kGrid, 6, kGrid, 6);
    row->setSpacing(kGrid);
    row->addWidget(m_label, 1);
    row->addWidget(m_offerButton);
    row->addWidget(close);
    connect(close, &PillButton::clicked, this, &MessageStrip::clear);
    connect(m_offerButton, &PillButton::clicked, this, [this] {
        const auto act = m_offer.act;
        clear();
        if (act)
            act();
    });
    setAccessibleName(tr("Message"));
    hide();
}

void MessageStrip::say(MessageKind kind, const QString &text, Offer offer)
{
    m_kind = kind;
    m_offer = std::move(offer);
    m_label->setText(text);
    m_offerButton->setText(m_offer.text);
    m_offerButton->setVisible(!m_offer.text.isEmpty());
    setAccessibleDescription(text);
    show();
    update();
}

void MessageStrip::clear()
{
    m_label->clear();
    m_offer = Offer{QString(), nullptr};
    hide();
}

QString MessageStrip::text() const
{
    return m_label->text();
}

void MessageStrip::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    QColor edge = theme.accent;
    if (m_kind == MessageKind::Warning)
        edge = theme.warning;
    else if (m_kind == MessageKind::Problem)
        edge = theme.danger;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(edge, 1));
    painter.setBrush(theme.card);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), kGrid, kGrid);
    painter.setPen(Qt::NoPen);
    painter.setBrush(edge);
    painter.drawRoundedRect(QRectF(4, 8, 4, height() - 16), 2, 2);
}

QString progressText(const engine::Progress &progress, std::int64_t elapsedMs)
{
    const bool isBytes = progress.unit == "bytes";
    const auto amount = [&](std::int64_t n) { return isBytes ? bytesText(n) : groupedText(n); };
    const QString what = QCoreApplication::translate("ui::ProgressStrip", progress.what.c_str());
    const QString unit =
        isBytes ? QString() : QLatin1Char(' ') + QCoreApplication::translate("ui::ProgressStrip", progress.unit.c_str());
    QString text = what + QLatin1Char(' ') + amount(progress.done);
    if (progress.total > 0)
        text += QStringLiteral(" / ") + amount(progress.total);
    text += unit;
    constexpr std::int64_t kSteadyMs = 200; // a rate from less than that jumps about
    if (elapsedMs < kSteadyMs || progress.done <= 0)
        return text;
    const double perSecond = static_cast<double>(progress.done) * 1000.0 / static_cast<double>(elapsedMs);
    text += QStringLiteral(" · ") + amount(static_cast<std::int64_t>(perSecond)) + unit + QStringLiteral("/s");
    if (progress.total > progress.done) {
        const double left = static_cast<double>(progress.total - progress.done) / perSecond;
        text += QStringLiteral(" · ") + QCoreApplication::translate("ui::ProgressStrip", "%1 s left").arg(left, 0, 'f', 1);
    }
    return text;
}

ProgressStrip::ProgressStrip(QWidget *parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setAccessibleName(tr("Progress"));
    hide();
}

void ProgressStrip::begin(const QString &what)
{
    m_text = what;
    m_what.clear();
    m_share = -1.0;
    m_since.start();
    show();
    update();
}

void ProgressStrip::follow(const engine::Progress &progress)
{
    const QString what = QString::fromStdString(progress.what);
    if (!m_since.isValid() || what != m_what)
        m_since.start();
    m_what = what;
    m_share = progress.total > 0 ? static_cast<double>(progress.done) / static_cast<double>(progress.total) : -1.0;
    m_text = progressText(progress, m_since.elapsed());
    setAccessibleDescription(m_text);
    update();
}

void ProgressStrip::end()
{
    m_since.invalidate();
    hide();
}

QSize ProgressStrip::sizeHint() const
{
    return {scaled(200), QFontMetrics(ui::font(TextSize::Small)).height() + 9};
}

void ProgressStrip::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(ui::font(TextSize::Small));
    painter.setPen(theme.dimText);
    painter.drawText(rect().adjusted(2, 0, -2, -6), Qt::AlignLeft | Qt::AlignVCenter,
                     painter.fontMetrics().elidedText(m_text, Qt::ElideRight, width() - 4));
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.cardBorder);
    const QRectF track(0, height() - 5, width(), 3);
    painter.drawRoundedRect(track, 1.5, 1.5);
    if (m_share < 0.0)
        return;
    painter.setBrush(theme.accent);
    painter.drawRoundedRect(QRectF(track.left(), track.top(), track.width() * std::clamp(m_share, 0.0, 1.0), 3), 1.5, 1.5);
}

} // namespace ui
