// SPDX-License-Identifier: GPL-3.0-or-later
#include "files/json_text.h"

#include "engine/error.h"

#include <nlohmann/json.hpp>

#include <string>
#include <unordered_set>

namespace engine::files {
namespace {

constexpr int kMaxDepth = 512;

// The library puts "[json.exception.parse_error.101] " in front of its messages.
std::string withoutTag(const std::string &message)
{
    const auto end = message.find("] ");
    return message.starts_with('[') && end != std::string::npos ? message.substr(end + 2) : message;
}

} // namespace

nlohmann::json parseJson(const std::filesystem::path &nameForErrors, std::string_view text, DuplicateKeys duplicates)
{
    std::unordered_set<std::string> keys;
    const auto watch = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json &parsed) {
        if (depth > kMaxDepth)
            failFile(nameForErrors.string() + ": not valid JSON: nested deeper than " + std::to_string(kMaxDepth) +
                     " levels");
        if (duplicates == DuplicateKeys::Refused && depth == 1 && event == nlohmann::json::parse_event_t::key &&
            !keys.insert(parsed.get_ref<const std::string &>()).second)
            failFile(nameForErrors.string() + ": the name " + parsed.get<std::string>() + " occurs twice");
        return true;
    };
    try {
        return nlohmann::json::parse(text.begin(), text.end(), watch);
    } catch (const nlohmann::json::exception &e) {
        failFile(nameForErrors.string() + ": not valid JSON: " + withoutTag(e.what()));
    }
}

std::string describe(const nlohmann::json &value)
{
    constexpr std::size_t kMaxShown = 60;
    switch (value.type()) {
    case nlohmann::json::value_t::object:
        return "an object";
    case nlohmann::json::value_t::array:
        return "a list";
    case nlohmann::json::value_t::string: {
        const auto &text = value.get_ref<const std::string &>();
        return text.size() > kMaxShown ? "a string of " + std::to_string(text.size()) + " bytes"
                                       : "the string \"" + text + "\"";
    }
    case nlohmann::json::value_t::null:
        return "null";
    default:
        return value.dump(); // numbers and booleans
    }
}

} // namespace engine::files
