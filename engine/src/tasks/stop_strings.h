// SPDX-License-Identifier: GPL-3.0-or-later
// Rows that end at a string: tokens know nothing of strings, so the text of the last few of them is read.
#pragma once

#include "engine/tokenizer.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace engine::tasks {

class StopStrings {
public:
    struct Source {
        const Tokenizer &tokenizer;
        const std::vector<std::string> &strings;
        std::size_t promptLength = 0; // tokens, whose text does not count
    };
    explicit StopStrings(const Source &source);

    // Whether the text that the newest tokens of a row add holds one of the strings.
    [[nodiscard]] bool endsRow(std::span<const std::int64_t> ids) const;
    // That as a search takes it; empty without strings. Keeps a reference to this.
    [[nodiscard]] std::function<bool(std::span<const std::int64_t>)> check() const;
    // The new text up to and with the first of the strings in it.
    [[nodiscard]] std::string_view cut(std::string_view newText) const;

private:
    Source m_source;
    std::size_t m_longest = 0; // bytes
};

} // namespace engine::tasks
