// SPDX-License-Identifier: GPL-3.0-or-later
// The normaliser that a SentencePiece model carries.
#pragma once

#include "text/byte_trie.h"
#include "text/characters_map.h"
#include "text/sentence_piece_file.h"
#include "text/stages.h"

#include <memory>
#include <optional>
#include <string_view>

namespace engine::text {

// Replaces by the model's map (the longest key at each place), collapses and trims spaces, puts a space in front and
// writes ▁ for spaces, as the file says. User-defined pieces stay as they are. A replacement stands for all the
// characters that it replaces; the space in front stands before the first character.
class SentencePieceNormalizer final : public Normalizer {
public:
    // Keeps the file. File error when its map is bad.
    explicit SentencePieceNormalizer(std::shared_ptr<const SentencePieceFile> file);

    void apply(NormalizedText &text) const override;

private:
    class Work;

    std::shared_ptr<const SentencePieceFile> m_file;
    ByteTrie m_userDefined;
    std::optional<CharactersMap> m_map;
};

} // namespace engine::text
