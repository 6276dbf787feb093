// SPDX-License-Identifier: GPL-3.0-or-later
// Text of a growing row of tokens, piece by piece. A token may be part of a character, and how a token
// reads may depend on its neighbours, so a piece is what decoding more tokens adds to decoding fewer.
#pragma once

#include "engine/tokenizer.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace engine::tasks {

class TextStream {
public:
    TextStream(const Tokenizer &tokenizer, std::span<const std::int64_t> prompt);

    // What the token adds: valid UTF-8, empty while a character is incomplete. Special tokens add nothing.
    [[nodiscard]] std::string push(std::int64_t id);
    // What is left at the end: an incomplete character as U+FFFD.
    [[nodiscard]] std::string rest();

private:
    [[nodiscard]] std::string decoded(std::size_t end) const;
    [[nodiscard]] std::string added();

    const Tokenizer &m_tokenizer;
    std::vector<std::int64_t> m_ids; // a window: a few tokens of context and what is not shown yet
    std::size_t m_shown = 0;         // how many of them are shown
};

} // namespace engine::tasks
