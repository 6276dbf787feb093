// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/generation.h"
#include "files/config.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace engine::models {

struct GenerationSource {
    const std::filesystem::path &directory;
    const files::Config &config;
    GenerationOptions base = {};         // where the files are silent
    const files::Config *part = nullptr; // whose options hold where the model's own are silent; null: no such part
    bool isEncoderDecoder = false;       // lengths count the decoder's start token, and no prompt
};

// generation_config.json where it exists (of config.json only special tokens then), else config.json.
[[nodiscard]] GenerationOptions generationDefaults(const GenerationSource &source);

// The entries of config.json's task_specific_params over `defaults`, then those of `prefixes` (name, prefix) whose
// prefix no entry has.
[[nodiscard]] std::vector<TaskPreset> taskPresets(const GenerationSource &source, const GenerationOptions &defaults,
                                                  const std::vector<std::pair<std::string, std::string>> &prefixes);

} // namespace engine::models
