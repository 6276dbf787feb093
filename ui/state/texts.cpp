// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/state/texts.h"

#include <algorithm>

namespace ui {

TextRange toUtf16(const QString &text, const engine::Offset &offset)
{
    TextRange range{.begin = -1, .end = text.size()};
    std::int64_t points = 0;
    for (qsizetype unit = 0; unit < text.size(); ++unit) {
        if (points == offset.begin && range.begin < 0)
            range.begin = unit;
        if (points >= offset.end) {
            range.end = unit;
            break;
        }
        const bool isPair = text[unit].isHighSurrogate() && unit + 1 < text.size() && text[unit + 1].isLowSurrogate();
        if (isPair)
            ++unit;
        ++points;
    }
    if (range.begin < 0)
        range.begin = range.end;
    range.end = std::max(range.begin, range.end);
    return range;
}

QString chipText(const QString &token)
{
    QString shown = token;
    shown.replace(QStringLiteral("\n"), QStringLiteral("⏎"));
    shown.replace(QStringLiteral("\t"), QStringLiteral("⇥"));
    const QString trimmed = shown.trimmed();
    if (!trimmed.isEmpty())
        return trimmed;
    return shown.isEmpty() ? QStringLiteral("∅") : QStringLiteral("␣");
}

QString shortened(const QString &text, qsizetype most)
{
    const QString line = text.simplified();
    return line.size() <= most ? line : QStringLiteral("… ") + line.right(most - 2).trimmed();
}

} // namespace ui
