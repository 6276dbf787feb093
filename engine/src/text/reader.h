// SPDX-License-Identifier: GPL-3.0-or-later
// Texts of a reader, which looks for the answer to a question in passages (Karpukhin et al. 2020).
#pragma once

#include "engine/tokenizer.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace engine::text {

struct ReaderPassage {
    std::string question;
    std::string title;
    std::string text;
};

// [CLS] question [SEP] title [SEP] text, without a separator at the end; the attention mask is 0 wherever a pad token
// stands. With a truncation the whole row is cut at its end. Sequences: 0 question, 1 title, 2 text.
[[nodiscard]] Encoding encodePassage(const Tokenizer &tokenizer, const ReaderPassage &passage,
                                     const EncodeOptions &options);

// What the reader said about one passage: a logit for each of its tokens.
struct ReaderScores {
    std::span<const std::int64_t> ids;
    std::span<const float> start;
    std::span<const float> end;
    float relevance = 0;
};

struct AnswerSpan {
    double score = 0; // start + end
    double relevance = 0;
    std::size_t passage = 0;
    std::size_t begin = 0; // first and last token
    std::size_t last = 0;
    std::string text;
};

struct SpanOptions {
    std::size_t spans = 16;
    std::size_t longestAnswer = 64; // tokens
    std::size_t spansOfPassage = 4;
};

// The best spans behind the question, passages by falling relevance: a span that contains a better one of its passage,
// or is contained in one, is left out. Argument error when a row has no separator or a logit is missing.
[[nodiscard]] std::vector<AnswerSpan> bestSpans(const Tokenizer &tokenizer, std::span<const ReaderScores> passages,
                                                const SpanOptions &options);

} // namespace engine::text
