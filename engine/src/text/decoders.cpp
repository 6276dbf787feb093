// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/decoders.h"

#include "text/byte_level.h"
#include "text/strings.h"
#include "text/unicode.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace engine::text {

namespace {

std::optional<char> byteOf(std::string_view token)
{
    constexpr std::string_view kBegin = "<0x";
    if (token.size() != kBegin.size() + 3 || !token.starts_with(kBegin) || token.back() != '>')
        return std::nullopt;
    unsigned value = 0;
    for (const char digit : token.substr(kBegin.size(), 2)) {
        value *= 16;
        if (digit >= '0' && digit <= '9')
            value += static_cast<unsigned>(digit - '0');
        else if ((digit >= 'A' && digit <= 'F') || (digit >= 'a' && digit <= 'f'))
            value += static_cast<unsigned>((digit | 0x20) - 'a') + 10U;
        else
            return std::nullopt;
    }
    return static_cast<char>(static_cast<unsigned char>(value));
}

} // namespace

std::string StepDecoder::decode(const std::vector<std::string_view> &tokens) const
{
    std::vector<std::string> texts(tokens.begin(), tokens.end());
    for (const auto &step : m_steps)
        step->apply(texts);
    std::string text;
    for (const std::string &part : texts)
        text += part;
    return text;
}

void SpaceStep::apply(std::vector<std::string> &tokens) const
{
    for (std::size_t at = 1; at < tokens.size(); ++at)
        tokens[at].insert(0, " ");
}

void WordPieceStep::apply(std::vector<std::string> &tokens) const
{
    static constexpr std::pair<std::string_view, std::string_view> kRules[] = {
        {" .", "."},   {" ?", "?"},           {" !", "!"},   {" ,", ","},     {" ' ", "'"},   {" n't", "n't"},
        {" 'm", "'m"}, {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
    for (std::size_t at = 0; at < tokens.size(); ++at) {
        std::string &token = tokens[at];
        if (at > 0 && token.starts_with(m_options.prefix))
            token.erase(0, m_options.prefix.size());
        else if (at > 0)
            token.insert(0, " ");
        if (m_options.cleansUp && token.find(' ') != std::string::npos)
            for (const auto &[from, to] : kRules)
                token = replaced(token, from, to);
    }
}

void ByteLevelStep::apply(std::vector<std::string> &tokens) const
{
    const std::vector<std::string_view> views(tokens.begin(), tokens.end());
    tokens = {ByteLevelDecoder().decode(views)};
}

void MetaspaceStep::apply(std::vector<std::string> &tokens) const
{
    for (std::size_t at = 0; at < tokens.size(); ++at)
        tokens[at] = replaced(tokens[at], m_options.replacement, at == 0 && m_options.addsPrefix ? "" : " ");
}

void SuffixStep::apply(std::vector<std::string> &tokens) const
{
    for (std::size_t at = 0; at < tokens.size(); ++at)
        tokens[at] = replaced(tokens[at], m_suffix, at + 1 == tokens.size() ? "" : " ");
}

void ReplaceStep::apply(std::vector<std::string> &tokens) const
{
    for (std::string &token : tokens) {
        const NormalizedText text = alignedText(decodeUtf8(repairedUtf8(token)));
        std::string out;
        for (const Span &span : m_pattern->spans(text))
            out += span.isMatch ? m_content : utf8(std::span(text).subspan(span.begin, span.end - span.begin));
        token = std::move(out);
    }
}

void FuseStep::apply(std::vector<std::string> &tokens) const
{
    std::string all;
    for (const std::string &token : tokens)
        all += token;
    tokens = {std::move(all)};
}

void StripStep::apply(std::vector<std::string> &tokens) const
{
    for (std::string &token : tokens) {
        const std::u32string text = decodeUtf8(repairedUtf8(token));
        std::size_t begin = 0;
        std::size_t end = text.size();
        while (begin < std::min(m_options.atStart, end) && text[begin] == m_options.character)
            ++begin;
        while (end > begin && text.size() - end < m_options.atEnd && text[end - 1] == m_options.character)
            --end;
        token = encodeUtf8(std::u32string_view(text).substr(begin, end - begin));
    }
}

void ByteFallbackStep::apply(std::vector<std::string> &tokens) const
{
    std::vector<std::string> out;
    std::string bytes;
    const auto flush = [&] {
        if (!bytes.empty() && firstInvalidByte(bytes))
            out.insert(out.end(), bytes.size(), "\uFFFD");
        else if (!bytes.empty())
            out.push_back(bytes);
        bytes.clear();
    };
    for (std::string &token : tokens) {
        if (const std::optional<char> byte = byteOf(token)) {
            bytes += *byte;
            continue;
        }
        flush();
        out.push_back(std::move(token));
    }
    flush();
    tokens = std::move(out);
}

} // namespace engine::text
