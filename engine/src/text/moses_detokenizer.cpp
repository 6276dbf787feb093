// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/moses_detokenizer.h"

#include "text/moses_characters.h"
#include "text/strings.h"
#include "text/unicode.h"

#include <algorithm>
#include <map>

namespace engine::text {

namespace {

// Names of characters in marked-up text, in the order in which they are looked for.
std::string withoutEntities(std::string text)
{
    static constexpr std::pair<std::string_view, std::string_view> kEntities[] = {
        {"&bar;", "|"},   {"&#124;", "|"}, {"&lt;", "<"},  {"&gt;", ">"},  {"&bra;", "["}, {"&ket;", "]"},
        {"&quot;", "\""}, {"&apos;", "'"}, {"&#91;", "["}, {"&#93;", "]"}, {"&amp;", "&"}};
    for (const auto &[name, character] : kEntities)
        text = replaced(text, name, character);
    return text;
}

bool consistsOf(std::u32string_view word, std::u32string_view characters)
{
    return word.find_first_not_of(characters) == std::u32string_view::npos;
}

bool isOpening(std::u32string_view word)
{
    static constexpr std::u32string_view kBrackets = U"([{¿¡";
    return std::ranges::all_of(
        word, [](char32_t c) { return moses::isCurrency(c) || kBrackets.find(c) != std::u32string_view::npos; });
}

bool isClosing(std::u32string_view word)
{
    return consistsOf(word, U",.?!:;\\%}])");
}

bool isQuote(std::u32string_view word)
{
    return consistsOf(word, U"'\"„“`");
}

bool isContraction(std::u32string_view word)
{
    return word.size() > 1 && word[0] == U'\'' && moses::isLetterOfDetokenizer(word[1]);
}

bool isElision(std::u32string_view word)
{
    return word.size() > 1 && word.back() == U'\'' && moses::isLetterOfDetokenizer(word[word.size() - 2]);
}

// Words one after another, with or without a space in front of the next one.
class Sentence {
public:
    Sentence(std::span<const std::u32string_view> words, std::string_view language)
        : m_words(words), m_isEnglish(language == "en"), m_isFrench(language == "fr")
    {
    }

    [[nodiscard]] std::u32string join()
    {
        for (std::size_t at = 0; at < m_words.size(); ++at)
            add(at);
        return std::move(m_text);
    }

private:
    enum class Next { Apart, Attached };

    void add(std::size_t at)
    {
        const std::u32string_view word = m_words[at];
        if (moses::isCjk(word.front()))
            at > 0 && moses::isCjk(m_words[at - 1].back()) ? attach(word) : append(word, Next::Apart);
        else if (isOpening(word))
            append(word, Next::Attached);
        else if (isClosing(word))
            close(word);
        else if (m_isEnglish && at > 0 && isContraction(word))
            attach(word);
        else if (m_isFrench && at + 1 < m_words.size() && isElision(word) &&
                 moses::isLetterOfDetokenizer(m_words[at + 1].front()))
            append(word, Next::Attached);
        else if (isQuote(word))
            quote(at);
        else
            append(word, Next::Apart);
    }

    void attach(std::u32string_view word)
    {
        m_text += word;
        m_next = Next::Apart;
    }

    void append(std::u32string_view word, Next next)
    {
        if (m_next == Next::Apart)
            m_text += U' ';
        m_text += word;
        m_next = next;
    }

    void close(std::u32string_view word)
    {
        const bool isSingle = word.size() == 1 && consistsOf(word, U"?!:;\\%");
        if (m_isFrench && isSingle)
            m_text += U' ';
        attach(word);
    }

    // Each second quote of a kind closes.
    void quote(std::size_t at)
    {
        const std::u32string_view word = m_words[at];
        std::size_t &count = m_quotes[consistsOf(word, U"„“") ? std::u32string_view(U"\"") : word];
        const bool isPossessive =
            m_isEnglish && word == U"'" && at > 0 && m_words[at - 1].back() == U's'; // "the Jones' house"
        if (count % 2 == 0 && isPossessive)
            return attach(word);
        if (count % 2 == 0)
            append(word, Next::Attached);
        else
            attach(word);
        ++count;
    }

    std::span<const std::u32string_view> m_words;
    bool m_isEnglish;
    bool m_isFrench;
    Next m_next = Next::Apart;
    std::map<std::u32string_view, std::size_t> m_quotes;
    std::u32string m_text;
};

std::vector<std::u32string_view> wordsOf(std::u32string_view text)
{
    std::vector<std::u32string_view> words;
    std::size_t begin = 0;
    for (std::size_t at = 0; at <= text.size(); ++at) {
        if (at < text.size() && !isPythonSpace(text[at]))
            continue;
        if (at > begin)
            words.push_back(text.substr(begin, at - begin));
        begin = at + 1;
    }
    return words;
}

std::string collapsed(std::u32string_view text)
{
    std::string out;
    char32_t before = 0;
    for (const char32_t c : text) {
        if (c != U' ' || before != U' ')
            appendUtf8(out, c);
        before = c;
    }
    return out;
}

} // namespace

std::string MosesDetokenizer::decode(const std::vector<std::string_view> &tokens) const
{
    std::string joined = " ";
    for (const std::string_view token : tokens) {
        joined += token;
        joined += ' ';
    }
    const std::u32string text = decodeUtf8(repairedUtf8(withoutEntities(replaced(joined, " @-@ ", "-"))));
    const std::vector<std::u32string_view> words = wordsOf(text);
    const std::string sentence = strippedPython(collapsed(Sentence(words, m_language).join()));
    return strippedPython(replaced(replaced(sentence, " @,@ ", ","), " @.@ ", "."));
}

} // namespace engine::text
