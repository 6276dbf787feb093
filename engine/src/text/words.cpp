// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/words.h"

#include "engine/error.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace engine {

namespace {

bool isAllOf(std::string_view text, bool (*holds)(char))
{
    return std::ranges::all_of(text, holds);
}

bool isLower(char c)
{
    return c >= 'a' && c <= 'z';
}

bool isUpper(char c)
{
    return c >= 'A' && c <= 'Z';
}

// "fra" of ">>fra<<", "en_XX" of itself; empty for other tokens.
std::string_view languageOf(std::string_view token)
{
    if (token.size() > 4 && token.starts_with(">>") && token.ends_with("<<"))
        return token.substr(2, token.size() - 4);
    const std::size_t underscore = token.find('_');
    const bool isCode = (underscore == 2 || underscore == 3) && token.size() == underscore + 3 &&
                        isAllOf(token.substr(0, underscore), isLower) && isAllOf(token.substr(underscore + 1), isUpper);
    return isCode ? token : std::string_view();
}

} // namespace

std::vector<std::string> languageTokens(const Tokenizer &tokenizer)
{
    std::vector<std::string> out;
    for (std::int64_t id = 0; id < tokenizer.size(); ++id) {
        const std::string token = tokenizer.token(id);
        if (const std::string_view language = languageOf(token); !language.empty())
            out.emplace_back(language);
    }
    return out;
}

std::vector<std::vector<std::int64_t>> spellings(const Tokenizer &tokenizer, std::string_view word)
{
    std::vector<std::vector<std::int64_t>> out;
    if (word.find_first_not_of(" \t\n") == std::string_view::npos)
        failArgument("a word is missing: there is nothing but space");
    for (const std::string &text : {std::string(word), " " + std::string(word)}) {
        auto ids = tokenizer.encode(text, std::nullopt, {.addSpecialTokens = false}).ids;
        if (!ids.empty() && std::ranges::find(out, ids) == out.end())
            out.push_back(std::move(ids));
    }
    if (out.empty())
        failArgument("\"" + std::string(word) + "\" is no word of this model: the tokenizer gives no tokens for it");
    return out;
}

std::int64_t namedToken(const Tokenizer &tokenizer, std::string_view name)
{
    if (const auto id = tokenizer.id(name))
        return *id;
    if (name.size() > 1 && name.front() == '#') {
        std::int64_t id = 0;
        const auto [end, error] = std::from_chars(name.data() + 1, name.data() + name.size(), id);
        if (error == std::errc() && end == name.data() + name.size() && id >= 0 && id < tokenizer.size())
            return id;
        failArgument("token " + std::string(name) + ": expected #0 to #" + std::to_string(tokenizer.size() - 1));
    }
    if (!name.empty())
        for (const auto &ids : spellings(tokenizer, name))
            if (ids.size() == 1)
                return ids.front();
    failArgument("\"" + std::string(name) +
                 "\" is not one token of this model: expected its spelling, a word that is "
                 "a single token, or a number such as #42");
}

} // namespace engine
