// SPDX-License-Identifier: GPL-3.0-or-later
// A part of tokenizer.json with its place in the file, so that every error names it.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace engine::text {

class JsonPart {
public:
    // `file` and `value` have to outlive the part.
    JsonPart(const std::filesystem::path &file, std::string name, const nlohmann::json &value);

    [[nodiscard]] const nlohmann::json &value() const { return m_value; }
    [[nodiscard]] const std::filesystem::path &file() const { return m_file; }
    [[nodiscard]] const std::string &name() const { return m_name; }

    [[noreturn]] void fail(const std::string &message) const; // File error "FILE: NAME: message"
    [[noreturn]] void failType(const std::string &type) const;

    // A member of an object; null when it is absent.
    [[nodiscard]] JsonPart at(const std::string &key) const;
    [[nodiscard]] bool isNull() const;

    // The value as what it has to be: File error when it is something else.
    [[nodiscard]] std::vector<JsonPart> list() const;
    [[nodiscard]] const std::string &text() const;
    [[nodiscard]] std::string text(std::string_view fallback) const; // for null
    [[nodiscard]] bool boolean(bool fallback) const;                 // for null
    [[nodiscard]] std::int64_t integer() const;                      // of at most 40 bits
    [[nodiscard]] std::int64_t integer(std::int64_t minimum, std::int64_t maximum) const;
    [[nodiscard]] double number() const;
    [[nodiscard]] char32_t character() const; // a text of one code point
    [[nodiscard]] std::string type() const;   // "(none)" when it has none

private:
    const std::filesystem::path &m_file;
    std::string m_name;
    const nlohmann::json &m_value;
};

} // namespace engine::text
