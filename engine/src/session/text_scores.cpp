// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/text_scores.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <span>

namespace engine::session {
namespace {

using Words = std::vector<std::string>;
using Counts = std::map<Words, std::size_t>;

// Bytes of UTF-8 beyond ASCII count as letters: what the minis write has no other punctuation than ASCII's.
bool isWordByte(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

bool isWhiteSpace(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

Counts grams(const Words &words, std::size_t length)
{
    Counts counts;
    for (std::size_t i = 0; i + length <= words.size(); ++i) {
        const auto first = words.begin() + static_cast<std::ptrdiff_t>(i);
        ++counts[Words(first, first + static_cast<std::ptrdiff_t>(length))];
    }
    return counts;
}

std::string lowered(std::string_view text)
{
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return lower;
}

std::size_t longestCommonSubsequence(std::span<const std::string> a, std::span<const std::string> b)
{
    std::vector<std::size_t> row(b.size() + 1, 0); // row[j]: of a's words so far and the first j of b
    for (const auto &word : a) {
        std::size_t diagonal = 0;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t above = row[j + 1];
            row[j + 1] = word == b[j] ? diagonal + 1 : std::max(above, row[j]);
            diagonal = above;
        }
    }
    return row.back();
}

} // namespace

std::vector<std::string> words(std::string_view text)
{
    Words found;
    for (std::size_t i = 0; i < text.size();) {
        std::size_t end = i + 1;
        if (isWordByte(text[i]))
            while (end < text.size() && isWordByte(text[end]))
                ++end;
        if (!isWhiteSpace(text[i]))
            found.emplace_back(text.substr(i, end - i));
        i = end;
    }
    return found;
}

void Bleu::add(std::string_view written, std::string_view wanted)
{
    const Words ours = words(written);
    const Words theirs = words(wanted);
    m_written += ours.size();
    m_wanted += theirs.size();
    for (std::size_t length = 1; length <= kLongest; ++length) {
        const Counts reference = grams(theirs, length);
        for (const auto &[gram, count] : grams(ours, length)) {
            m_totals[length - 1] += count;
            if (const auto it = reference.find(gram); it != reference.end())
                m_matches[length - 1] += std::min(count, it->second);
        }
    }
}

double Bleu::value() const noexcept
{
    double logarithms = 0.0;
    for (std::size_t i = 0; i < kLongest; ++i) {
        if (m_matches[i] == 0)
            return 0.0;
        logarithms += std::log(static_cast<double>(m_matches[i]) / static_cast<double>(m_totals[i]));
    }
    const double ratio = static_cast<double>(m_wanted) / static_cast<double>(m_written);
    const double brevity = ratio > 1.0 ? std::exp(1.0 - ratio) : 1.0;
    return brevity * std::exp(logarithms / static_cast<double>(kLongest));
}

double rougeL(std::string_view written, std::string_view wanted)
{
    const Words ours = words(lowered(written));
    const Words theirs = words(lowered(wanted));
    if (ours.empty() || theirs.empty())
        return ours.size() == theirs.size() ? 1.0 : 0.0;
    const auto common = static_cast<double>(longestCommonSubsequence(ours, theirs));
    return 2.0 * common / static_cast<double>(ours.size() + theirs.size());
}

} // namespace engine::session
