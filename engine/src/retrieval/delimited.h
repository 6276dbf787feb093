// SPDX-License-Identifier: GPL-3.0-or-later
// Tables in text files: CSV (RFC 4180) and the same with tabs.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::retrieval {

// Row by row. Blank lines are passed over.
class DelimitedReader {
public:
    DelimitedReader(std::string_view text, char delimiter) : m_text(text), m_delimiter(delimiter) {}

    // The fields of the next row; empty at the end. An Argument error when a quoted field is never closed.
    [[nodiscard]] std::optional<std::vector<std::string>> next();
    [[nodiscard]] std::size_t line() const noexcept { return m_line; } // where the last row began, from 1

private:
    [[nodiscard]] std::string field();
    [[nodiscard]] std::string quotedField();
    [[nodiscard]] bool isAtEnd() const noexcept { return m_at >= m_text.size(); }
    [[nodiscard]] bool isAtBreak() const noexcept { return m_text[m_at] == '\n' || m_text[m_at] == '\r'; }
    void passBreak();

    std::string_view m_text;
    char m_delimiter;
    std::size_t m_at = 0;
    std::size_t m_line = 0;
    std::size_t m_nextLine = 1;
};

} // namespace engine::retrieval
