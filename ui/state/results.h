// SPDX-License-Identifier: GPL-3.0-or-later
// What several kinds of results have in common.
#pragma once

#include "engine/task.h"

#include <variant>

namespace ui {

// What was written, by whatever task wrote; null: nothing was.
[[nodiscard]] inline const engine::GenerationResult *generationIn(const engine::TaskResult &result)
{
    if (const auto *rag = std::get_if<engine::RagResult>(&result.payload))
        return &rag->generation;
    return std::get_if<engine::GenerationResult>(&result.payload);
}

} // namespace ui
