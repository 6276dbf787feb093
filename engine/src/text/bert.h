// SPDX-License-Identifier: GPL-3.0-or-later
// BERT's cleaning and word splitting, as the Python class and as the Rust library do it.
#pragma once

#include "text/stages.h"

#include <optional>
#include <set>
#include <string>

namespace engine::text {

struct BertOptions {
    bool cleansText = true;
    bool splitsChinese = true;              // a space on both sides of each CJK ideograph
    std::optional<bool> stripsAccents = {}; // empty: as lowersCase
    bool lowersCase = true;

    [[nodiscard]] bool strips() const { return stripsAccents.value_or(lowersCase); }
};

// tokenizer.json's BertNormalizer: unassigned code points stay.
class BertNormalizer final : public Normalizer {
public:
    explicit BertNormalizer(BertOptions options) : m_options(options) {}
    void apply(NormalizedText &text) const override;

private:
    BertOptions m_options;
};

// tokenizer.json's BertPreTokenizer: words between white space, each punctuation mark on its own.
class BertPreTokenizer final : public PreTokenizer {
public:
    [[nodiscard]] std::vector<Word> split(NormalizedText &text) const override;
};

// The Python class's BasicTokenizer: cleaning, white space, case, accents and punctuation, word by word.
class BasicTokenizer final : public PreTokenizer {
public:
    struct Options {
        BertOptions bert;
        std::set<std::u32string> keptWords;  // neither lowercased nor split
        std::set<std::u32string> wholeWords; // of these, looked up as they stand (`never_split`)
    };
    explicit BasicTokenizer(Options options) : m_options(std::move(options)) {}
    [[nodiscard]] std::vector<Word> split(NormalizedText &text) const override;

private:
    void cleanInto(NormalizedText &out, const NormalizedText &text) const;
    void addToken(NormalizedText token, NormalizedText &out, std::vector<Word> &words) const;
    void addWord(std::span<const Character> word, NormalizedText &out, std::vector<Word> &words) const;

    Options m_options;
};

// Words between white space in Python's sense.
class SpacePreTokenizer final : public PreTokenizer {
public:
    [[nodiscard]] std::vector<Word> split(NormalizedText &text) const override;
};

} // namespace engine::text
