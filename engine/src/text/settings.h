// SPDX-License-Identifier: GPL-3.0-or-later
// tokenizer_config.json and special_tokens_map.json, over the defaults of the family.
#pragma once

#include "engine/encoding.h"
#include "files/config.h"
#include "text/load.h"
#include "text/segmenter.h"

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace engine::text {

struct SpecialToken {
    std::string name; // "unk_token"; empty for one of additional_special_tokens
    AddedToken token;
    bool isStated = false; // by a file, not by the family's defaults
};

struct Settings {
    // tokenizer_config.json; empty where that is missing
    files::Config config = files::Config::fromText("tokenizer_config.json", "{}");
    std::vector<SpecialToken> special; // in the reference's order: bos, eos, unk, sep, pad, cls, mask, additional ones
    std::optional<std::int64_t> modelMaxLength = {};
    Side paddingSide = Side::Right;
    std::int64_t padTypeId = 0;
    bool cleansUp = true;
    std::vector<std::string> modelInputNames;

    [[nodiscard]] const AddedToken *find(std::string_view name) const;
};

// File error when a file is bad or a setting has the wrong type or an unknown value.
[[nodiscard]] Settings readSettings(const std::filesystem::path &directory, const TokenizerSpec &spec);

// A token of a JSON file: a string, or an object with "content" and flags. `what` names it in errors.
[[nodiscard]] AddedToken readAddedToken(const files::Config &source, std::string_view what,
                                        const nlohmann::json &value);

// Optional boolean: absent and null are empty.
[[nodiscard]] std::optional<bool> optionalBoolean(const files::Config &config, std::string_view key);

} // namespace engine::text
