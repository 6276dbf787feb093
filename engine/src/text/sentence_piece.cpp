// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/sentence_piece.h"

#include "engine/error.h"
#include "text/sentence_piece_bpe.h"
#include "text/strings.h"
#include "text/unicode.h"
#include "text/unigram.h"

#include <algorithm>
#include <iterator>
#include <limits>

namespace engine::text {

namespace {

using Kind = SentencePieceFile::Kind;

// The pieces that can match text, each at its place in the file.
std::shared_ptr<const Vocabulary> matchable(const SentencePieceFile &file)
{
    const bool isBpe = file.algorithm == SentencePieceFile::Algorithm::Bpe;
    std::vector<std::string> texts;
    texts.reserve(file.pieces.size());
    for (const SentencePieceFile::Piece &piece : file.pieces) {
        const bool matches =
            piece.kind == Kind::Normal || piece.kind == Kind::UserDefined || (isBpe && piece.kind == Kind::Unused);
        texts.push_back(matches ? piece.text : std::string());
    }
    return std::make_shared<Vocabulary>(std::move(texts));
}

std::unique_ptr<const SubwordModel> bpeOf(const SentencePieceFile &file)
{
    using Use = SentencePieceBpe::Use;
    std::vector<SentencePieceBpe::Rule> rules;
    rules.reserve(file.pieces.size());
    for (const SentencePieceFile::Piece &piece : file.pieces)
        rules.push_back({.score = piece.score,
                         .use = piece.kind == Kind::UserDefined ? Use::Whole
                                : piece.kind == Kind::Unused    ? Use::OnTheWay
                                                                : Use::Result});
    return std::make_unique<SentencePieceBpe>(matchable(file), std::move(rules),
                                              static_cast<std::int64_t>(file.unknown));
}

// Scores in single precision, as SentencePiece keeps them: they decide between near ties.
std::unique_ptr<const SubwordModel> unigramOf(const SentencePieceFile &file)
{
    constexpr float kUnknownPenalty = 10.0F;
    constexpr double kUserDefinedPenalty = 0.1;
    float least = std::numeric_limits<float>::max();
    float greatest = std::numeric_limits<float>::min();
    for (const SentencePieceFile::Piece &piece : file.pieces)
        if (piece.kind == Kind::Normal) {
            least = std::min(least, piece.score);
            greatest = std::max(greatest, piece.score);
        }
    std::vector<double> scores;
    scores.reserve(file.pieces.size());
    for (const SentencePieceFile::Piece &piece : file.pieces) {
        double score = piece.score;
        if (piece.kind == Kind::UserDefined) // always better than the pieces that it is made of
            score = static_cast<double>(static_cast<float>(piece.text.size()) * greatest) - kUserDefinedPenalty;
        scores.push_back(score);
    }
    return std::make_unique<Unigram>(matchable(file), std::move(scores),
                                     Unigram::Options{.unknown = static_cast<std::int64_t>(file.unknown),
                                                      .unknownScore = least - kUnknownPenalty,
                                                      .sums = Unigram::Sums::Single});
}

bool endsInDigitAndComma(std::span<const Character> text)
{
    return text.size() > 1 && text.back().value == U',' && isPythonDigit(text[text.size() - 2].value);
}

} // namespace

std::vector<std::int64_t> idsOfPieces(const SentencePieceFile &file, const Vocabulary &vocabulary, std::int64_t unknown)
{
    std::vector<std::int64_t> ids;
    ids.reserve(file.pieces.size());
    for (const SentencePieceFile::Piece &piece : file.pieces)
        ids.push_back(vocabulary.id(piece.text).value_or(unknown));
    return ids;
}

SentencePiece::SentencePiece(std::shared_ptr<const SentencePieceFile> file, Options options)
    : m_file(std::move(file)), m_options(std::move(options)),
      m_ids(idsOfPieces(*m_file, *m_options.vocabulary, m_options.unknown))
{
    if (std::ranges::none_of(m_file->pieces, [](const auto &piece) { return piece.kind == Kind::Normal; }))
        failFile(m_file->file.string() + ": no piece can stand for text");
    m_algorithm = m_file->algorithm == SentencePieceFile::Algorithm::Bpe ? bpeOf(*m_file) : unigramOf(*m_file);
}

void SentencePiece::tokenize(std::span<const Character> word, std::vector<Piece> &pieces) const
{
    std::vector<Piece> found;
    m_algorithm->tokenize(word, found);
    pieces.reserve(pieces.size() + found.size());
    for (Piece &piece : found) {
        if (piece.id == static_cast<std::int64_t>(m_file->unknown)) {
            addUnknown(word, piece, pieces);
        } else if (m_options.cutsNumbers && endsInDigitAndComma(word.subspan(piece.begin, piece.end - piece.begin))) {
            addNumber(word, piece, pieces);
        } else {
            piece.id = m_ids[static_cast<std::size_t>(piece.id)];
            pieces.push_back(piece);
        }
    }
}

void SentencePiece::weigh(std::span<const Character> word, Weighed &out) const
{
    Weighed weighed;
    m_algorithm->weigh(word, weighed);
    for (Weighed::Edge &edge : weighed.edges)
        edge.id = m_ids[static_cast<std::size_t>(edge.id)];
    std::ranges::move(weighed.merges, std::back_inserter(out.merges));
    std::ranges::move(weighed.edges, std::back_inserter(out.edges));
}

// Bytes where the model has pieces for them; else the text may still be a token of another model.
void SentencePiece::addUnknown(std::span<const Character> word, Piece piece, std::vector<Piece> &pieces) const
{
    if (m_file->bytes.empty()) {
        piece.id = idOf(word.subspan(piece.begin, piece.end - piece.begin));
        pieces.push_back(piece);
        return;
    }
    std::string bytes;
    for (std::uint32_t at = piece.begin; at < piece.end; ++at) {
        bytes.clear();
        appendUtf8(bytes, word[at].value);
        for (const char byte : bytes)
            pieces.push_back(
                {.id = m_ids[m_file->bytes[static_cast<unsigned char>(byte)]], .begin = at, .end = at + 1});
    }
}

// "▁9," becomes what "9" gives, and ",".
void SentencePiece::addNumber(std::span<const Character> word, const Piece &piece, std::vector<Piece> &pieces) const
{
    const std::uint32_t comma = piece.end - 1;
    NormalizedText front;
    for (std::uint32_t at = piece.begin; at < comma; ++at)
        if (word[at].value != kSpaceMark)
            front.push_back({.value = word[at].value, .begin = at, .end = at + 1});
    m_options.cutsNumbers->apply(front);
    // The space that this puts in front is that of the piece, or goes again.
    if (!front.empty() && front.front().begin == front.front().end)
        front.front() = {.value = front.front().value, .begin = piece.begin, .end = piece.begin + 1};
    std::vector<Piece> found;
    m_algorithm->tokenize(front, found);
    bool dropsMark = word[piece.begin].value != kSpaceMark; // the space in front was not there
    for (const Piece &part : found) {
        std::span<const Character> text = std::span<const Character>(front).subspan(part.begin, part.end - part.begin);
        if (dropsMark && text.front().value == kSpaceMark)
            text = text.subspan(1);
        dropsMark = false;
        if (!text.empty())
            pieces.push_back({.id = idOf(text), .begin = text.front().begin, .end = text.back().end});
    }
    pieces.push_back({.id = idOf(word.subspan(comma, 1)), .begin = comma, .end = comma + 1});
}

std::int64_t SentencePiece::idOf(std::span<const Character> text) const
{
    if (text.size() > m_options.vocabulary->longestToken())
        return m_options.unknown;
    return m_options.vocabulary->id(utf8(text)).value_or(m_options.unknown);
}

std::string SentencePiece::kind() const
{
    return "SentencePiece " + m_algorithm->kind();
}

std::string SentencePiece::display(std::string_view token) const
{
    return replaced(token, kSpaceMarkUtf8, " ");
}

} // namespace engine::text
