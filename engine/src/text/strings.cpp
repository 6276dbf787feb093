// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/strings.h"

#include "text/unicode.h"

#include <array>
#include <cstdint>
#include <utility>

namespace engine::text {

std::string replaced(std::string_view text, std::string_view from, std::string_view to)
{
    std::string out;
    out.reserve(text.size());
    std::size_t at = 0;
    for (std::size_t found = text.find(from); found != std::string_view::npos; found = text.find(from, at)) {
        out += text.substr(at, found - at);
        out += to;
        at = found + from.size();
    }
    out += text.substr(at);
    return out;
}

std::string strippedPython(std::string_view text)
{
    const std::u32string characters = decodeUtf8(repairedUtf8(text));
    std::size_t begin = 0;
    std::size_t end = characters.size();
    while (begin < end && isPythonSpace(characters[begin]))
        ++begin;
    while (end > begin && isPythonSpace(characters[end - 1]))
        --end;
    return encodeUtf8(std::u32string_view(characters).substr(begin, end - begin));
}

std::string cleanedUp(std::string text)
{
    static constexpr std::pair<std::string_view, std::string_view> kRules[] = {
        {" .", "."},     {" ?", "?"},   {" !", "!"},   {" ,", ","},     {" ' ", "'"},
        {" n't", "n't"}, {" 'm", "'m"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
    for (const auto &[from, to] : kRules)
        text = replaced(text, from, to);
    return text;
}

std::optional<std::string> fromBase64(std::string_view text)
{
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const std::array<std::int8_t, 256> values = [&] {
        std::array<std::int8_t, 256> table = {};
        table.fill(-1);
        for (std::size_t at = 0; at < kDigits.size(); ++at)
            table[static_cast<unsigned char>(kDigits[at])] = static_cast<std::int8_t>(at);
        return table;
    }();
    if (text.size() % 4 != 0)
        return std::nullopt;
    for (int padding = 0; padding < 2 && text.ends_with('='); ++padding)
        text.remove_suffix(1);
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3);
    std::uint32_t bits = 0;
    int count = 0;
    for (const char digit : text) {
        const std::int8_t value = values[static_cast<unsigned char>(digit)];
        if (value < 0)
            return std::nullopt;
        bits = (bits << 6U) | static_cast<std::uint32_t>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes.push_back(static_cast<char>(static_cast<unsigned char>(bits >> static_cast<unsigned>(count))));
        }
    }
    return bytes;
}

} // namespace engine::text
