// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers of a run as files: what the window and the command line write alike.
#pragma once

#include "engine/explanation.h"
#include "engine/task.h"

#include <filesystem>
#include <optional>
#include <string>

namespace engine {

struct AttentionSelection {
    Stack stack = Stack::Encoder;
    std::optional<int> layer = {}; // empty: all
    std::optional<int> head = {};  // empty: all
    std::int64_t batch = 0;
};

// By extension: .csv (layer,head,query,key,query_token,key_token,weight), .json, .npy (float32, shape
// (layers, heads, query, key)). Argument error for another extension or a selection that does not exist.
void exportAttention(const std::filesystem::path &file, const TaskResult &result, const AttentionSelection &selection);

// .csv (layer,query,key,visible,why) or .json.
void exportMask(const std::filesystem::path &file, const TaskResult &result, const AttentionSelection &selection);

// One vector a text: .csv (text,0,1,…), .json, .npy (float32, (texts, hidden)). Argument error for another extension,
// a result without vectors, or a pooling that the model does not have.
void exportVectors(const std::filesystem::path &file, const TaskResult &result, TextPooling pooling);

// The whole result as one JSON document (what `run --json` prints).
[[nodiscard]] std::string toJson(const TaskResult &result, int indent = 1);

// Every stage as one JSON document (what `tokenize --explain --json` prints).
[[nodiscard]] std::string toJson(const TokenizerExplanation &explanation, int indent = 1);

} // namespace engine
