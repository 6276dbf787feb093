// SPDX-License-Identifier: GPL-3.0-or-later
// From files to a pipeline.
#pragma once

#include "text/bpe.h"
#include "text/pipeline.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::text {

inline constexpr std::size_t kLargestVocabularyFile = std::size_t{64} << 20; // bytes
inline constexpr std::size_t kLargestTokenizerFile = std::size_t{256} << 20; // bytes

// vocab.txt: one token a line, the line number is the id. File error for a bad or repeated line.
[[nodiscard]] std::shared_ptr<const Vocabulary> readVocabularyLines(const std::filesystem::path &file);

// {"token": id, …}. Ids are 0 … n−1; those in `elsewhere` may be missing. File error otherwise.
[[nodiscard]] std::shared_ptr<const Vocabulary>
readVocabularyObject(const std::filesystem::path &file, const nlohmann::json &object,
                     const std::map<std::int64_t, std::string> &elsewhere);

// Adds "left right" as the next merge. File error when there are not two parts, or when one of them or what they make
// is not in the vocabulary. `where` names the place in errors.
struct MergeLine {
    std::string_view left;
    std::string_view right;
    std::size_t skipped = 0; // bytes of the right token that the joined one lacks
};
[[nodiscard]] MergeLine splitMerge(const std::string &where, std::string_view line);
void addMerge(BpeMerges &merges, const Vocabulary &vocabulary, const std::string &where, const MergeLine &line);

// added_tokens.json in the order of the ids; empty when there is none.
[[nodiscard]] std::vector<std::pair<std::string, std::int64_t>> readAddedTokens(const std::filesystem::path &file);

// tokenizer.json, as the Rust library reads it. A part that is not supported is a File error that names it.
[[nodiscard]] Pipeline buildFromJson(const std::filesystem::path &directory, const TokenizerSpec &spec);

} // namespace engine::text
