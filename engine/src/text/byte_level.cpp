// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/byte_level.h"

#include "text/unicode.h"

#include <unordered_map>

namespace engine::text {

namespace {

bool isItsOwnCharacter(unsigned byte)
{
    return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

std::array<char32_t, 256> makeByteCharacters()
{
    std::array<char32_t, 256> characters = {};
    char32_t next = 0x100;
    for (unsigned byte = 0; byte < 256; ++byte)
        characters[byte] = isItsOwnCharacter(byte) ? byte : next++;
    return characters;
}

std::optional<unsigned> byteOf(char32_t character)
{
    static const std::unordered_map<char32_t, unsigned> kBytes = [] {
        std::unordered_map<char32_t, unsigned> bytes;
        for (unsigned byte = 0; byte < 256; ++byte)
            bytes.emplace(byteCharacters()[byte], byte);
        return bytes;
    }();
    const auto found = kBytes.find(character);
    if (found == kBytes.end())
        return std::nullopt;
    return found->second;
}

enum class Kind { Space, Letter, Number, Other };

Kind kindOf(char32_t c)
{
    if (isWhiteSpace(c))
        return Kind::Space;
    if (isLetter(c))
        return Kind::Letter;
    return isNumber(c) ? Kind::Number : Kind::Other;
}

// Length of 's 't 're 've 'm 'll 'd at `at`, else 0.
std::size_t contraction(const NormalizedText &text, std::size_t at)
{
    static constexpr std::u32string_view kEndings[] = {U"s", U"t", U"re", U"ve", U"m", U"ll", U"d"};
    if (text[at].value != U'\'')
        return 0;
    for (const std::u32string_view ending : kEndings) {
        std::size_t k = 0;
        while (k < ending.size() && at + 1 + k < text.size() && text[at + 1 + k].value == ending[k])
            ++k;
        if (k == ending.size())
            return k + 1;
    }
    return 0;
}

std::size_t endOfRun(const NormalizedText &text, std::size_t at)
{
    const Kind kind = kindOf(text[at].value);
    while (at < text.size() && kindOf(text[at].value) == kind)
        ++at;
    return at;
}

// End of the part that begins at `at`. The pattern of GPT-2:
// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
std::size_t endOfPart(const NormalizedText &text, std::size_t at)
{
    if (const std::size_t length = contraction(text, at); length > 0)
        return at + length;
    if (kindOf(text[at].value) != Kind::Space)
        return endOfRun(text, at);
    if (text[at].value == U' ' && at + 1 < text.size() && kindOf(text[at + 1].value) != Kind::Space)
        return endOfRun(text, at + 1);
    const std::size_t end = endOfRun(text, at);
    return end == text.size() || end - at == 1 ? end : end - 1;
}

} // namespace

const std::array<char32_t, 256> &byteCharacters()
{
    static const std::array<char32_t, 256> kCharacters = makeByteCharacters();
    return kCharacters;
}

std::string tokenBytes(std::string_view token)
{
    std::string bytes;
    for (const char32_t c : decodeUtf8(repairedUtf8(token))) {
        const std::optional<unsigned> byte = byteOf(c);
        if (!byte)
            return std::string(token);
        bytes.push_back(static_cast<char>(static_cast<unsigned char>(*byte)));
    }
    return bytes;
}

std::vector<Word> ByteLevelPreTokenizer::split(NormalizedText &text) const
{
    if (m_options.addsPrefixSpace && !text.empty() && text.front().value != U' ')
        text.insert(text.begin(), {.value = U' ', .begin = text.front().begin, .end = text.front().end});
    std::vector<Word> words;
    if (!m_options.usesPattern) {
        if (!text.empty())
            words.push_back({.begin = 0, .end = text.size()});
        return words;
    }
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = endOfPart(text, at);
        words.push_back({.begin = at, .end = end});
        at = end;
    }
    return words;
}

ByteLevelBpe::ByteLevelBpe(std::shared_ptr<const Vocabulary> vocabulary, BpeMerges merges, Options options)
    : m_vocabulary(std::move(vocabulary)), m_merges(std::move(merges)), m_options(options)
{
    for (unsigned byte = 0; byte < 256; ++byte) {
        std::string token;
        appendUtf8(token, byteCharacters()[byte]);
        m_byteIds[byte] = m_vocabulary->id(token).value_or(-1);
    }
}

void ByteLevelBpe::tokenize(std::span<const Character> word, std::vector<Piece> &pieces) const
{
    merge(word, pieces, nullptr);
}

void ByteLevelBpe::weigh(std::span<const Character> word, Weighed &out) const
{
    std::vector<Piece> pieces;
    std::vector<BpeStep> steps;
    merge(word, pieces, &steps);
    addMerges(
        steps, [this](std::int64_t id) { return m_vocabulary->token(id); }, out);
}

void ByteLevelBpe::merge(std::span<const Character> word, std::vector<Piece> &pieces, std::vector<BpeStep> *steps) const
{
    // Symbols count bytes; owner[k] is the character that byte k belongs to.
    std::vector<BpeSymbol> symbols;
    std::vector<std::uint32_t> owner;
    symbols.reserve(word.size());
    owner.reserve(word.size());
    std::string bytes;
    for (std::uint32_t at = 0; at < word.size(); ++at) {
        bytes.clear();
        appendUtf8(bytes, word[at].value);
        for (const char byte : bytes) {
            const auto begin = static_cast<std::uint32_t>(owner.size());
            symbols.push_back({.id = m_byteIds[static_cast<unsigned char>(byte)], .begin = begin, .end = begin + 1});
            owner.push_back(at);
        }
    }
    m_merges.apply(symbols, steps);
    for (const BpeSymbol &symbol : symbols) {
        if (symbol.id < 0 && !m_options.unknown)
            continue;
        pieces.push_back({.id = symbol.id < 0 ? *m_options.unknown : symbol.id,
                          .begin = owner[symbol.begin],
                          .end = owner[symbol.end - 1] + 1});
    }
}

std::string ByteLevelBpe::display(std::string_view token) const
{
    return repairedUtf8(tokenBytes(token));
}

std::string ByteLevelDecoder::decode(const std::vector<std::string_view> &tokens) const
{
    std::string bytes;
    for (const std::string_view token : tokens)
        bytes += tokenBytes(token);
    return repairedUtf8(bytes);
}

} // namespace engine::text
