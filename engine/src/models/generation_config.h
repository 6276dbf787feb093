// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/generation.h"
#include "files/config.h"

#include <filesystem>

namespace engine::models {

// generation_config.json where it exists, and config.json for what it leaves out (older checkpoints).
[[nodiscard]] GenerationOptions generationDefaults(const std::filesystem::path &directory, const files::Config &config);

} // namespace engine::models
