// SPDX-License-Identifier: GPL-3.0-or-later
// Abbreviations that keep their full stop.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace engine::text {

class MosesPrefixes {
public:
    enum class Kind {
        Never,
        Always,
        BeforeNumber, // only in front of a digit
    };

    // Words in `always` and `beforeNumber` with a space between them.
    struct Lists {
        std::u32string_view letters = {}; // each one is an abbreviation
        std::u32string_view always = {};
        std::u32string_view beforeNumber = {};
    };
    explicit MosesPrefixes(const Lists &lists);

    void add(std::u32string prefix, Kind kind) { m_kinds.insert_or_assign(std::move(prefix), kind); }
    [[nodiscard]] Kind kind(const std::u32string &prefix) const;

private:
    std::unordered_map<std::u32string, Kind> m_kinds;
};

// Languages that the tokenizer knows abbreviations of: two-letter codes.
[[nodiscard]] std::span<const std::string_view> mosesLanguages();

// Internal error for another language.
[[nodiscard]] const MosesPrefixes &mosesPrefixes(std::string_view language);

} // namespace engine::text
