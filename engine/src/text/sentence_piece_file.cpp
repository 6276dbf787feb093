// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/sentence_piece_file.h"

#include "engine/error.h"
#include "files/mapped_file.h"
#include "text/unicode.h"

#include <bit>
#include <cmath>
#include <unordered_set>

namespace engine::text {

namespace {

constexpr std::size_t kLargestFile = std::size_t{64} << 20; // bytes
constexpr std::size_t kByteCount = 256;

// The wire format of protocol buffers: fields in any order, each with a number and a type.
struct Field {
    std::uint64_t number = 0;
    std::uint64_t value = 0;     // of a whole number
    float real = 0.0F;           // of a 32-bit field
    std::string_view bytes = {}; // of a text or a message
};

class Message {
public:
    Message(const std::filesystem::path &file, std::string_view bytes) : m_file(file), m_bytes(bytes) {}

    // The next field, or nothing at the end.
    [[nodiscard]] std::optional<Field> next()
    {
        if (m_at == m_bytes.size())
            return std::nullopt;
        const std::uint64_t tag = varint();
        Field field = {.number = tag >> 3U};
        switch (tag & 7U) {
        case 0:
            field.value = varint();
            break;
        case 1:
            field.bytes = take(8); // a double: no field of interest is one
            break;
        case 2:
            field.bytes = take(varint());
            break;
        case 5:
            field.real = std::bit_cast<float>(littleEndian(take(4)));
            break;
        default:
            fail();
        }
        return field;
    }

private:
    [[noreturn]] void fail() const { failFile(m_file.string() + ": not a sentencepiece model, or cut short"); }

    [[nodiscard]] std::uint64_t varint()
    {
        constexpr unsigned kBits = 64;
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < kBits; shift += 7) {
            const auto byte = static_cast<unsigned char>(take(1).front());
            value |= std::uint64_t{byte & 0x7FU} << shift;
            if (byte < 0x80)
                return value;
        }
        fail();
    }

    [[nodiscard]] std::string_view take(std::uint64_t count)
    {
        if (count > m_bytes.size() - m_at)
            fail();
        const std::string_view bytes = m_bytes.substr(m_at, count);
        m_at += count;
        return bytes;
    }

    [[nodiscard]] static std::uint32_t littleEndian(std::string_view bytes)
    {
        std::uint32_t value = 0;
        for (std::size_t at = bytes.size(); at > 0; --at)
            value = (value << 8U) | static_cast<unsigned char>(bytes[at - 1]);
        return value;
    }

    const std::filesystem::path &m_file;
    std::string_view m_bytes;
    std::size_t m_at = 0;
};

class Reader {
public:
    explicit Reader(const std::filesystem::path &file) : m_content(files::readText(file, kLargestFile))
    {
        m_model.file = file;
        m_model.unknownSurface = " \u2047 ";
    }

    [[nodiscard]] SentencePieceFile read()
    {
        enum : std::uint64_t { kPiece = 1, kTrainer = 2, kNormalizer = 3, kDenormalizer = 5 };
        Message message(m_model.file, m_content);
        while (const auto field = message.next()) {
            if (field->number == kPiece)
                readPiece(field->bytes);
            else if (field->number == kTrainer)
                readTrainer(field->bytes);
            else if (field->number == kNormalizer)
                readNormalizer(field->bytes);
            else if (field->number == kDenormalizer)
                readDenormalizer(field->bytes);
        }
        check();
        return std::move(m_model);
    }

private:
    [[noreturn]] void fail(const std::string &message) const { failFile(m_model.file.string() + ": " + message); }

    void readPiece(std::string_view bytes)
    {
        enum : std::uint64_t { kText = 1, kScore = 2, kType = 3 };
        SentencePieceFile::Piece piece;
        Message message(m_model.file, bytes);
        while (const auto field = message.next()) {
            if (field->number == kText)
                piece.text = field->bytes;
            else if (field->number == kScore)
                piece.score = field->real;
            else if (field->number == kType)
                piece.kind = kindOf(field->value);
        }
        // An empty one would cost far more memory than the two bytes that it takes in the file.
        if (piece.text.empty() || firstInvalidByte(piece.text))
            fail("piece " + std::to_string(m_model.pieces.size()) + ": expected a text in UTF-8, found " +
                 (piece.text.empty() ? "none" : "other bytes"));
        m_model.pieces.push_back(std::move(piece));
    }

    [[nodiscard]] SentencePieceFile::Kind kindOf(std::uint64_t type) const
    {
        using Kind = SentencePieceFile::Kind;
        constexpr Kind kKinds[] = {Kind::Normal,      Kind::Unknown, Kind::Control,
                                   Kind::UserDefined, Kind::Unused,  Kind::Byte};
        if (type < 1 || type > std::size(kKinds))
            fail("piece " + std::to_string(m_model.pieces.size()) + ": expected a type from 1 to 6, found " +
                 std::to_string(type));
        return kKinds[type - 1];
    }

    void readTrainer(std::string_view bytes)
    {
        enum : std::uint64_t { kModelType = 3, kSpaceAsSuffix = 24, kByteFallback = 35, kUnknownSurface = 44 };
        Message message(m_model.file, bytes);
        while (const auto field = message.next()) {
            if (field->number == kModelType)
                m_modelType = field->value;
            else if (field->number == kSpaceAsSuffix)
                m_model.prefixesAtEnd = field->value != 0;
            else if (field->number == kByteFallback)
                m_cutsIntoBytes = field->value != 0;
            else if (field->number == kUnknownSurface)
                m_model.unknownSurface = field->bytes;
        }
    }

    void readNormalizer(std::string_view bytes)
    {
        enum : std::uint64_t { kMap = 2, kAddsPrefix = 3, kRemovesSpaces = 4, kMarksSpaces = 5 };
        Message message(m_model.file, bytes);
        while (const auto field = message.next()) {
            if (field->number == kMap)
                m_model.charactersMap = field->bytes;
            else if (field->number == kAddsPrefix)
                m_model.addsPrefix = field->value != 0;
            else if (field->number == kRemovesSpaces)
                m_model.removesExtraSpaces = field->value != 0;
            else if (field->number == kMarksSpaces)
                m_model.marksSpaces = field->value != 0;
        }
    }

    void readDenormalizer(std::string_view bytes) const
    {
        enum : std::uint64_t { kMap = 2 };
        Message message(m_model.file, bytes);
        while (const auto field = message.next())
            if (field->number == kMap && !field->bytes.empty())
                fail("the model rewrites decoded text (denormalizer_spec), which is not supported");
    }

    void check()
    {
        constexpr std::uint64_t kUnigram = 1;
        constexpr std::uint64_t kBpe = 2;
        if (m_model.pieces.empty())
            fail("not a sentencepiece model: it has no pieces");
        if (m_modelType != kUnigram && m_modelType != kBpe)
            fail("expected the model type 1 (unigram) or 2 (BPE), found " + std::to_string(m_modelType));
        m_model.algorithm =
            m_modelType == kBpe ? SentencePieceFile::Algorithm::Bpe : SentencePieceFile::Algorithm::Unigram;
        if (firstInvalidByte(m_model.unknownSurface))
            fail("the text for unknown pieces is not valid UTF-8");
        checkPieces();
        if (m_cutsIntoBytes)
            findBytes();
    }

    void checkPieces()
    {
        std::unordered_set<std::string_view> seen;
        std::optional<std::size_t> unknown;
        for (std::size_t at = 0; at < m_model.pieces.size(); ++at) {
            const SentencePieceFile::Piece &piece = m_model.pieces[at];
            const std::string name = "piece " + std::to_string(at);
            if (!std::isfinite(piece.score))
                fail(name + " \"" + piece.text + "\": its score is not a finite number");
            if (!seen.insert(piece.text).second)
                fail(name + " \"" + piece.text + "\" was there before");
            if (piece.kind == SentencePieceFile::Kind::Unknown) {
                if (unknown)
                    fail("expected one unknown piece, found " + std::to_string(*unknown) + " and " +
                         std::to_string(at));
                unknown = at;
            }
            if (piece.kind == SentencePieceFile::Kind::Byte && !m_cutsIntoBytes)
                fail(name + " \"" + piece.text + "\" stands for a byte, and the model says that it has no such pieces");
        }
        if (!unknown)
            fail("the model has no unknown piece");
        m_model.unknown = *unknown;
    }

    // <0x00> … <0xFF>
    void findBytes()
    {
        std::vector<std::optional<std::size_t>> found(kByteCount);
        for (std::size_t at = 0; at < m_model.pieces.size(); ++at) {
            if (m_model.pieces[at].kind != SentencePieceFile::Kind::Byte)
                continue;
            const std::string &text = m_model.pieces[at].text;
            const std::optional<unsigned char> byte = byteOfPiece(text);
            if (!byte)
                fail("expected a byte as \"<0x41>\", found the piece \"" + text + "\"");
            found[*byte] = at;
        }
        for (std::size_t byte = 0; byte < kByteCount; ++byte) {
            if (!found[byte])
                fail("the model cuts characters into bytes and has no piece for byte " + std::to_string(byte));
            m_model.bytes.push_back(*found[byte]);
        }
    }

    std::string m_content;
    SentencePieceFile m_model;
    std::uint64_t m_modelType = 1;
    bool m_cutsIntoBytes = false;
};

} // namespace

SentencePieceFile readSentencePieceFile(const std::filesystem::path &file)
{
    return Reader(file).read();
}

std::optional<unsigned char> byteOfPiece(std::string_view piece)
{
    constexpr std::string_view kBegin = "<0x";
    constexpr std::size_t kSize = 6;
    if (piece.size() != kSize || !piece.starts_with(kBegin) || !piece.ends_with('>'))
        return std::nullopt;
    unsigned value = 0;
    for (const char c : piece.substr(kBegin.size(), 2)) {
        const bool isDigit = c >= '0' && c <= '9';
        if (!isDigit && (c < 'A' || c > 'F'))
            return std::nullopt;
        value = value * 16 + static_cast<unsigned>(isDigit ? c - '0' : c - 'A' + 10);
    }
    return static_cast<unsigned char>(value);
}

} // namespace engine::text
