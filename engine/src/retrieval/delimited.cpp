// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/delimited.h"

#include "engine/error.h"

namespace engine::retrieval {

void DelimitedReader::passBreak()
{
    if (m_text[m_at] == '\r')
        ++m_at;
    if (!isAtEnd() && m_text[m_at] == '\n')
        ++m_at;
    ++m_nextLine;
}

std::string DelimitedReader::quotedField()
{
    std::string out;
    for (++m_at; !isAtEnd(); ++m_at) {
        const char c = m_text[m_at];
        if (c == '"') {
            ++m_at;
            if (isAtEnd() || m_text[m_at] != '"') // two stand for one
                return out + field();
        }
        m_nextLine += c == '\n' ? 1U : 0U;
        out += c;
    }
    failArgument("a field in double quotes that begins in line " + std::to_string(m_line) + " is never closed");
}

// Up to a delimiter or a line break.
std::string DelimitedReader::field()
{
    const std::size_t begin = m_at;
    while (!isAtEnd() && !isAtBreak() && m_text[m_at] != m_delimiter)
        ++m_at;
    return std::string(m_text.substr(begin, m_at - begin));
}

std::optional<std::vector<std::string>> DelimitedReader::next()
{
    while (!isAtEnd() && isAtBreak())
        passBreak();
    if (isAtEnd())
        return std::nullopt;
    m_line = m_nextLine;
    std::vector<std::string> fields;
    while (true) {
        fields.push_back(!isAtEnd() && m_text[m_at] == '"' ? quotedField() : field());
        if (isAtEnd())
            return fields;
        if (m_text[m_at] != m_delimiter) {
            passBreak();
            return fields;
        }
        ++m_at;
    }
}

} // namespace engine::retrieval
