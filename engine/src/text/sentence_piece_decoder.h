// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "text/sentence_piece_file.h"
#include "text/stages.h"

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace engine::text {

// Pieces to text, as the Python classes over SentencePiece models do it.
class SentencePieceDecoder final : public Decoder {
public:
    // How special tokens stand in the text.
    enum class Special {
        Joined,      // like every token: all are put together and ▁ becomes a space
        Bare,        // between what SentencePiece makes of the pieces around them
        SpaceBefore, // the same, with a space in front of the text that comes before them
        SpaceAfter,  // the same, with a space after each
    };
    struct Options {
        Special special = Special::Joined;
        std::set<std::string, std::less<>> specialTokens; // where they are not Joined
    };
    SentencePieceDecoder(std::shared_ptr<const SentencePieceFile> file, Options options);

    [[nodiscard]] std::string decode(const std::vector<std::string_view> &tokens) const override;

private:
    [[nodiscard]] std::string decodePieces(const std::vector<std::string_view> &pieces) const;

    std::shared_ptr<const SentencePieceFile> m_file;
    Options m_options;
    std::unordered_map<std::string_view, std::size_t> m_pieces; // by their texts
};

} // namespace engine::text
