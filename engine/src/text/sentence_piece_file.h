// SPDX-License-Identifier: GPL-3.0-or-later
// SentencePiece's model files (spiece.model, sentencepiece.bpe.model, source.spm): a protocol buffer, ModelProto of
// sentencepiece_model.proto.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::text {

inline constexpr char32_t kSpaceMark = U'\u2581'; // ▁ stands for a space inside pieces
inline constexpr std::string_view kSpaceMarkUtf8 = "\u2581";

struct SentencePieceFile {
    enum class Algorithm { Unigram, Bpe };
    enum class Kind { Normal, Unknown, Control, UserDefined, Unused, Byte };
    struct Piece {
        std::string text; // UTF-8, not empty
        float score = 0.0F;
        Kind kind = Kind::Normal;
    };

    std::filesystem::path file;
    Algorithm algorithm = Algorithm::Unigram;
    std::vector<Piece> pieces;      // no text twice
    std::size_t unknown = 0;        // index of the one piece of kind Unknown
    std::vector<std::size_t> bytes; // index of the piece of each byte; empty: characters are not cut into bytes
    std::string unknownSurface;     // what decoding shows for the unknown piece
    // The normaliser.
    std::string charactersMap;      // `precompiled_charsmap`; empty: nothing is replaced
    bool addsPrefix = true;         // a space in front of the text
    bool prefixesAtEnd = false;     // that space goes to the end instead
    bool removesExtraSpaces = true; // at both ends, and of several in a row
    bool marksSpaces = true;        // spaces become ▁
};

// File error that names the file when it is not such a model, is cut short, is of the type "word" or "char", or when
// its pieces do not fit together. Memory stays within a small multiple of the file's size.
[[nodiscard]] SentencePieceFile readSentencePieceFile(const std::filesystem::path &file);

// "<0x41>" is byte 0x41; empty for another piece.
[[nodiscard]] std::optional<unsigned char> byteOfPiece(std::string_view piece);

} // namespace engine::text
