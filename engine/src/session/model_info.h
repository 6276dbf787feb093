// SPDX-License-Identifier: GPL-3.0-or-later
// From a path to a family, and from a checkpoint to the numbers of its model card.
#pragma once

#include "checkpoint/weights.h"
#include "engine/session.h"
#include "files/config.h"
#include "models/family.h"
#include "models/headed_model.h"

#include <filesystem>
#include <vector>

namespace engine::session {

struct Opened {
    std::filesystem::path directory;
    files::Config config;
    const models::Family *family; // never null
};

// The checkpoint directory that `path` means (itself, or the one of a file in it), its config.json and family.
// File error: no such path, no config.json, no model_type, a model_type that no family has.
[[nodiscard]] Opened open(const std::filesystem::path &path);

// heads/<task> folders with a config.json, sorted.
[[nodiscard]] std::vector<std::filesystem::path> headDirectories(const std::filesystem::path &directory);

// What config and file headers tell.
[[nodiscard]] ModelInfo describe(const Opened &opened, const checkpoint::Weights &weights);

// Adds the parameters that were bound, in groups, and what lay unused.
void addBound(ModelInfo &info, const checkpoint::Weights &weights, const models::Family &family);

// The tasks of these heads, in the family's order.
[[nodiscard]] std::vector<TaskKind> tasksInOrder(const std::vector<models::HeadedModel::BoundHead> &heads,
                                                 const models::Family &family);

} // namespace engine::session
