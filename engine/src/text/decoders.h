// SPDX-License-Identifier: GPL-3.0-or-later
// tokenizer.json's decoders: each changes the list of tokens, whose texts in the end stand one behind the other.
#pragma once

#include "text/pattern.h"
#include "text/stages.h"

#include <memory>
#include <string>
#include <vector>

namespace engine::text {

class DecoderStep {
public:
    virtual ~DecoderStep() = default;
    virtual void apply(std::vector<std::string> &tokens) const = 0;
};

class StepDecoder final : public Decoder {
public:
    explicit StepDecoder(std::vector<std::unique_ptr<const DecoderStep>> steps) : m_steps(std::move(steps)) {}
    [[nodiscard]] std::string decode(const std::vector<std::string_view> &tokens) const override;

private:
    std::vector<std::unique_ptr<const DecoderStep>> m_steps;
};

// A space between any two tokens: no decoder at all.
class SpaceStep final : public DecoderStep {
public:
    void apply(std::vector<std::string> &tokens) const override;
};

// A space before each token but the first and those with the prefix, then a clean-up of spaces before punctuation
// inside each token.
class WordPieceStep final : public DecoderStep {
public:
    struct Options {
        std::string prefix = "##";
        bool cleansUp = true;
    };
    explicit WordPieceStep(Options options) : m_options(std::move(options)) {}
    void apply(std::vector<std::string> &tokens) const override;

private:
    Options m_options;
};

class ByteLevelStep final : public DecoderStep {
public:
    void apply(std::vector<std::string> &tokens) const override;
};

// SentencePiece's marks become spaces; those of the first token go.
class MetaspaceStep final : public DecoderStep {
public:
    struct Options {
        std::string replacement = "\u2581";
        bool addsPrefix = true; // false: those of the first token stay too
    };
    explicit MetaspaceStep(Options options) : m_options(std::move(options)) {}
    void apply(std::vector<std::string> &tokens) const override;

private:
    Options m_options;
};

// The end of a word becomes a space, but for the last token.
class SuffixStep final : public DecoderStep {
public:
    explicit SuffixStep(std::string suffix) : m_suffix(std::move(suffix)) {}
    void apply(std::vector<std::string> &tokens) const override;

private:
    std::string m_suffix;
};

class ReplaceStep final : public DecoderStep {
public:
    ReplaceStep(std::unique_ptr<const Pattern> pattern, std::string content)
        : m_pattern(std::move(pattern)), m_content(std::move(content))
    {
    }
    void apply(std::vector<std::string> &tokens) const override;

private:
    std::unique_ptr<const Pattern> m_pattern;
    std::string m_content;
};

// All tokens become one.
class FuseStep final : public DecoderStep {
public:
    void apply(std::vector<std::string> &tokens) const override;
};

// Up to so many times a character at the ends of each token goes.
class StripStep final : public DecoderStep {
public:
    struct Options {
        char32_t character = U' ';
        std::size_t atStart = 0;
        std::size_t atEnd = 0;
    };
    explicit StripStep(Options options) : m_options(options) {}
    void apply(std::vector<std::string> &tokens) const override;

private:
    Options m_options;
};

// Runs of "<0xE2>" and the like become the text that their bytes are; one U+FFFD a byte where they are none.
class ByteFallbackStep final : public DecoderStep {
public:
    void apply(std::vector<std::string> &tokens) const override;
};

} // namespace engine::text
