// SPDX-License-Identifier: GPL-3.0-or-later
// Pieces of the JSON document of a result.
#pragma once

#include "engine/task.h"

#include <nlohmann/json.hpp>

namespace engine::session {

using Json = nlohmann::ordered_json;

[[nodiscard]] Json rowsOf(const Tensor &tensor); // (rows, columns) → list of lists, (columns) → list, null → null
[[nodiscard]] Json encodingOf(const Encoding &encoding);

[[nodiscard]] Json payloadOf(const GenerationResult &payload, const TaskResult &result);
[[nodiscard]] Json payloadOf(const EmbeddingResult &payload, const TaskResult &result);
[[nodiscard]] Json payloadOf(const ReadingResult &payload, const TaskResult &result);
[[nodiscard]] Json payloadOf(const RagResult &payload, const TaskResult &result);

} // namespace engine::session
