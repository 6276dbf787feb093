// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/character_bpe.h"

#include "text/strings.h"
#include "text/unicode.h"

#include <algorithm>

namespace engine::text {

// The symbols of a word before any merge. Their places count bytes of the word: symbols follow each other without gaps,
// so that what is left out shifts the rest, as in the library.
class CharacterBpe::Symbols {
public:
    explicit Symbols(const CharacterBpe &model) : m_model(model) {}

    void add(std::int64_t id, std::uint32_t length)
    {
        m_symbols.push_back({.id = id, .begin = m_end, .end = m_end + length});
        m_end += length;
    }

    void addUnknown(std::uint32_t length)
    {
        if (m_unknown > 0 && m_model.m_options.fusesUnknown) {
            m_unknown += length;
            return;
        }
        flushUnknown();
        m_unknown = length;
    }

    void flushUnknown()
    {
        if (m_unknown > 0)
            add(*m_model.m_options.unknown, m_unknown);
        m_unknown = 0;
    }

    // Each byte as a token, where the vocabulary has all of them.
    [[nodiscard]] bool addsBytes(std::string_view bytes)
    {
        const auto idOf = [this](char byte) { return m_model.m_byteIds[static_cast<unsigned char>(byte)]; };
        if (!std::ranges::all_of(bytes, [&](char byte) { return idOf(byte) >= 0; }))
            return false;
        for (const char byte : bytes)
            add(idOf(byte), 1);
        return true;
    }

    [[nodiscard]] std::vector<BpeSymbol> &all() { return m_symbols; }

private:
    const CharacterBpe &m_model;
    std::vector<BpeSymbol> m_symbols;
    std::uint32_t m_end = 0;
    std::uint32_t m_unknown = 0; // bytes of unknown characters that are not yet a symbol
};

CharacterBpe::CharacterBpe(std::shared_ptr<const Vocabulary> vocabulary, BpeMerges merges, Options options)
    : m_vocabulary(std::move(vocabulary)), m_merges(std::move(merges)), m_options(std::move(options))
{
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    for (std::size_t byte = 0; byte < m_byteIds.size(); ++byte)
        m_byteIds[byte] =
            m_vocabulary->id(std::string("<0x") + kDigits[byte / 16] + kDigits[byte % 16] + ">").value_or(-1);
}

void CharacterBpe::tokenize(std::span<const Character> word, std::vector<Piece> &pieces) const
{
    merge(word, pieces, nullptr);
}

void CharacterBpe::weigh(std::span<const Character> word, Weighed &out) const
{
    std::vector<Piece> pieces;
    std::vector<BpeStep> steps;
    merge(word, pieces, &steps);
    addMerges(
        steps, [this](std::int64_t id) { return m_vocabulary->token(id); }, out);
}

void CharacterBpe::merge(std::span<const Character> word, std::vector<Piece> &pieces, std::vector<BpeStep> *steps) const
{
    Symbols symbols(*this);
    std::vector<std::uint32_t> owner; // by byte, the character
    owner.reserve(word.size());
    std::string text;
    for (std::uint32_t at = 0; at < word.size(); ++at) {
        text = at > 0 ? m_options.prefix : std::string();
        const std::size_t before = text.size();
        appendUtf8(text, word[at].value);
        const auto length = static_cast<std::uint32_t>(text.size() - before);
        owner.insert(owner.end(), length, at);
        if (at + 1 == word.size())
            text += m_options.suffix;
        if (const std::optional<std::int64_t> id = m_vocabulary->id(text)) {
            symbols.flushUnknown();
            symbols.add(*id, length);
        } else if (!(m_options.fallsBackToBytes && symbols.addsBytes(text)) && m_options.unknown) {
            symbols.addUnknown(length);
        }
    }
    symbols.flushUnknown();
    m_merges.apply(symbols.all(), steps);
    for (const BpeSymbol &symbol : symbols.all()) {
        const std::size_t last = owner.size() - 1;
        pieces.push_back({.id = symbol.id,
                          .begin = owner[std::min<std::size_t>(symbol.begin, last)],
                          .end = owner[std::min<std::size_t>(symbol.end - 1, last)] + 1});
    }
}

std::string CharacterBpe::display(std::string_view token) const
{
    if (!m_options.suffix.empty() && token.ends_with(m_options.suffix))
        return std::string(token.substr(0, token.size() - m_options.suffix.size())) + " ";
    if (!m_options.prefix.empty() && token.starts_with(m_options.prefix))
        token.remove_prefix(m_options.prefix.size());
    return replaced(token, "\u2581", " ");
}

} // namespace engine::text
