// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/json_part.h"

#include "engine/error.h"
#include "files/json_text.h"
#include "text/unicode.h"

#include <nlohmann/json.hpp>

namespace engine::text {

using Json = nlohmann::json;

JsonPart::JsonPart(const std::filesystem::path &file, std::string name, const Json &value)
    : m_file(file), m_name(std::move(name)), m_value(value)
{
}

void JsonPart::fail(const std::string &message) const
{
    failFile(m_file.string() + ": " + m_name + ": " + message);
}

void JsonPart::failType(const std::string &type) const
{
    failFile(m_file.string() + ": " + m_name + " of type " + type + " is not supported");
}

JsonPart JsonPart::at(const std::string &key) const
{
    static const Json kNull;
    if (!m_value.is_object())
        fail("expected an object, found " + files::describe(m_value));
    const auto found = m_value.find(key);
    return {m_file, m_name.empty() ? key : m_name + "." + key, found == m_value.end() ? kNull : *found};
}

bool JsonPart::isNull() const
{
    return m_value.is_null();
}

std::vector<JsonPart> JsonPart::list() const
{
    if (!m_value.is_array())
        fail("expected a list, found " + files::describe(m_value));
    std::vector<JsonPart> parts;
    parts.reserve(m_value.size());
    for (const Json &value : m_value)
        parts.emplace_back(m_file, m_name + "[" + std::to_string(parts.size()) + "]", value);
    return parts;
}

const std::string &JsonPart::text() const
{
    if (!m_value.is_string())
        fail("expected text, found " + files::describe(m_value));
    return m_value.get_ref<const std::string &>();
}

std::string JsonPart::text(std::string_view fallback) const
{
    return isNull() ? std::string(fallback) : text();
}

bool JsonPart::boolean(bool fallback) const
{
    if (isNull())
        return fallback;
    if (!m_value.is_boolean())
        fail("expected true or false, found " + files::describe(m_value));
    return m_value.get<bool>();
}

std::int64_t JsonPart::integer() const
{
    if (!m_value.is_number_integer() || m_value > Json(std::int64_t{1} << 40))
        fail("expected an integer, found " + files::describe(m_value));
    return m_value.get<std::int64_t>();
}

std::int64_t JsonPart::integer(std::int64_t minimum, std::int64_t maximum) const
{
    const std::int64_t value = integer();
    if (value < minimum || value > maximum)
        fail("expected an integer from " + std::to_string(minimum) + " to " + std::to_string(maximum) + ", found " +
             std::to_string(value));
    return value;
}

double JsonPart::number() const
{
    if (!m_value.is_number())
        fail("expected a number, found " + files::describe(m_value));
    return m_value.get<double>();
}

char32_t JsonPart::character() const
{
    const std::u32string characters = decodeUtf8(text());
    if (characters.size() != 1)
        fail("expected one character, found " + files::describe(m_value));
    return characters.front();
}

std::string JsonPart::type() const
{
    return at("type").text("(none)");
}

} // namespace engine::text
