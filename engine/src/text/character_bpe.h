// SPDX-License-Identifier: GPL-3.0-or-later
// Byte-pair encoding over the characters of a word, as the Rust library's model "BPE" does it.
#pragma once

#include "text/bpe.h"
#include "text/stages.h"
#include "text/vocabulary.h"

#include <array>
#include <memory>
#include <optional>
#include <string>

namespace engine::text {

class CharacterBpe final : public SubwordModel {
public:
    struct Options {
        std::optional<std::int64_t> unknown = {}; // empty: characters that the vocabulary lacks are left out
        std::string prefix = {};                  // of every character but the first
        std::string suffix = {};                  // of the last character
        bool fusesUnknown = false;                // neighbours become one token
        bool fallsBackToBytes = false;            // "<0xE2>" and so on, where the vocabulary has all bytes
    };
    CharacterBpe(std::shared_ptr<const Vocabulary> vocabulary, BpeMerges merges, Options options);

    void tokenize(std::span<const Character> word, std::vector<Piece> &pieces) const override;
    void weigh(std::span<const Character> word, Weighed &out) const override;
    [[nodiscard]] std::string kind() const override { return "BPE"; }
    [[nodiscard]] std::string display(std::string_view token) const override;

private:
    class Symbols;
    void merge(std::span<const Character> word, std::vector<Piece> &pieces, std::vector<BpeStep> *steps) const;

    std::shared_ptr<const Vocabulary> m_vocabulary;
    BpeMerges m_merges;
    Options m_options;
    std::array<std::int64_t, 256> m_byteIds = {}; // −1: the vocabulary lacks it
};

} // namespace engine::text
