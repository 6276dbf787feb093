// SPDX-License-Identifier: GPL-3.0-or-later
#include "files/config.h"

#include "engine/error.h"
#include "files/json_text.h"
#include "files/mapped_file.h"

#include <nlohmann/json.hpp>

#include <charconv>
#include <limits>

namespace engine::files {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{16} << 20U;
constexpr std::int64_t kMaxLabels = std::int64_t{1} << 20;

// The value of the key, or null when it is absent or null.
const nlohmann::json *lookUp(const nlohmann::json &object, std::string_view key)
{
    const auto it = object.find(key);
    return it == object.end() || it->is_null() ? nullptr : &*it;
}

} // namespace

Config::Config(std::filesystem::path file, std::shared_ptr<const nlohmann::json> json)
    : m_file(std::move(file)), m_json(std::move(json))
{
}

Config Config::read(const std::filesystem::path &file)
{
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored))
        failFile(file.string() + ": missing");
    return fromText(file, readText(file, kMaxBytes));
}

Config Config::fromText(const std::filesystem::path &nameForErrors, std::string_view json)
{
    if (json.empty())
        failFile(nameForErrors.string() + ": expected a JSON object, found an empty file");
    auto parsed = std::make_shared<const nlohmann::json>(parseJson(nameForErrors, json));
    if (!parsed->is_object())
        failFile(nameForErrors.string() + ": expected a JSON object, found " + describe(*parsed));
    return {nameForErrors, std::move(parsed)};
}

bool Config::has(std::string_view key) const
{
    return lookUp(*m_json, key) != nullptr;
}

std::int64_t Config::integer(std::string_view key, std::int64_t fallback) const
{
    return optionalInteger(key).value_or(fallback);
}

std::int64_t Config::integer(std::string_view key, std::int64_t fallback, std::int64_t minimum,
                             std::int64_t maximum) const
{
    const std::int64_t value = integer(key, fallback);
    if (value < minimum || value > maximum)
        fail(key, "an integer from " + std::to_string(minimum) + " to " + std::to_string(maximum),
             std::to_string(value));
    return value;
}

std::optional<std::int64_t> Config::optionalInteger(std::string_view key) const
{
    const auto *value = lookUp(*m_json, key);
    if (!value)
        return std::nullopt;
    if (!value->is_number_integer())
        fail(key, "an integer", describe(*value));
    if (value->is_number_unsigned() &&
        value->get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        fail(key, "an integer of 64 bits", describe(*value));
    return value->get<std::int64_t>();
}

double Config::number(std::string_view key, double fallback) const
{
    const auto *value = lookUp(*m_json, key);
    if (!value)
        return fallback;
    if (!value->is_number())
        fail(key, "a number", describe(*value));
    return value->get<double>();
}

bool Config::boolean(std::string_view key, bool fallback) const
{
    const auto *value = lookUp(*m_json, key);
    if (!value)
        return fallback;
    if (!value->is_boolean())
        fail(key, "true or false", describe(*value));
    return value->get<bool>();
}

std::string Config::text(std::string_view key, std::string_view fallback) const
{
    const auto *value = lookUp(*m_json, key);
    if (!value)
        return std::string(fallback);
    if (!value->is_string())
        fail(key, "a string", describe(*value));
    return value->get<std::string>();
}

std::vector<std::string> Config::texts(std::string_view key) const
{
    const auto *value = lookUp(*m_json, key);
    std::vector<std::string> out;
    if (!value)
        return out;
    if (!value->is_array())
        fail(key, "a list of strings", describe(*value));
    for (const auto &item : *value) {
        if (!item.is_string())
            fail(key, "a list of strings", "in it " + describe(item));
        out.push_back(item.get<std::string>());
    }
    return out;
}

std::vector<std::int64_t> Config::integers(std::string_view key, const std::vector<std::int64_t> &fallback,
                                           const Range &range) const
{
    const auto *value = lookUp(*m_json, key);
    if (!value)
        return fallback;
    const std::string expected =
        "a list of whole numbers from " + std::to_string(range.minimum) + " to " + std::to_string(range.maximum);
    std::vector<std::int64_t> out;
    for (const auto &item : value->is_array() ? *value : nlohmann::json::array({*value})) {
        if (!item.is_number_integer() || item < range.minimum || item > range.maximum)
            fail(key, expected, "in it " + describe(item));
        out.push_back(item.get<std::int64_t>());
    }
    return out;
}

std::vector<bool> Config::booleans(std::string_view key) const
{
    const auto *value = lookUp(*m_json, key);
    std::vector<bool> out;
    if (!value)
        return out;
    for (const auto &item : value->is_array() ? *value : nlohmann::json::array({*value})) {
        if (!item.is_boolean())
            fail(key, "true, false or a list of them", describe(item));
        out.push_back(item.get<bool>());
    }
    return out;
}

std::vector<std::string> Config::labels() const
{
    const auto *map = lookUp(*m_json, "id2label");
    std::vector<std::string> out;
    if (!map) {
        const auto count = integer("num_labels", 2, 1, kMaxLabels);
        for (std::int64_t i = 0; i < count; ++i)
            out.push_back("LABEL_" + std::to_string(i));
        return out;
    }
    if (!map->is_object() || map->empty())
        fail("id2label", "an object of labels by id", map->empty() ? "nothing in it" : describe(*map));
    const std::string expected = "the ids 0 to " + std::to_string(map->size() - 1);
    out.resize(map->size());
    std::vector<bool> seen(map->size());
    for (const auto &[key, label] : map->items()) {
        std::size_t id = 0;
        const auto [end, problem] = std::from_chars(key.data(), key.data() + key.size(), id);
        if (problem != std::errc() || end != key.data() + key.size() || id >= out.size() || seen[id])
            fail("id2label", expected, "\"" + key + "\"");
        if (!label.is_string())
            fail("id2label", "a string for id " + key, describe(label));
        seen[id] = true;
        out[id] = label.get<std::string>();
    }
    return out;
}

void Config::fail(std::string_view key, std::string_view expected, std::string_view found) const
{
    failFile(m_file.string() + ": " + std::string(key) + ": expected " + std::string(expected) + ", found " +
             std::string(found));
}

} // namespace engine::files
