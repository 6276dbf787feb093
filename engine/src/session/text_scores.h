// SPDX-License-Identifier: GPL-3.0-or-later
// How near a written text comes to the one it should be. Words are runs of letters and digits; every other character
// that is no white space is a word of its own.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace engine::session {

[[nodiscard]] std::vector<std::string> words(std::string_view text);

// Corpus BLEU with one reference a text, up to four words, in 0 … 1 (Papineni et al. 2002).
class Bleu {
public:
    void add(std::string_view written, std::string_view wanted);
    [[nodiscard]] double value() const noexcept;

private:
    static constexpr std::size_t kLongest = 4;
    std::array<std::size_t, kLongest> m_matches{};
    std::array<std::size_t, kLongest> m_totals{};
    std::size_t m_written = 0; // words
    std::size_t m_wanted = 0;
};

// ROUGE-L of one text, in lower case: F1 of the longest common subsequence of words, in 0 … 1 (Lin 2004).
[[nodiscard]] double rougeL(std::string_view written, std::string_view wanted);

} // namespace engine::session
