// SPDX-License-Identifier: GPL-3.0-or-later
#include "generation/processors.h"

#include "engine/error.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace engine::generation {
namespace {

constexpr float kRemoved = -std::numeric_limits<float>::infinity();

bool isInside(std::int64_t id, std::span<const float> scores)
{
    return id >= 0 && static_cast<std::size_t>(id) < scores.size();
}

// Keskar et al. 2019 (CTRL), section 4.1: tokens of the row lose, once each however often they occur.
class RepetitionPenalty final : public LogitsProcessor {
public:
    explicit RepetitionPenalty(double penalty) : m_penalty(static_cast<float>(penalty)) {}
    [[nodiscard]] std::string_view name() const noexcept override { return "repetition penalty"; }
    void apply(std::span<float> scores, const RowContext &row) const override
    {
        std::vector<std::int64_t> ids(row.ids.begin(), row.ids.end());
        std::sort(ids.begin(), ids.end());
        ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
        for (const auto id : ids) {
            if (!isInside(id, scores))
                continue;
            float &score = scores[static_cast<std::size_t>(id)];
            score = score < 0.0F ? score * m_penalty : score / m_penalty;
        }
    }

private:
    float m_penalty;
};

// Paulus et al. 2017: bans every token that would complete an n-gram that the row already holds.
class NoRepeatNgram final : public LogitsProcessor {
public:
    explicit NoRepeatNgram(std::int64_t length) : m_prefix(static_cast<std::size_t>(length - 1)) {}
    [[nodiscard]] std::string_view name() const noexcept override { return "no-repeat n-gram"; }
    void apply(std::span<float> scores, const RowContext &row) const override
    {
        if (row.ids.size() <= m_prefix)
            return;
        const auto ending = row.ids.last(m_prefix);
        for (std::size_t i = 0; i + m_prefix < row.ids.size(); ++i) {
            const auto next = row.ids[i + m_prefix];
            if (isInside(next, scores) && std::equal(ending.begin(), ending.end(), row.ids.begin() + i))
                scores[static_cast<std::size_t>(next)] = kRemoved;
        }
    }

private:
    std::size_t m_prefix; // tokens before the one that is banned
};

// Never lets a sequence of tokens come up: its last token is banned behind the others. A sequence that is an end token
// alone is left out.
class BadWords final : public LogitsProcessor {
public:
    BadWords(std::vector<std::vector<std::int64_t>> words, std::span<const std::int64_t> endTokens)
        : m_words(std::move(words))
    {
        std::erase_if(m_words, [&](const auto &word) {
            return word.empty() || (word.size() == 1 && std::ranges::find(endTokens, word.front()) != endTokens.end());
        });
    }
    [[nodiscard]] std::string_view name() const noexcept override { return "bad words"; }
    void apply(std::span<float> scores, const RowContext &row) const override
    {
        for (const auto &word : m_words) {
            const std::size_t before = word.size() - 1;
            if (before <= row.ids.size() && isInside(word.back(), scores) &&
                std::equal(word.begin(), word.end() - 1, row.ids.end() - static_cast<std::ptrdiff_t>(before)))
                scores[static_cast<std::size_t>(word.back())] = kRemoved;
        }
    }

private:
    std::vector<std::vector<std::int64_t>> m_words;
};

// At one length of the row only one token is left, with the score 0.
class ForcedToken final : public LogitsProcessor {
public:
    enum class Place { First, Last };
    struct Rule {
        std::int64_t id = 0;
        Place place = Place::First;
        std::int64_t maxNewTokens = 0;
    };
    explicit ForcedToken(const Rule &rule) : m_rule(rule) {}
    [[nodiscard]] std::string_view name() const noexcept override
    {
        return m_rule.place == Place::First ? "forced first token" : "forced last token";
    }
    void apply(std::span<float> scores, const RowContext &row) const override
    {
        const bool isHere = m_rule.place == Place::First
                                ? row.ids.size() == 1
                                : static_cast<std::int64_t>(row.newTokens()) == m_rule.maxNewTokens - 1;
        if (!isHere || !isInside(m_rule.id, scores))
            return;
        std::ranges::fill(scores, kRemoved);
        scores[static_cast<std::size_t>(m_rule.id)] = 0.0F;
    }

private:
    Rule m_rule;
};

// Bans the end tokens while fewer than the wanted number of new tokens stand in the row.
class MinNewTokens final : public LogitsProcessor {
public:
    MinNewTokens(std::int64_t minimum, std::vector<std::int64_t> endTokens)
        : m_minimum(static_cast<std::size_t>(minimum)), m_endTokens(std::move(endTokens))
    {
    }
    [[nodiscard]] std::string_view name() const noexcept override { return "min new tokens"; }
    void apply(std::span<float> scores, const RowContext &row) const override
    {
        if (row.newTokens() >= m_minimum)
            return;
        for (const auto id : m_endTokens)
            if (isInside(id, scores))
                scores[static_cast<std::size_t>(id)] = kRemoved;
    }

private:
    std::size_t m_minimum;
    std::vector<std::int64_t> m_endTokens;
};

void require(bool holds, const char *option, const char *expected, const std::string &found)
{
    if (!holds)
        failArgument(std::string(option) + " must be " + expected + ", not " + found);
}

} // namespace

Processors processors(const GenerationOptions &options)
{
    Processors parts;
    if (options.repetitionPenalty != 1.0)
        parts.push_back(std::make_unique<RepetitionPenalty>(options.repetitionPenalty));
    if (options.noRepeatNgram > 0)
        parts.push_back(std::make_unique<NoRepeatNgram>(options.noRepeatNgram));
    if (!options.badWords.empty())
        parts.push_back(std::make_unique<BadWords>(options.badWords, options.eosTokenIds));
    if (options.minNewTokens > 0 && !options.eosTokenIds.empty())
        parts.push_back(std::make_unique<MinNewTokens>(options.minNewTokens, options.eosTokenIds));
    using Place = ForcedToken::Place;
    if (options.forcedFirstToken)
        parts.push_back(std::make_unique<ForcedToken>(ForcedToken::Rule{*options.forcedFirstToken, Place::First}));
    if (options.forcedLastToken)
        parts.push_back(std::make_unique<ForcedToken>(
            ForcedToken::Rule{*options.forcedLastToken, Place::Last, options.maxNewTokens}));
    return parts;
}

void applyAll(const Processors &parts, std::span<float> scores, const RowContext &row)
{
    for (const auto &part : parts)
        part->apply(scores, row);
}

void check(const GenerationOptions &options)
{
    constexpr std::int64_t kMaxBeams = 1024; // rows of a batch: more is a slip of the keyboard
    const auto integer = [](std::int64_t value) { return std::to_string(value); };
    const auto number = [](double value) {
        std::string text = std::to_string(value);
        text.erase(text.find_last_not_of('0') + 1);
        return text.back() == '.' ? text + "0" : text;
    };
    require(options.maxNewTokens >= 0, "max-new-tokens", "0 or more", integer(options.maxNewTokens));
    require(options.minNewTokens >= 0, "min-new-tokens", "0 or more", integer(options.minNewTokens));
    require(options.minNewTokens <= options.maxNewTokens, "min-new-tokens", "at most max-new-tokens",
            integer(options.minNewTokens));
    require(options.beams >= 1 && options.beams <= kMaxBeams, "beams", "1 to 1024", integer(options.beams));
    require(options.beamGroups >= 1 && options.beams % options.beamGroups == 0, "beam-groups",
            "a divisor of the number of beams", integer(options.beamGroups));
    require(options.beamGroups == 1 || !options.sample, "beam-groups", "1 when sampling", integer(options.beamGroups));
    require(options.diversityPenalty >= 0.0 && std::isfinite(options.diversityPenalty), "diversity-penalty",
            "0 or more", number(options.diversityPenalty));
    require(options.returnSequences >= 1 && options.returnSequences <= kMaxBeams, "return-sequences", "1 to 1024",
            integer(options.returnSequences));
    require(options.returnSequences <= options.beams || (options.sample && options.beams == 1), "return-sequences",
            "at most the number of beams", integer(options.returnSequences));
    require(options.noRepeatNgram >= 0, "no-repeat-ngram", "0 or more", integer(options.noRepeatNgram));
    require(options.repetitionPenalty > 0.0 && std::isfinite(options.repetitionPenalty), "repetition-penalty",
            "above 0", number(options.repetitionPenalty));
    require(std::isfinite(options.lengthPenalty), "length-penalty", "a finite number", number(options.lengthPenalty));
    require(options.temperature > 0.0 && std::isfinite(options.temperature), "temperature", "above 0",
            number(options.temperature));
    require(options.topK >= 0, "top-k", "0 or more", integer(options.topK));
    require(std::ranges::none_of(options.stopStrings, &std::string::empty), "stop", "a string that is not empty",
            "an empty one");
    require(options.topP >= 0.0 && options.topP <= 1.0, "top-p", "from 0 to 1", number(options.topP));
}

} // namespace engine::generation
