// SPDX-License-Identifier: GPL-3.0-or-later
// Offsets count Unicode code points while strings are UTF-8: the way from one to the other.
#pragma once

#include "engine/encoding.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace engine::tasks {

// Number of code points of valid UTF-8.
[[nodiscard]] std::int64_t codePointCount(std::string_view text);

// A text by code points. The text must outlive it.
class CodePoints {
public:
    explicit CodePoints(std::string_view text);
    [[nodiscard]] std::int64_t size() const noexcept { return static_cast<std::int64_t>(m_starts.size()) - 1; }
    // UTF-8 of [begin, end), limited to what is there.
    [[nodiscard]] std::string_view slice(Offset offset) const;
    [[nodiscard]] char32_t at(std::int64_t index) const; // 0 outside

private:
    std::string_view m_text;
    std::vector<std::size_t> m_starts; // byte where each code point starts, and the end
};

} // namespace engine::tasks
