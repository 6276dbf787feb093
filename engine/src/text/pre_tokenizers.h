// SPDX-License-Identifier: GPL-3.0-or-later
// The small pre-tokenisers of tokenizer.json.
#pragma once

#include "text/pattern.h"
#include "text/stages.h"

#include <functional>
#include <memory>
#include <vector>

namespace engine::text {

// What becomes of the matches that a text is split at.
enum class Delimiters { Removed, Isolated, Contiguous, MergedWithPrevious, MergedWithNext };

// The words that `spans` leave.
[[nodiscard]] std::vector<Word> wordsOf(const std::vector<Span> &spans, Delimiters delimiters);

// One after the other, each on the words that the one before left.
class PreTokenizerSequence final : public PreTokenizer {
public:
    explicit PreTokenizerSequence(std::vector<std::unique_ptr<const PreTokenizer>> parts) : m_parts(std::move(parts)) {}
    [[nodiscard]] std::vector<Word> split(NormalizedText &text) const override;

private:
    std::vector<std::unique_ptr<const PreTokenizer>> m_parts;
};

// The text as one word.
class WholeText final : public PreTokenizer {
public:
    [[nodiscard]] std::vector<Word> split(NormalizedText &text) const override;
};

// At characters for which a condition holds.
class CharacterSplitter final : public PreTokenizer {
public:
    using Condition = bool (*)(char32_t);
    CharacterSplitter(Condition condition, Delimiters delimiters) : m_condition(condition), m_delimiters(delimiters) {}
    [[nodiscard]] std::vector<Word> split(NormalizedText &text) const override;

private:
    Condition m_condition;
    Delimiters m_delimiters;
};

class PatternSplitter final : public PreTokenizer {
public:
    struct Options {
        Delimiters delimiters = Delimiters::Isolated;
        bool isInverted = false; // at what the pattern does not match
    };
    PatternSplitter(std::unique_ptr<const Pattern> pattern, Options options)
        : m_pattern(std::move(pattern)), m_options(options)
    {
    }
    [[nodiscard]] std::vector<Word> split(NormalizedText &text) const override;

private:
    std::unique_ptr<const Pattern> m_pattern;
    Options m_options;
};

// Runs of word characters and runs of what is neither that nor white space: \w+|[^\w\s]+
class WordSplitter final : public PreTokenizer {
public:
    [[nodiscard]] std::vector<Word> split(NormalizedText &text) const override;
};

// SentencePiece's marks: each space becomes `replacement`, each of which begins a word.
class MetaspacePreTokenizer final : public PreTokenizer {
public:
    struct Options {
        char32_t replacement = U'\u2581';
        bool addsPrefix = true; // in front of a text that does not begin with it
    };
    explicit MetaspacePreTokenizer(Options options) : m_options(options) {}
    [[nodiscard]] std::vector<Word> split(NormalizedText &text) const override;

private:
    Options m_options;
};

} // namespace engine::text
