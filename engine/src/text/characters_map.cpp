// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/characters_map.h"

#include "engine/error.h"
#include "text/graphemes.h"
#include "text/rewrite.h"
#include "text/unicode.h"

#include <algorithm>

namespace engine::text {

namespace {

constexpr std::size_t kUnit = sizeof(std::uint32_t);

std::uint32_t littleEndian(std::string_view bytes, std::size_t at)
{
    std::uint32_t value = 0;
    for (std::size_t k = kUnit; k > 0; --k)
        value = (value << 8U) | static_cast<unsigned char>(bytes[at + k - 1]);
    return value;
}

// The fields of a unit of the double array.
bool hasLeaf(std::uint32_t unit)
{
    return ((unit >> 8U) & 1U) == 1U;
}

std::uint32_t valueOf(std::uint32_t unit)
{
    return unit & ((1U << 31U) - 1U);
}

std::uint32_t labelOf(std::uint32_t unit)
{
    return unit & ((1U << 31U) | 0xFFU);
}

std::uint32_t offsetOf(std::uint32_t unit)
{
    return (unit >> 10U) << ((unit & (1U << 9U)) >> 6U);
}

} // namespace

CharactersMap::CharactersMap(std::string_view bytes)
{
    if (bytes.size() < kUnit)
        failArgument("a charsmap of " + std::to_string(bytes.size()) + " bytes, expected at least 4");
    const std::size_t size = littleEndian(bytes, 0);
    if (size == 0 || size % kUnit != 0 || size > bytes.size() - kUnit)
        failArgument("a charsmap with a trie of " + std::to_string(size) + " bytes, expected a multiple of 4 up to " +
                     std::to_string(bytes.size() - kUnit));
    m_units.reserve(size / kUnit);
    for (std::size_t at = kUnit; at < kUnit + size; at += kUnit)
        m_units.push_back(littleEndian(bytes, at));
    m_replacements = bytes.substr(kUnit + size);
    if (const auto byte = firstInvalidByte(m_replacements))
        failArgument("the replacements of a charsmap are not valid UTF-8 at byte " + std::to_string(*byte));
    // The longest one of Unicode has 33 bytes; without a limit a short text could grow without one.
    constexpr std::size_t kLongestReplacement = 256;
    for (std::size_t begin = 0, end = 0; begin < m_replacements.size(); begin = end + 1) {
        end = std::min(m_replacements.find('\0', begin), m_replacements.size());
        if (end - begin > kLongestReplacement)
            failArgument("a charsmap with a replacement of " + std::to_string(end - begin) +
                         " bytes, expected at most " + std::to_string(kLongestReplacement));
    }
}

template <typename Visit> void CharactersMap::visitMatches(std::string_view text, Visit visit) const
{
    std::size_t node = offsetOf(m_units.front());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        node ^= byte;
        if (byte == 0 || node >= m_units.size() || labelOf(m_units[node]) != byte)
            return;
        const std::uint32_t unit = m_units[node];
        node ^= offsetOf(unit);
        if (!hasLeaf(unit))
            continue;
        if (node >= m_units.size() || valueOf(m_units[node]) >= m_replacements.size())
            return;
        const std::size_t begin = valueOf(m_units[node]);
        const auto replacement =
            std::string_view(m_replacements).substr(begin, m_replacements.find('\0', begin) - begin);
        if (!visit(Match{.length = at + 1, .replacement = replacement}))
            return;
    }
}

std::optional<CharactersMap::Match> CharactersMap::longestMatch(std::string_view text) const
{
    std::optional<Match> longest;
    visitMatches(text, [&](const Match &match) {
        longest = match;
        return true;
    });
    return longest;
}

std::optional<std::string_view> CharactersMap::shortestMatch(std::string_view text) const
{
    std::optional<std::string_view> shortest;
    visitMatches(text, [&](const Match &match) {
        shortest = match.replacement;
        return false;
    });
    return shortest;
}

PrecompiledNormalizer::PrecompiledNormalizer(CharactersMap map) : m_map(std::move(map))
{
    for (std::size_t c = 1; c < m_changesAscii.size(); ++c) {
        const std::string text(1, static_cast<char>(c));
        const auto to = m_map.shortestMatch(text);
        m_changesAscii[c] = to && *to != text;
    }
}

bool PrecompiledNormalizer::isUntouched(const NormalizedText &text) const
{
    return std::ranges::all_of(text, [this](const Character &c) { // U+000D may begin a cluster of two
        return c.value < m_changesAscii.size() && !m_changesAscii[c.value] && c.value != U'\r';
    });
}

void PrecompiledNormalizer::apply(NormalizedText &text) const
{
    constexpr std::size_t kShortCluster = 6; // bytes
    if (isUntouched(text))
        return;
    std::vector<Rewritten> out;
    out.reserve(text.size());
    std::string bytes;
    const auto replaces = [&](std::size_t count) {
        const auto to = m_map.shortestMatch(bytes);
        if (to)
            appendReplacement(out, decodeUtf8(repairedUtf8(*to)), count);
        return to.has_value();
    };
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = endOfCluster(text, at);
        if (end == at + 1 && text[at].value < m_changesAscii.size() && !m_changesAscii[text[at].value]) {
            out.push_back({.value = text[at++].value});
            continue;
        }
        if (end - at < kShortCluster) {
            bytes = utf8(std::span(text).subspan(at, end - at));
            if (bytes.size() < kShortCluster && replaces(end - at)) {
                at = end;
                continue;
            }
        }
        for (; at < end; ++at) {
            bytes.clear();
            appendUtf8(bytes, text[at].value);
            if (!replaces(1))
                out.push_back({.value = text[at].value});
        }
    }
    text = rewritten(text, out);
}

} // namespace engine::text
