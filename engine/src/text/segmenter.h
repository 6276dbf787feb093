// SPDX-License-Identifier: GPL-3.0-or-later
// Cuts special and added tokens out of a text before anything else looks at it.
#pragma once

#include "text/stages.h"
#include "text/token_trie.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace engine::text {

// A special or added token, with what the files say about it.
struct AddedToken {
    std::string content;
    bool stripsLeft = false; // takes the white space on its left with it
    bool stripsRight = false;
    bool isSingleWord = false; // only where no letter touches it
    bool isNormalized = true;  // looked for in the normalised text
    bool isSpecial = false;
    bool isPlain = false; // the file gave a bare string: the Python classes strip on both sides then
};

struct Segment {
    NormalizedText text;                 // never empty
    std::optional<std::int64_t> id = {}; // of the token that this is; empty: ordinary text
};

class Segmenter {
public:
    virtual ~Segmenter() = default;
    [[nodiscard]] virtual std::vector<Segment> cut(NormalizedText text) const = 0;
};

// A space in front of a text, before special tokens are cut out of it.
enum class PrefixSpace {
    Never,
    Always,      // even of an empty text
    BeforeWords, // where the text begins with something else than white space
};

// The Python classes: prefix space, lowercase outside the tokens, longest token from the left, strip, all in this
// order.
class LegacySegmenter final : public Segmenter {
public:
    struct Token {
        std::u32string content;
        std::int64_t id = 0;
        bool stripsLeft = false;
        bool stripsRight = false;
    };
    struct Options {
        PrefixSpace prefix = PrefixSpace::Never;
        bool lowersCase = false;
        std::vector<Token> tokens;
    };
    explicit LegacySegmenter(Options options);
    [[nodiscard]] std::vector<Segment> cut(NormalizedText text) const override;

private:
    [[nodiscard]] NormalizedText lowered(const NormalizedText &text) const;

    Options m_options;
    TokenTrie m_trie;
};

// The Rust library: tokens of the raw text, then normalisation of what is left, then tokens of the normalised text.
class JsonSegmenter final : public Segmenter {
public:
    struct Token {
        AddedToken token;
        std::int64_t id = 0;
    };
    JsonSegmenter(const std::vector<Token> &tokens, std::shared_ptr<const Normalizer> normalizer);
    [[nodiscard]] std::vector<Segment> cut(NormalizedText text) const override;

private:
    struct Matcher {
        std::vector<Token> tokens;
        TokenTrie trie;
        void cut(const NormalizedText &text, std::vector<Segment> &segments) const;
    };
    Matcher m_raw;
    Matcher m_normalized;
    std::shared_ptr<const Normalizer> m_normalizer;
};

} // namespace engine::text
