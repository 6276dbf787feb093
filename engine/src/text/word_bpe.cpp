// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/word_bpe.h"

#include "text/strings.h"
#include "text/unicode.h"

namespace engine::text {

namespace {

constexpr std::string_view kEndOfWord = "</w>";
constexpr std::string_view kContinued = "@@";

} // namespace

WordBpe::WordBpe(std::shared_ptr<const Vocabulary> vocabulary, Options options)
    : m_vocabulary(std::move(vocabulary)), m_options(options), m_merges(MergeOrder::RankByRank)
{
}

std::int64_t WordBpe::symbol(std::string_view text) const
{
    const auto found = m_symbols.find(std::string(text));
    return found == m_symbols.end() ? -1 : found->second;
}

std::int64_t WordBpe::internedSymbol(std::string text)
{
    return m_symbols.try_emplace(std::move(text), static_cast<std::int64_t>(m_symbols.size())).first->second;
}

void WordBpe::add(std::string_view left, std::string_view right)
{
    const std::int64_t leftSymbol = internedSymbol(std::string(left));
    const std::int64_t rightSymbol = internedSymbol(std::string(right));
    m_merges.add(leftSymbol, rightSymbol, internedSymbol(std::string(left) + std::string(right)));
}

std::vector<BpeSymbol> WordBpe::merged(std::span<const Character> word, std::vector<BpeStep> *steps) const
{
    std::vector<BpeSymbol> symbols;
    symbols.reserve(word.size());
    std::string text;
    for (std::uint32_t at = 0; at < word.size(); ++at) {
        text.clear();
        appendUtf8(text, word[at].value);
        if (at + 1 == word.size())
            text += kEndOfWord;
        symbols.push_back({.id = symbol(text), .begin = at, .end = at + 1});
    }
    m_merges.apply(symbols, steps);
    return symbols;
}

void WordBpe::weigh(std::span<const Character> word, Weighed &out) const
{
    std::vector<BpeStep> steps;
    static_cast<void>(merged(word, &steps));
    std::vector<std::string_view> names(m_symbols.size());
    for (const auto &[name, id] : m_symbols)
        names[static_cast<std::size_t>(id)] = name;
    addMerges(
        steps, [&names](std::int64_t id) { return names[static_cast<std::size_t>(id)]; }, out);
}

void WordBpe::tokenize(std::span<const Character> word, std::vector<Piece> &pieces) const
{
    for (const BpeSymbol &part : merged(word, nullptr)) {
        Piece piece = {.id = m_options.unknown, .begin = part.begin, .end = part.end};
        piece.id = m_vocabulary->id(spelling(word, piece)).value_or(m_options.unknown);
        pieces.push_back(piece);
    }
}

std::string WordBpe::spelling(std::span<const Character> word, const Piece &piece) const
{
    std::string text = utf8(word.subspan(piece.begin, piece.end - piece.begin));
    const bool isLast = piece.end == word.size();
    if (m_options.spelling == Spelling::EndOfWord && isLast)
        text += kEndOfWord;
    if (m_options.spelling == Spelling::Continuation && !isLast)
        text += kContinued;
    return text;
}

std::string WordBpe::display(std::string_view token) const
{
    const std::string_view mark = m_options.spelling == Spelling::EndOfWord ? kEndOfWord : kContinued;
    if (token.size() > mark.size() && token.ends_with(mark))
        token.remove_suffix(mark.size());
    return std::string(token);
}

std::vector<Word> LineWordPreTokenizer::split(NormalizedText &text) const
{
    std::vector<Word> words = wordsBetween(text, isWhiteSpace);
    for (Word &word : words)
        if (word.end < text.size() && text[word.end].value == U'\n')
            ++word.end;
    return words;
}

std::string EndOfWordDecoder::decode(const std::vector<std::string_view> &tokens) const
{
    std::string text;
    for (const std::string_view token : tokens)
        text += token;
    return strippedPython(replaced(text, kEndOfWord, " "));
}

std::string ContinuationDecoder::decode(const std::vector<std::string_view> &tokens) const
{
    std::string text;
    for (const std::string_view token : tokens) {
        if (!text.empty())
            text += ' ';
        text += token;
    }
    return strippedPython(replaced(text, std::string(kContinued) + " ", ""));
}

} // namespace engine::text
