// SPDX-License-Identifier: GPL-3.0-or-later
#include "tasks/code_points.h"

#include <algorithm>

namespace engine::tasks {
namespace {

constexpr unsigned char kContinuationMask = 0xC0;
constexpr unsigned char kContinuation = 0x80;
constexpr unsigned kContinuationBits = 6;

bool isContinuation(char byte)
{
    return (static_cast<unsigned char>(byte) & kContinuationMask) == kContinuation;
}

} // namespace

std::int64_t codePointCount(std::string_view text)
{
    return std::ranges::count_if(text, [](char byte) { return !isContinuation(byte); });
}

CodePoints::CodePoints(std::string_view text) : m_text(text)
{
    for (std::size_t i = 0; i < text.size(); ++i)
        if (!isContinuation(text[i]))
            m_starts.push_back(i);
    m_starts.push_back(text.size());
}

std::string_view CodePoints::slice(Offset offset) const
{
    const std::int64_t begin = std::clamp<std::int64_t>(offset.begin, 0, size());
    const std::int64_t end = std::clamp<std::int64_t>(offset.end, begin, size());
    const std::size_t from = m_starts[static_cast<std::size_t>(begin)];
    return m_text.substr(from, m_starts[static_cast<std::size_t>(end)] - from);
}

char32_t CodePoints::at(std::int64_t index) const
{
    if (index < 0 || index >= size())
        return 0;
    const std::string_view bytes = slice({index, index + 1});
    // The lead byte of n bytes carries 7 − n bits (7 when n is 1).
    const auto lead = static_cast<unsigned char>(bytes.front());
    char32_t value = bytes.size() == 1 ? lead : lead & (0x7FU >> bytes.size());
    for (const char byte : bytes.substr(1))
        value = (value << kContinuationBits) | (static_cast<unsigned char>(byte) & 0x3FU);
    return value;
}

} // namespace engine::tasks
