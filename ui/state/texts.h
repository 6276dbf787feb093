// SPDX-License-Identifier: GPL-3.0-or-later
// Texts of the engine and of Qt: one counts code points of UTF-8, the other UTF-16 units.
#pragma once

#include "engine/encoding.h"

#include <QString>

#include <string>

namespace ui {

[[nodiscard]] inline QString fromUtf8(const std::string &text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}
[[nodiscard]] inline std::string toUtf8(const QString &text)
{
    return text.toStdString();
}

struct TextRange {
    qsizetype begin = 0;
    qsizetype end = 0;
    [[nodiscard]] qsizetype length() const noexcept { return end - begin; }
};

// The UTF-16 range of an offset that counts code points; clamped to the text.
[[nodiscard]] TextRange toUtf16(const QString &text, const engine::Offset &offset);

// A token for a chip: white space made visible ("␣" in front is dropped, line breaks become "⏎"), never empty.
[[nodiscard]] QString chipText(const QString &token);

[[nodiscard]] QString shortened(const QString &text, qsizetype most); // "… the end of it"

} // namespace ui
