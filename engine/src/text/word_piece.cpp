// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/word_piece.h"

#include "text/strings.h"
#include "text/unicode.h"

namespace engine::text {

WordPiece::WordPiece(std::shared_ptr<const Vocabulary> vocabulary, WordPieceOptions options)
    : m_vocabulary(std::move(vocabulary)), m_options(std::move(options))
{
}

void WordPiece::tokenize(std::span<const Character> word, std::vector<Piece> &pieces) const
{
    const std::size_t size = word.size();
    const std::size_t before = pieces.size();
    const auto fail = [&] {
        pieces.resize(before);
        pieces.push_back({.id = m_options.unknown, .begin = 0, .end = static_cast<std::uint32_t>(size)});
    };
    if (size > m_options.longestWord)
        return fail();
    std::string candidate;
    std::vector<std::size_t> ends; // ends[k]: bytes of the candidate's first k characters, prefix included
    for (std::size_t start = 0; start < size;) {
        candidate = start == 0 ? std::string() : m_options.prefix;
        ends.assign(1, candidate.size());
        for (std::size_t at = start; at < size && candidate.size() < m_vocabulary->longestToken(); ++at) {
            appendUtf8(candidate, word[at].value);
            ends.push_back(candidate.size());
        }
        std::size_t count = ends.size() - 1;
        std::optional<std::int64_t> id;
        for (; count > 0 && !id; --count)
            id = m_vocabulary->id(std::string_view(candidate).substr(0, ends[count]));
        if (!id)
            return fail();
        const std::size_t end = start + count + 1;
        pieces.push_back(
            {.id = *id, .begin = static_cast<std::uint32_t>(start), .end = static_cast<std::uint32_t>(end)});
        start = end;
    }
}

std::string WordPiece::display(std::string_view token) const
{
    if (token.size() > m_options.prefix.size() && token.starts_with(m_options.prefix))
        token.remove_prefix(m_options.prefix.size());
    return std::string(token);
}

std::string WordPieceJoiner::decode(const std::vector<std::string_view> &tokens) const
{
    std::string text;
    for (std::size_t at = 0; at < tokens.size(); ++at) {
        if (at > 0)
            text += ' ';
        text += tokens[at];
    }
    return strippedPython(replaced(text, " " + m_prefix, ""));
}

} // namespace engine::text
