// SPDX-License-Identifier: GPL-3.0-or-later
// Where models are looked for on this machine. The environment is read here and nowhere below.
#pragma once

#include "engine/session.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace app {

[[nodiscard]] std::string version(); // "0.1.0"

// MODELARIUM_MINIS; else share/modelarium/minis beside an installed executable; else resources/minis of the
// source tree that this executable was built from.
[[nodiscard]] std::filesystem::path bundledMinis();

// The hub cache folder, when it exists. The first of these that is set decides, as in the reference library:
// HF_HUB_CACHE; HF_HOME/hub; XDG_CACHE_HOME/huggingface/hub; ~/.cache/huggingface/hub.
[[nodiscard]] std::vector<std::filesystem::path> hubCaches();

// `folders`: added by the person.
[[nodiscard]] engine::ModelPlaces modelPlaces(std::vector<std::filesystem::path> folders);

// A path as it was given, or, where there is nothing at that path, the bundled mini of that name.
// Argument error when it is neither, naming the minis that exist.
[[nodiscard]] std::filesystem::path resolveModel(std::string_view pathOrName);

} // namespace app
