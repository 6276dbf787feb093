// SPDX-License-Identifier: GPL-3.0-or-later
// What searches leave behind, made ready to look at.
#pragma once

#include "engine/encoding.h"
#include "engine/generation.h"
#include "engine/tokenizer.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace engine::tasks {

// A row up to and with its first end token behind the prompt, without filling.
[[nodiscard]] std::vector<std::int64_t> withoutFilling(std::span<const std::int64_t> row, std::size_t promptLength,
                                                       const GenerationOptions &options);

struct WrittenRow {
    std::span<const std::int64_t> ids; // the whole row
    std::int64_t at = 0;               // code point where the text of its new part begins
};
// The encoding of a row whose first tokens are those of `start`: offsets of the others count on from `at` as if their
// text stood there; special tokens have none.
[[nodiscard]] Encoding grown(const Tokenizer &tokenizer, Encoding start, const WrittenRow &row);

} // namespace engine::tasks
