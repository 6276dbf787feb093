// SPDX-License-Identifier: GPL-3.0-or-later
#include "files/pickle_cursor.h"

#include "engine/error.h"

#include <bit>
#include <charconv>
#include <optional>

namespace engine::files {
namespace {

// The hexadecimal number in the `count` characters from `begin`.
std::optional<std::uint32_t> hexAt(std::string_view text, std::size_t begin, std::size_t count)
{
    const auto digits = text.substr(std::min(begin, text.size()), count);
    std::uint32_t value = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != count || problem != std::errc() || end != digits.data() + digits.size())
        return std::nullopt;
    return value;
}

void appendUtf8(std::string &out, std::uint32_t point)
{
    const auto put = [&](std::uint32_t byte) { out += static_cast<char>(static_cast<std::uint8_t>(byte)); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xC0U | point >> 6U);
        put(0x80U | (point & 0x3FU));
    } else if (point < 0x10000) {
        put(0xE0U | point >> 12U);
        put(0x80U | (point >> 6U & 0x3FU));
        put(0x80U | (point & 0x3FU));
    } else {
        put(0xF0U | point >> 18U);
        put(0x80U | (point >> 12U & 0x3FU));
        put(0x80U | (point >> 6U & 0x3FU));
        put(0x80U | (point & 0x3FU));
    }
}

char simpleEscape(const PickleCursor &cursor, char letter)
{
    constexpr std::string_view kLetters = "\\'\"abfnrtv";
    constexpr std::string_view kMeanings = "\\'\"\a\b\f\n\r\t\v";
    const auto at = kLetters.find(letter);
    if (at == std::string_view::npos)
        cursor.fail(std::string("unknown escape \\") + letter);
    return kMeanings[at];
}

} // namespace

std::string_view PickleCursor::take(std::uint64_t count)
{
    if (count > remaining())
        fail("truncated: expected " + std::to_string(count) + " more bytes, found " + std::to_string(remaining()));
    const auto out = m_text.substr(m_position, count);
    m_position += count;
    return out;
}

std::string_view PickleCursor::line()
{
    const auto end = m_text.find('\n', m_position);
    if (end == std::string_view::npos)
        fail("truncated: a line without an end");
    const auto out = m_text.substr(m_position, end - m_position);
    m_position = end + 1;
    return out;
}

std::uint64_t PickleCursor::littleEndian(std::size_t width)
{
    std::uint64_t value = 0;
    const auto bytes = take(width);
    for (std::size_t i = 0; i < width; ++i)
        value |= std::uint64_t{static_cast<std::uint8_t>(bytes[i])} << 8U * i;
    return value;
}

double PickleCursor::bigEndianDouble()
{
    std::uint64_t bits = 0;
    for (const char byte : take(sizeof(double)))
        bits = bits << 8U | static_cast<std::uint8_t>(byte);
    return std::bit_cast<double>(bits);
}

std::int64_t PickleCursor::decimal(std::string_view digits) const
{
    std::int64_t value = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (problem != std::errc() || end != digits.data() + digits.size())
        fail("expected an integer of 64 bits, found \"" + std::string(digits.substr(0, 40)) + "\"");
    return value;
}

double PickleCursor::decimalNumber(std::string_view digits) const
{
    double value = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (problem != std::errc() || end != digits.data() + digits.size())
        fail("expected a number, found \"" + std::string(digits.substr(0, 40)) + "\"");
    return value;
}

void PickleCursor::fail(const std::string &what) const
{
    failFile(m_name + ": malformed pickle at byte " + std::to_string(m_position) + ": " + what);
}

std::string unquoted(const PickleCursor &cursor, std::string_view literal)
{
    if (literal.size() < 2 || (literal.front() != '\'' && literal.front() != '"') || literal.front() != literal.back())
        cursor.fail("expected a quoted string");
    literal = literal.substr(1, literal.size() - 2);
    std::string out;
    for (std::size_t i = 0; i < literal.size(); ++i) {
        if (literal[i] != '\\') {
            out += literal[i];
            continue;
        }
        if (++i == literal.size())
            cursor.fail("a string that ends in a backslash");
        if (literal[i] != 'x') {
            out += simpleEscape(cursor, literal[i]);
            continue;
        }
        const auto code = hexAt(literal, i + 1, 2);
        if (!code)
            cursor.fail("expected two hexadecimal digits after \\x");
        out += static_cast<char>(static_cast<std::uint8_t>(*code));
        i += 2;
    }
    return out;
}

std::string fromRawUnicodeEscape(const PickleCursor &cursor, std::string_view literal)
{
    constexpr std::uint32_t kLastCodePoint = 0x10FFFF;
    std::string out;
    for (std::size_t i = 0; i < literal.size(); ++i) {
        const char next = i + 1 < literal.size() ? literal[i + 1] : '\0';
        if (literal[i] != '\\' || (next != 'u' && next != 'U')) {
            appendUtf8(out, static_cast<std::uint8_t>(literal[i])); // the rest is Latin-1
            continue;
        }
        const std::size_t digits = next == 'u' ? 4 : 8;
        const auto point = hexAt(literal, i + 2, digits);
        if (!point || *point > kLastCodePoint)
            cursor.fail(std::string("expected a code point after \\") + next);
        appendUtf8(out, *point);
        i += 1 + digits;
    }
    return out;
}

bool isUtf8(std::string_view text) noexcept
{
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<std::uint8_t>(text[i]);
        const std::size_t length = lead < 0x80                   ? 1
                                   : lead >= 0xC2 && lead < 0xE0 ? 2
                                   : lead >= 0xE0 && lead < 0xF0 ? 3
                                   : lead >= 0xF0 && lead < 0xF5 ? 4
                                                                 : 0;
        if (length == 0 || length > text.size() - i)
            return false;
        for (std::size_t k = 1; k < length; ++k)
            if ((static_cast<std::uint8_t>(text[i + k]) & 0xC0U) != 0x80U)
                return false;
        const auto second = length > 2 ? static_cast<std::uint8_t>(text[i + 1]) : std::uint8_t{0x90};
        if ((lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F))
            return false;
        i += length;
    }
    return true;
}

} // namespace engine::files
