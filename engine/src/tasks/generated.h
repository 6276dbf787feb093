// SPDX-License-Identifier: GPL-3.0-or-later
// What searches leave behind, made ready to look at.
#pragma once

#include "engine/encoding.h"
#include "engine/tokenizer.h"
#include "generation/search.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace engine::tasks {

// Row `index` of what a search found, without filling.
[[nodiscard]] std::vector<std::int64_t> foundRow(const generation::SearchResult &found, std::int64_t index);

// Argument error naming the first id that the model's vocabulary does not have.
void requireKnown(std::span<const std::int64_t> ids, const Model &model);

// The history of a search with its tokens as a person reads them; null without one.
[[nodiscard]] std::shared_ptr<const BeamHistory> readable(const std::shared_ptr<const BeamHistory> &history,
                                                          const Tokenizer &tokenizer);

struct WrittenRow {
    std::span<const std::int64_t> ids; // the whole row
    std::int64_t at = 0;               // code point where the text of its new part begins
};
// The encoding of a row whose first tokens are those of `start`: offsets of the others count on from `at` as if their
// text stood there; special tokens have none.
[[nodiscard]] Encoding grown(const Tokenizer &tokenizer, Encoding start, const WrittenRow &row);

} // namespace engine::tasks
