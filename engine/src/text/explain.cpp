// SPDX-License-Identifier: GPL-3.0-or-later
// The pipeline once more, stage by stage, for people to look at.
#include "text/pipeline.h"

#include "text/unicode.h"

#include <algorithm>

namespace engine::text {

namespace {

Offset rangeOf(std::span<const Character> characters)
{
    if (characters.empty())
        return {};
    return {.begin = characters.front().begin, .end = characters.back().end};
}

// Edges of the path that the pieces take. Unknown neighbours that became one piece were edges of their own.
bool isChosen(const Weighed::Edge &edge, const std::vector<Piece> &pieces)
{
    return std::ranges::any_of(pieces, [&](const Piece &piece) {
        const bool isThePiece = piece.begin == edge.begin && piece.end == edge.end;
        const bool isPartOfIt = edge.end == edge.begin + 1 && piece.begin <= edge.begin && edge.end <= piece.end;
        return piece.id == edge.id && (isThePiece || isPartOfIt);
    });
}

// The words as one text again. Some pre-tokenizers drop the white space between words: one space stands for it.
std::string normalizedText(const NormalizedText &text, const std::vector<Word> &words)
{
    const std::span all(text);
    std::string out;
    std::size_t at = 0;
    for (const Word &word : words) {
        const bool isDropped = at > 0 && word.begin == at && word.begin < word.end && text[at - 1].end < text[at].begin;
        out += isDropped ? " " : utf8(all.subspan(at, word.begin - at));
        out += utf8(all.subspan(word.begin, word.end - word.begin));
        at = word.end;
    }
    return out + utf8(all.subspan(at));
}

} // namespace

ExplainedWord PipelineTokenizer::explainWord(std::span<const Character> characters, bool isWhole) const
{
    ExplainedWord out{.text = utf8(characters), .offset = rangeOf(characters)};
    std::vector<Piece> pieces;
    if (isWhole) {
        std::optional<std::int64_t> found = id(out.text);
        if (!found)
            found = m_pipeline.unknown;
        if (found)
            pieces.push_back({.id = *found, .begin = 0, .end = static_cast<std::uint32_t>(characters.size())});
    } else {
        Weighed weighed;
        m_pipeline.model->tokenize(characters, pieces);
        m_pipeline.model->weigh(characters, weighed);
        for (const Weighed::Merge &merge : weighed.merges)
            out.merges.push_back({.left = merge.left, .right = merge.right, .rank = merge.rank});
        for (const Weighed::Edge &edge : weighed.edges)
            out.lattice.push_back({.id = edge.id,
                                   .token = token(edge.id),
                                   .score = edge.score,
                                   .begin = edge.begin,
                                   .end = edge.end,
                                   .isChosen = isChosen(edge, pieces)});
    }
    for (const Piece &piece : pieces)
        out.pieces.push_back({.id = piece.id,
                              .token = token(piece.id),
                              .offset = rangeOf(characters.subspan(piece.begin, piece.end - piece.begin))});
    return out;
}

TokenizerExplanation PipelineTokenizer::explain(std::string_view text) const
{
    TokenizerExplanation out{.kind = kind(), .segments = {}, .encoding = encode(text, std::nullopt, {})};
    const NormalizedText source = alignedText(decodeUtf8(text));
    for (Segment &segment : m_pipeline.segmenter->cut(source)) {
        ExplainedSegment &explained = out.segments.emplace_back();
        explained.offset = rangeOf(segment.text);
        const auto length = static_cast<std::size_t>(explained.offset.end - explained.offset.begin);
        explained.source = utf8(std::span(source).subspan(static_cast<std::size_t>(explained.offset.begin), length));
        explained.specialId = segment.id;
        if (segment.id)
            continue;
        const std::vector<Word> words = m_pipeline.preTokenizer->split(segment.text);
        explained.normalized = normalizedText(segment.text, words);
        for (const Word &word : words)
            explained.words.push_back(
                explainWord(std::span(segment.text).subspan(word.begin, word.end - word.begin), word.isWhole));
    }
    return out;
}

} // namespace engine::text
