// SPDX-License-Identifier: GPL-3.0-or-later
// Options of runs over passages.
#pragma once

#include "cli/command.h"
#include "engine/retrieval.h"

#include <optional>
#include <string>

namespace app::cli {

struct RetrievalArguments {
    std::string passages;
    std::string index;
    std::string questionEncoder;
    std::string passageEncoder;
    std::string reader;
    std::optional<std::int64_t> documents;
    std::optional<std::size_t> spans;
    std::optional<std::size_t> longestAnswer;
};

void addRetrievalOptions(CLI::App &command, RetrievalArguments &arguments);

// Reads the passages; opens the index and the models that are named.
[[nodiscard]] engine::RetrievalRequest retrievalRequest(const RetrievalArguments &arguments,
                                                        const engine::LoadedModel &model, Context &context);

} // namespace app::cli
