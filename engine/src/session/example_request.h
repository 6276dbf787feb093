// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/task.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>

namespace engine::session {

// The request that an entry of examples.json or a line of test.jsonl stands for. Throws nlohmann::json::exception when
// a field is missing or of another type; File error when the picture that it names cannot be read from the folder.
[[nodiscard]] TaskRequest exampleRequest(TaskKind task, const nlohmann::json &entry,
                                         const std::filesystem::path &directory);

} // namespace engine::session
