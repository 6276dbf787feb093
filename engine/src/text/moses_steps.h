// SPDX-License-Identifier: GPL-3.0-or-later
// Moses' punctuation normaliser and tokenizer with the steps that model families put around them.
#pragma once

#include "text/moses_punctuation.h"
#include "text/moses_tokenizer.h"
#include "text/stages.h"

#include <optional>

namespace engine::text {

class MosesSteps final : public PreTokenizer {
public:
    // In the order in which they happen.
    struct Options {
        bool composes = false; // `` and '' are quotes, then NFC
        bool lowersText = false;
        bool replacesPunctuation = false;       // East Asian punctuation, and control and unassigned characters go
        bool foldsRomanian = false;             // letters with a comma, a breve or a circumflex to plain ones
        MosesTokenizer::Options tokenizer = {}; // its language is that of the punctuation as well
        bool lowersWords = false;               // and takes their accents away
        bool splitsNumbers = false;             // "1,5" is "1 @,@ 5"
        bool looksUpWords = false;              // words are tokens, not made of pieces
    };
    explicit MosesSteps(Options options);
    [[nodiscard]] std::vector<Word> split(NormalizedText &text) const override;

private:
    Options m_options;
    MosesPunctuation m_punctuation;
    MosesTokenizer m_tokenizer;
};

} // namespace engine::text
