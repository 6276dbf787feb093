// SPDX-License-Identifier: GPL-3.0-or-later
// Which sentences of a source a target leans on: cross-attention, summed by sentence.
#pragma once

#include "engine/encoding.h"
#include "ui/panels/alignment.h"
#include "ui/state/texts.h"

#include <QString>

#include <vector>

namespace ui {

// Sentences of a text by the rules of Unicode (UAX #29), without the white space around them.
[[nodiscard]] std::vector<TextRange> sentencesOf(const QString &text);

struct SentenceMasses {
    std::vector<TextRange> sentences;
    std::vector<double> shares; // one a sentence; what is missing from 1 stands on tokens of no sentence
    double elsewhere = 0.0;     // prefix and special tokens
};
// `source` is what the encoder read, its offsets counting in `text`. Empty without cross-attention.
[[nodiscard]] SentenceMasses sentenceMasses(const QString &text, const engine::Encoding &source,
                                            const Alignment &alignment);

} // namespace ui
