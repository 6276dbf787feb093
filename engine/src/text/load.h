// SPDX-License-Identifier: GPL-3.0-or-later
// Tokenizers from the files that checkpoints carry.
#pragma once

#include "engine/tokenizer.h"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace engine::text {

// What a family says about its tokenizer: the class and the defaults where files are silent. Files win.
enum class TokenizerClass { WordPiece, ByteLevelBpe };

struct TokenizerSpec {
    TokenizerClass kind = TokenizerClass::WordPiece;
    // Defaults of the reference class, used where tokenizer_config.json does not say otherwise.
    bool lowerCase = true;       // WordPiece
    bool addPrefixSpace = false; // byte-level BPE
    // Special tokens by the reference's names ("unk_token" → "[UNK]").
    std::vector<std::pair<std::string, std::string>> specialTokens;
    std::vector<std::string> modelInputNames; // in the reference's order
};

// Legacy files (vocab.txt, vocab.json + merges.txt, added_tokens.json, special_tokens_map.json,
// tokenizer_config.json) where they are there, else tokenizer.json. File error when neither is, or bad.
[[nodiscard]] std::shared_ptr<const Tokenizer> load(const std::filesystem::path &directory, const TokenizerSpec &spec);

// True when the directory holds files that load() could read for this class.
[[nodiscard]] bool hasTokenizer(const std::filesystem::path &directory, const TokenizerSpec &spec);

} // namespace engine::text
