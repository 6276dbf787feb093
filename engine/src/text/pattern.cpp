// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/pattern.h"

#include "engine/error.h"
#include "text/unicode.h"

#include <unicode/regex.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace engine::text {

namespace {

// Collects matches that come in order.
class Cutter {
public:
    void add(std::size_t begin, std::size_t end)
    {
        if (begin > m_done)
            m_spans.push_back({.begin = m_done, .end = begin});
        m_spans.push_back({.begin = begin, .end = end, .isMatch = true});
        m_done = end;
    }

    [[nodiscard]] std::vector<Span> finish(std::size_t size)
    {
        if (m_done < size)
            m_spans.push_back({.begin = m_done, .end = size});
        return std::move(m_spans);
    }

private:
    std::vector<Span> m_spans;
    std::size_t m_done = 0;
};

class Literal final : public Pattern {
public:
    explicit Literal(std::u32string_view literal) : m_literal(literal) {}

    [[nodiscard]] std::vector<Span> spans(const NormalizedText &text) const override
    {
        Cutter cutter;
        for (std::size_t at = 0; at + m_literal.size() <= text.size();) {
            if (!std::ranges::equal(std::span(text).subspan(at, m_literal.size()), m_literal, {}, &Character::value)) {
                ++at;
                continue;
            }
            cutter.add(at, at + m_literal.size());
            at += m_literal.size();
        }
        return cutter.finish(text.size());
    }

private:
    std::u32string m_literal;
};

// At least `least` times the same character.
class Run final : public Pattern {
public:
    Run(char32_t character, std::size_t least) : m_character(character), m_least(least) {}

    [[nodiscard]] std::vector<Span> spans(const NormalizedText &text) const override
    {
        Cutter cutter;
        for (std::size_t at = 0; at < text.size();) {
            std::size_t end = at;
            while (end < text.size() && text[end].value == m_character)
                ++end;
            if (end - at >= m_least)
                cutter.add(at, end);
            at = std::max(end, at + 1);
        }
        return cutter.finish(text.size());
    }

private:
    char32_t m_character;
    std::size_t m_least;
};

// "c+", "c{2,}" and the like, where c is a character that stands for itself.
std::optional<Run> runOf(std::u32string_view expression)
{
    constexpr std::u32string_view kMeaning = U"\\^$.|?*+()[]{}/#";
    if (expression.size() < 2 || kMeaning.find(expression[0]) != std::u32string_view::npos)
        return std::nullopt;
    const std::u32string_view times = expression.substr(1);
    if (times == U"+")
        return Run(expression[0], 1);
    const bool isLeast = times.size() == 4 && times[0] == U'{' && times[2] == U',' && times[3] == U'}';
    if (isLeast && times[1] >= U'1' && times[1] <= U'9')
        return Run(expression[0], times[1] - U'0');
    return std::nullopt;
}

icu::UnicodeString utf16(std::string_view text)
{
    return icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}

// Classes that ICU and the library's Oniguruma (in Ruby's syntax) define differently, spelt out.
std::string translated(const std::string &expression)
{
    static constexpr std::pair<char, std::string_view> kClasses[] = {{'w', R"([\p{Alphabetic}\p{M}\p{Nd}\p{Pc}])"},
                                                                     {'W', R"([^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}])"},
                                                                     {'s', R"(\p{White_Space})"},
                                                                     {'S', R"(\P{White_Space})"},
                                                                     {'h', "[0-9a-fA-F]"},
                                                                     {'H', "[^0-9a-fA-F]"}};
    std::string out;
    for (std::size_t at = 0; at < expression.size(); ++at) {
        if (expression[at] != '\\' || at + 1 == expression.size()) {
            out += expression[at];
            continue;
        }
        ++at;
        const auto found = std::ranges::find(kClasses, expression[at], &std::pair<char, std::string_view>::first);
        if (found != std::end(kClasses))
            out += found->second;
        else
            (out += '\\') += expression[at];
    }
    return out;
}

class Regular final : public Pattern {
public:
    explicit Regular(const std::string &expression) : m_expression(expression)
    {
        UErrorCode status = U_ZERO_ERROR;
        UParseError where;
        m_pattern.reset(icu::RegexPattern::compile(utf16(translated(expression)), kRubyFlags, where, status));
        if (U_FAILURE(status))
            failArgument("\"" + expression + "\" is not a regular expression (" + u_errorName(status) + ")");
    }

    [[nodiscard]] std::vector<Span> spans(const NormalizedText &text) const override
    {
        if (text.empty())
            return {};
        if (text.size() > std::numeric_limits<std::int32_t>::max() / 2)
            failArgument("the text has " + std::to_string(text.size()) +
                         " characters, more than a regular expression can be matched in");
        icu::UnicodeString subject(static_cast<std::int32_t>(text.size()), 0, 0);
        for (const Character &c : text)
            subject.append(static_cast<UChar32>(c.value));
        return matchedIn(subject, text);
    }

private:
    [[nodiscard]] std::vector<Span> matchedIn(const icu::UnicodeString &subject, const NormalizedText &text) const
    {
        UErrorCode status = U_ZERO_ERROR;
        const std::unique_ptr<icu::RegexMatcher> matcher(m_pattern->matcher(subject, status));
        requireSuccess(status);
        matcher->setTimeLimit(kMostSteps, status);
        matcher->setStackLimit(kMostStack, status);
        Cutter cutter;
        std::size_t at = 0;    // in the text
        std::int32_t unit = 0; // of the subject, where that character begins
        const auto advanceTo = [&](std::int32_t end) {
            for (; unit < end; ++at)
                unit += text[at].value > 0xFFFF ? 2 : 1;
            return at;
        };
        while (matcher->find(status) && U_SUCCESS(status)) {
            const std::size_t begin = advanceTo(matcher->start(status));
            cutter.add(begin, advanceTo(matcher->end(status)));
        }
        requireSuccess(status);
        return cutter.finish(text.size());
    }

    void requireSuccess(UErrorCode status) const
    {
        if (status == U_REGEX_TIME_OUT || status == U_REGEX_STACK_OVERFLOW)
            failArgument("the regular expression \"" + m_expression + "\" of this tokenizer backtracks without end");
        if (U_FAILURE(status))
            failArgument("the regular expression \"" + m_expression + "\" cannot be matched: " + u_errorName(status));
    }

    // "^" and "$" are the ends of lines, and only \n ends one.
    static constexpr std::uint32_t kRubyFlags = UREGEX_MULTILINE | UREGEX_UNIX_LINES;
    // For one search from one place: ICU counts in units of some thousand steps.
    static constexpr std::int32_t kMostSteps = 5000;
    static constexpr std::int32_t kMostStack = 1 << 26; // bytes

    std::string m_expression;
    std::unique_ptr<const icu::RegexPattern> m_pattern;
};

} // namespace

std::unique_ptr<const Pattern> literalPattern(std::u32string_view literal)
{
    if (literal.empty())
        failArgument("an empty text is no pattern");
    return std::make_unique<Literal>(literal);
}

std::unique_ptr<const Pattern> regularPattern(const std::string &expression)
{
    constexpr std::size_t kLongest = 4096;
    if (expression.size() > kLongest)
        failArgument("a regular expression of " + std::to_string(expression.size()) + " bytes, expected at most " +
                     std::to_string(kLongest));
    if (std::optional<Run> run = runOf(decodeUtf8(expression)))
        return std::make_unique<Run>(*run);
    return std::make_unique<Regular>(expression);
}

} // namespace engine::text
