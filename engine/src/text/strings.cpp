// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/strings.h"

#include "text/unicode.h"

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

} // namespace engine::text
