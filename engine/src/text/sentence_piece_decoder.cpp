// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/sentence_piece_decoder.h"

#include "text/strings.h"
#include "text/unicode.h"

namespace engine::text {

namespace {

// Bytes that are no UTF-8 become U+FFFD one by one, unlike in repairedUtf8().
std::string textOfBytes(std::string_view bytes)
{
    std::string out;
    while (!bytes.empty()) {
        const std::size_t valid = firstInvalidByte(bytes).value_or(bytes.size());
        out += bytes.substr(0, valid);
        bytes.remove_prefix(valid);
        if (bytes.empty())
            break;
        appendUtf8(out, U'\uFFFD');
        bytes.remove_prefix(1);
    }
    return out;
}

} // namespace

SentencePieceDecoder::SentencePieceDecoder(std::shared_ptr<const SentencePieceFile> file, Options options)
    : m_file(std::move(file)), m_options(std::move(options))
{
    for (std::size_t at = 0; at < m_file->pieces.size(); ++at)
        m_pieces.emplace(m_file->pieces[at].text, at);
}

std::string SentencePieceDecoder::decode(const std::vector<std::string_view> &tokens) const
{
    std::string out;
    std::vector<std::string_view> run;
    bool isAfterSpecial = false;
    for (const std::string_view token : tokens) {
        if (m_options.special == Special::Joined) {
            out += token;
            continue;
        }
        if (!m_options.specialTokens.contains(token)) {
            run.push_back(token);
            isAfterSpecial = false;
            continue;
        }
        if (m_options.special == Special::SpaceBefore && !isAfterSpecial)
            out += ' ';
        out += decodePieces(run);
        out += token;
        if (m_options.special == Special::SpaceAfter)
            out += ' ';
        run.clear();
        isAfterSpecial = true;
    }
    out += decodePieces(run);
    if (m_options.special == Special::Joined)
        out = replaced(out, kSpaceMarkUtf8, " ");
    return strippedPython(out);
}

// SentencePiece's own decoding: control pieces go, byte pieces become characters, a space at the beginning goes.
std::string SentencePieceDecoder::decodePieces(const std::vector<std::string_view> &pieces) const
{
    using Kind = SentencePieceFile::Kind;
    std::string out;
    std::string bytes;
    const auto flush = [&] {
        out += textOfBytes(bytes);
        bytes.clear();
    };
    bool isAtBeginning = true;
    bool hadSpace = false;
    for (std::string_view text : pieces) {
        const auto found = m_pieces.find(text);
        const Kind kind = found == m_pieces.end() ? Kind::Unknown : m_file->pieces[found->second].kind;
        if (const auto byte = byteOfPiece(text); byte && kind == Kind::Byte) {
            bytes += static_cast<char>(*byte);
            continue;
        }
        flush();
        isAtBeginning = isAtBeginning && !hadSpace && out.empty();
        hadSpace = false;
        if (kind == Kind::Control)
            continue;
        if (kind == Kind::Unknown) {
            out += found == m_pieces.end() ? text : std::string_view(m_file->unknownSurface);
            continue;
        }
        if (isAtBeginning && (m_file->addsPrefix || m_file->removesExtraSpaces) && text.starts_with(kSpaceMarkUtf8)) {
            text.remove_prefix(kSpaceMarkUtf8.size());
            hadSpace = !m_file->removesExtraSpaces; // where extra spaces go, those of the next piece go too
        }
        out += replaced(text, kSpaceMarkUtf8, " ");
    }
    flush();
    return out;
}

} // namespace engine::text
