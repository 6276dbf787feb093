// SPDX-License-Identifier: GPL-3.0-or-later
// The bytes of a pickle, read front to back and never beyond the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace engine::files {

class PickleCursor {
public:
    PickleCursor(std::string nameForErrors, std::span<const std::byte> bytes)
        : m_name(std::move(nameForErrors)),
          m_text(reinterpret_cast<const char *>(bytes.data()), bytes.size()) // NOLINT: bytes as characters
    {
    }

    [[nodiscard]] std::size_t position() const noexcept { return m_position; }
    [[nodiscard]] std::size_t remaining() const noexcept { return m_text.size() - m_position; }

    [[nodiscard]] std::uint8_t byte() { return static_cast<std::uint8_t>(take(1)[0]); }
    [[nodiscard]] std::string_view take(std::uint64_t count);
    [[nodiscard]] std::string_view line(); // without the newline, which is consumed
    // Little-endian, `width` bytes.
    [[nodiscard]] std::uint64_t littleEndian(std::size_t width);
    // A length of `width` bytes and as many bytes of content.
    [[nodiscard]] std::string_view counted(std::size_t width) { return take(littleEndian(width)); }
    [[nodiscard]] double bigEndianDouble();
    // Decimal digits up to the end of the line.
    [[nodiscard]] std::int64_t decimal(std::string_view digits) const;
    [[nodiscard]] double decimalNumber(std::string_view digits) const;

    // File error "NAME: malformed pickle at byte N: WHAT".
    [[noreturn]] void fail(const std::string &what) const;

private:
    std::string m_name;
    std::string_view m_text;
    std::size_t m_position = 0;
};

// "'a\\n'" as protocol 0 writes strings, without the quotes and escapes.
[[nodiscard]] std::string unquoted(const PickleCursor &cursor, std::string_view literal);
// The raw-unicode-escape encoding of protocol 0, as UTF-8.
[[nodiscard]] std::string fromRawUnicodeEscape(const PickleCursor &cursor, std::string_view literal);
// UTF-8 as Python writes it: lone surrogates are allowed.
[[nodiscard]] bool isUtf8(std::string_view text) noexcept;

} // namespace engine::files
