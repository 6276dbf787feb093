// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/sentence_piece_normalizer.h"

#include "engine/error.h"
#include "text/unicode.h"

#include <vector>

namespace engine::text {

namespace {

ByteTrie userDefined(const SentencePieceFile &file)
{
    std::vector<std::string_view> texts;
    for (const SentencePieceFile::Piece &piece : file.pieces)
        if (piece.kind == SentencePieceFile::Kind::UserDefined)
            texts.push_back(piece.text);
    return ByteTrie(texts);
}

std::optional<CharactersMap> mapOf(const SentencePieceFile &file)
{
    if (file.charactersMap.empty())
        return std::nullopt;
    try {
        return CharactersMap(file.charactersMap);
    } catch (const Error &error) {
        failFile(file.file.string() + ": " + error.what());
    }
}

} // namespace

// One text as UTF-8, and what has become of it so far.
class SentencePieceNormalizer::Work {
public:
    Work(const SentencePieceNormalizer &normalizer, const NormalizedText &text)
        : m_normalizer(normalizer), m_file(*normalizer.m_file), m_text(text)
    {
        m_places.reserve(text.size() + 1);
        for (const Character &c : text) {
            m_places.push_back(m_bytes.size());
            appendUtf8(m_bytes, c.value);
        }
        m_places.push_back(m_bytes.size());
    }

    [[nodiscard]] NormalizedText run()
    {
        std::size_t at = 0;
        while (m_file.removesExtraSpaces && at < m_text.size()) {
            const Chunk chunk = next(at);
            if (chunk.text != " ")
                break;
            at = chunk.end;
        }
        if (at == m_text.size())
            return {};
        m_out.reserve(m_text.size() + 1);
        if (m_file.addsPrefix && !m_file.prefixesAtEnd)
            m_out.push_back({.value = space(), .begin = m_text[at].begin, .end = m_text[at].begin});
        bool isAfterSpace = m_file.removesExtraSpaces;
        while (at < m_text.size()) {
            Chunk chunk = next(at);
            while (isAfterSpace && chunk.text.starts_with(' '))
                chunk.text.remove_prefix(1);
            append(chunk, at);
            if (!chunk.text.empty())
                isAfterSpace = m_file.removesExtraSpaces && chunk.text.ends_with(' ');
            at = chunk.end;
        }
        while (m_file.removesExtraSpaces && !m_out.empty() && m_out.back().value == space())
            m_out.pop_back();
        if (m_file.addsPrefix && m_file.prefixesAtEnd)
            m_out.push_back({.value = space(), .begin = m_text.back().end, .end = m_text.back().end});
        return std::move(m_out);
    }

private:
    // What stands for the characters up to `end`.
    struct Chunk {
        std::string_view text;
        std::size_t end = 0;
    };

    [[nodiscard]] char32_t space() const { return m_file.marksSpaces ? kSpaceMark : U' '; }

    [[nodiscard]] Chunk next(std::size_t at) const
    {
        const std::string_view rest = std::string_view(m_bytes).substr(m_places[at]);
        if (const std::size_t end = endOfUserDefined(at); end > at)
            return {.text = rest.substr(0, m_places[end] - m_places[at]), .end = end};
        if (m_normalizer.m_map) {
            if (const auto match = m_normalizer.m_map->longestMatch(rest)) {
                std::size_t end = at;
                while (m_places[end] < m_places[at] + match->length)
                    ++end;
                if (m_places[end] == m_places[at] + match->length)
                    return {.text = match->replacement, .end = end};
            }
        }
        return {.text = rest.substr(0, m_places[at + 1] - m_places[at]), .end = at + 1};
    }

    // Of the longest user-defined piece that begins here; `at` where there is none.
    [[nodiscard]] std::size_t endOfUserDefined(std::size_t at) const
    {
        const std::string_view bytes = m_bytes;
        std::size_t found = at;
        std::uint32_t node = ByteTrie::kRoot;
        for (std::size_t end = at; end < m_text.size(); ++end) {
            node = m_normalizer.m_userDefined.descendant(
                node, bytes.substr(m_places[end], m_places[end + 1] - m_places[end]));
            if (node == ByteTrie::kNone)
                break;
            if (m_normalizer.m_userDefined.string(node) >= 0)
                found = end + 1;
        }
        return found;
    }

    void append(const Chunk &chunk, std::size_t at)
    {
        // A place in the middle of a character is a fault of the map that is repaired, not reported with every text.
        for (const char32_t c : decodeUtf8(repairedUtf8(chunk.text)))
            m_out.push_back(
                {.value = c == U' ' ? space() : c, .begin = m_text[at].begin, .end = m_text[chunk.end - 1].end});
    }

    const SentencePieceNormalizer &m_normalizer;
    const SentencePieceFile &m_file;
    const NormalizedText &m_text;
    std::string m_bytes;
    std::vector<std::size_t> m_places; // where each character begins in m_bytes, and the end
    NormalizedText m_out;
};

SentencePieceNormalizer::SentencePieceNormalizer(std::shared_ptr<const SentencePieceFile> file)
    : m_file(std::move(file)), m_userDefined(userDefined(*m_file)), m_map(mapOf(*m_file))
{
}

void SentencePieceNormalizer::apply(NormalizedText &text) const
{
    text = Work(*this, text).run();
}

} // namespace engine::text
