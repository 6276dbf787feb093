// SPDX-License-Identifier: GPL-3.0-or-later
// What stands along the two sides of an attention matrix.
#pragma once

#include "engine/encoding.h"
#include "engine/trace.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace engine {

struct TaskResult;

// The tokens along one axis of the attention of a stack: queries or keys. Cross-attention: target against source.
struct AttentionAxes {
    const Encoding *queries = nullptr; // never null
    const Encoding *keys = nullptr;    // never null
    std::int64_t memory = 0;           // keys in front of the first token: rows of a memory

    // Index of the token in `keys`; empty for a row of the memory and for what was filled up behind the text.
    [[nodiscard]] std::optional<std::size_t> keyToken(std::int64_t key) const;
    // The token at a place of the matrix; "memory −2" for the row two before the text, "padding" behind its end.
    [[nodiscard]] std::string queryName(std::int64_t query) const;
    [[nodiscard]] std::string keyName(std::int64_t key) const;
};
// `row` of the trace's batch.
[[nodiscard]] AttentionAxes attentionAxes(const TaskResult &result, Stack stack, std::size_t row = 0);

} // namespace engine
