// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/lit_text.h"

#include "ui/state/theme.h"

#include <QEvent>

#include <algorithm>
#include <array>

namespace ui {

QColor labelColour(std::size_t index)
{
    constexpr std::array<int, 6> kHues = {210, 28, 160, 320, 48, 265};
    const int hue = kHues[index % kHues.size()];
    return Theme::current().isDark ? QColor::fromHsl(hue, 110, 72) : QColor::fromHsl(hue, 190, 212);
}

LitText::LitText(QWidget *parent) : QLabel(parent)
{
    setWordWrap(true);
    setTextFormat(Qt::RichText);
    setTextInteractionFlags(Qt::TextSelectableByMouse);
    setFont(ui::font(TextSize::Title));
}

QSize LitText::minimumSizeHint() const
{
    return {scaled(60), QFontMetrics(font()).height()};
}

void LitText::setLit(const QString &text, std::vector<LitRange> ranges)
{
    m_text = text;
    std::stable_sort(ranges.begin(), ranges.end(),
                     [](const LitRange &a, const LitRange &b) { return a.range.begin < b.range.begin; });
    m_ranges = std::move(ranges);
    render();
}

void LitText::render()
{
    const Theme &theme = Theme::current();
    m_isRendering = true;
    setFont(ui::font(TextSize::Title));
    const auto plain = [](const QString &text) {
        return text.toHtmlEscaped().replace(QLatin1Char('\n'), QStringLiteral("<br/>"));
    };
    QString html;
    qsizetype at = 0;
    for (const LitRange &lit : m_ranges) {
        if (lit.range.begin < at || lit.range.end > m_text.size())
            continue;
        html += plain(m_text.mid(at, lit.range.begin - at));
        html += QStringLiteral("<span style=\"background-color:%1;font-weight:600\">%2</span>")
                    .arg(lit.colour.name(), plain(m_text.mid(lit.range.begin, lit.range.length())));
        if (!lit.label.isEmpty())
            html += QStringLiteral("<span style=\"font-size:%1px;color:%2\">&nbsp;%3</span>")
                        .arg(scaled(11))
                        .arg(theme.dimText.name(), lit.label.toHtmlEscaped());
        at = lit.range.end;
    }
    html += plain(m_text.mid(at));
    setText(html);
    m_isRendering = false;
}

void LitText::changeEvent(QEvent *event)
{
    QLabel::changeEvent(event);
    const bool restyles = event->type() == QEvent::PaletteChange || event->type() == QEvent::ApplicationFontChange;
    if (!m_isRendering && restyles)
        render();
}

} // namespace ui
