// SPDX-License-Identifier: GPL-3.0-or-later
// JSON with bounds: nothing nested so deep that a later walk could run out of stack.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace engine::files {

enum class DuplicateKeys { LastWins, Refused }; // in the outermost object

// A whole JSON document in UTF-8. File error "FILE: not valid JSON: …" when it is malformed or nested deeper than
// 512 levels; File error for a key that occurs twice where that is refused.
[[nodiscard]] nlohmann::json parseJson(const std::filesystem::path &nameForErrors, std::string_view text,
                                       DuplicateKeys duplicates = DuplicateKeys::LastWins);

// What kind of value it is, as a person says it: "the string "abc"", "a list", "the number 3".
[[nodiscard]] std::string describe(const nlohmann::json &value);

} // namespace engine::files
