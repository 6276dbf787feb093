// SPDX-License-Identifier: GPL-3.0-or-later
// Tokenizers from the files that checkpoints carry.
#pragma once

#include "engine/tokenizer.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace engine::text {

struct TokenizerSpec;

// Reads a class's legacy files. File error when one is bad.
using LegacyReader =
    std::function<std::shared_ptr<const Tokenizer>(const std::filesystem::path &directory, const TokenizerSpec &spec)>;

// White space that goes with a special token which a file gives as a bare string.
enum class BareToken {
    TakesSpaces,       // on both sides: a plain string to the Python class
    KeepsSpaces,       // the class's constructor wraps it
    TakesSpacesOnLeft, // the same, as most mask tokens
};

struct SpecialTokenSpec {
    std::string name;    // by the reference's names ("unk_token")
    std::string content; // "[UNK]"; empty: there is none unless a file says so
    BareToken bare = BareToken::TakesSpaces;
};

// A tokenizer class of the reference library: its legacy files and the defaults where files are silent. Files win.
struct TokenizerSpec {
    std::vector<std::string> files = {};      // legacy files that have to be there, all of them,
    std::vector<std::string> otherFiles = {}; // or these, if there are any
    LegacyReader read = {};                   // with no `files`: needs none; empty: tokenizer.json alone
    std::vector<SpecialTokenSpec> specialTokens = {};
    std::vector<std::string> additionalTokens = {}; // additional_special_tokens
    // What stands around one text (A) and around two: special tokens by name, a segment other than 0 behind a colon; a
    // question mark behind a token that is left out where the text before it already ends in it; "language": its code.
    std::string single = "A";
    std::string pair = "A B:1";
    std::vector<std::string> languages = {};       // codes that may stand for "language"
    std::string sourceLanguage = {};               // default of src_lang
    std::vector<std::string> modelInputNames = {}; // in the reference's order
    Side paddingSide = Side::Right;
    std::int64_t padTypeId = 0; // segment of padding
};

// Legacy files of the class (with added_tokens.json, special_tokens_map.json and tokenizer_config.json) where they are
// there, else tokenizer.json. The class is the one that tokenizer_config.json or config.json names where the table of
// tokenizer_classes.h has it, else `spec`. File error when no files are there, or bad.
[[nodiscard]] std::shared_ptr<const Tokenizer> load(const std::filesystem::path &directory, const TokenizerSpec &spec);

// True when the directory holds files that load() could read for this class.
[[nodiscard]] bool hasTokenizer(const std::filesystem::path &directory, const TokenizerSpec &spec);

} // namespace engine::text
