// SPDX-License-Identifier: GPL-3.0-or-later
// The Moses tokenizer (Koehn et al. 2007), as its Python port does it: words, punctuation marks and abbreviations.
#pragma once

#include "text/moses_prefixes.h"
#include "text/stages.h"

#include <string>
#include <string_view>
#include <vector>

namespace engine::text {

class MosesTokenizer final : public PreTokenizer {
public:
    struct Options {
        std::string language = "en"; // one of mosesLanguages()
        bool splitsHyphens = false;  // "a-b" becomes "a @-@ b"
        // Stay in one piece, whatever their case.
        std::vector<std::u32string> protectedTokens = {};
    };
    explicit MosesTokenizer(const Options &options);

    // The text is rewritten to its words with a space between them.
    [[nodiscard]] std::vector<Word> split(NormalizedText &text) const override;

private:
    enum class Apostrophes { English, French, Other };

    void protect(NormalizedText &text) const;
    [[nodiscard]] std::size_t protectedLength(const NormalizedText &text, std::size_t at) const;
    void splitApostrophes(NormalizedText &text) const;
    void splitFinalDots(NormalizedText &text) const;
    [[nodiscard]] bool keepsDot(std::span<const Character> prefix, std::span<const Character> next) const;

    const MosesPrefixes *m_prefixes;
    Apostrophes m_apostrophes = Apostrophes::Other;
    bool m_splitsHyphens;
    std::vector<std::u32string> m_protectedTokens; // case-folded
};

} // namespace engine::text
