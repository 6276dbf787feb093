// SPDX-License-Identifier: GPL-3.0-or-later
// Models and indexes that runs over passages need beside the model that runs.
#pragma once

#include "engine/passage_index.h"
#include "engine/session.h"

#include <filesystem>
#include <map>
#include <memory>

namespace engine {

// Opens what requests name by folders and keeps the last of each, so that the next run finds them open. Belongs to one
// thread.
class Companions {
public:
    explicit Companions(LoadOptions options = {}) : m_options(options) {}

    // Fills the pointers whose folders are named; an index folder that is none is read as a file or folder of
    // passages. Without passages and without an index, that which the model's own folder carries is taken, if there is
    // one. Throws as openModel(), PassageIndex::open() and readPassages() do.
    void open(RetrievalRequest &request, const LoadedModel &model, const RunControl &control);

private:
    struct OpenIndex {
        std::filesystem::path folder = {};
        std::filesystem::file_time_type changed = {};
        std::shared_ptr<const PassageIndex> index = {};
    };
    [[nodiscard]] std::shared_ptr<const PassageIndex> index(const std::filesystem::path &folder);
    void take(const std::filesystem::path &folder, std::shared_ptr<const LoadedModel> &model,
              const RunControl &control);

    LoadOptions m_options;
    std::map<std::filesystem::path, std::shared_ptr<const LoadedModel>> m_models;
    OpenIndex m_index;
};

// A checkpoint for the task in a folder below the model's ("passage_encoder"), or next to it, an encoder only of the
// model's width; empty: there is none.
[[nodiscard]] std::filesystem::path companionBeside(const ModelInfo &info, TaskKind task);

} // namespace engine
