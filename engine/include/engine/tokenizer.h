// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/encoding.h"
#include "engine/explanation.h"

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace engine {

// Text to ids and back. Immutable after loading; safe to share between threads.
class Tokenizer {
public:
    virtual ~Tokenizer() = default;

    // `text` is UTF-8; invalid bytes are an Argument error that says at which byte.
    [[nodiscard]] virtual Encoding encode(std::string_view text, const std::optional<std::string> &pair,
                                          const EncodeOptions &options) const = 0;
    // The same text stage by stage. Default: one word, with the tokens that encode() gives.
    [[nodiscard]] virtual TokenizerExplanation explain(std::string_view text) const;
    [[nodiscard]] virtual std::string decode(std::span<const std::int64_t> ids, const DecodeOptions &options) const = 0;

    // What the text falls into before ids are looked up, without special tokens: an unknown piece as it is spelt.
    [[nodiscard]] virtual std::vector<std::string> pieces(std::string_view text, const EncodeOptions &options) const;

    [[nodiscard]] virtual std::string kind() const = 0;                 // "WordPiece", "byte-level BPE", …
    [[nodiscard]] virtual std::int64_t size() const = 0;                // tokens, added ones included
    [[nodiscard]] virtual std::string token(std::int64_t id) const = 0; // "" for an unknown id
    [[nodiscard]] virtual std::optional<std::int64_t> id(std::string_view token) const = 0;
    // "pad_token" → id and so on, under the reference library's names; only those that exist.
    [[nodiscard]] virtual const std::map<std::string, std::int64_t, std::less<>> &specialTokens() const = 0;
    [[nodiscard]] virtual Side paddingSide() const = 0;
    [[nodiscard]] virtual std::int64_t padTypeId() const { return 0; } // segment of padding
    // Fields that the reference class returns: "input_ids", "token_type_ids", "attention_mask".
    [[nodiscard]] virtual const std::vector<std::string> &modelInputNames() const = 0;
    [[nodiscard]] virtual std::optional<std::int64_t> modelMaxLength() const = 0; // empty: unlimited

    // A token as a person reads it ("Ġthe" → " the", "##ing" → "ing").
    [[nodiscard]] virtual std::string display(std::int64_t id) const = 0;

    // A tokenizer that this one consists of, by the name of its folder; null when there is none of that name.
    [[nodiscard]] virtual const Tokenizer *part(std::string_view name) const;

    // The tokenizer of what the model writes, where that is another one than of what it reads.
    [[nodiscard]] virtual const Tokenizer &writer() const { return *this; }

    [[nodiscard]] std::optional<std::int64_t> special(std::string_view name) const; // e.g. special("mask_token")
};

// The encoding with padding: attention mask 0, special tokens mask 1, offset {0, 0}. Its overflow is left alone.
// Argument error when tokens have to be added and the tokenizer has no pad token.
[[nodiscard]] Encoding pad(Encoding encoding, const Tokenizer &tokenizer, const PaddingOptions &options);

} // namespace engine
