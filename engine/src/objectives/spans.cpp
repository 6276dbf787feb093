// SPDX-License-Identifier: GPL-3.0-or-later
// Objectives that hide or move spans of words: T5, BART, mBART.
#include "objectives/objective.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <stdexcept>

namespace engine::objectives {
namespace {

void append(Json &list, const Json &more)
{
    list.insert(list.end(), more.begin(), more.end());
}

// ---- T5 --------------------------------------------------------------------------------------------

std::string sentinel(std::size_t index)
{
    return "<extra_id_" + std::to_string(index) + ">";
}

// Every run of dropped words becomes one sentinel; the target lists sentinels with their words.
Json withSentinels(const Json &tokens, const std::set<std::size_t> &dropped)
{
    Json input = Json::array();
    Json target = Json::array();
    std::size_t count = 0;
    if (!dropped.empty() && *dropped.rbegin() >= tokens.size())
        throw std::out_of_range("a dropped position is outside the text");
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (!dropped.contains(i)) {
            input.push_back(tokens[i]);
            continue;
        }
        if (i == 0 || !dropped.contains(i - 1)) {
            input.push_back(sentinel(count));
            target.push_back(sentinel(count++));
        }
        target.push_back(tokens[i]);
    }
    target.push_back(sentinel(count));
    return {{"input", input}, {"target", target}};
}

struct SpanPlan {
    std::size_t noise; // words to drop
    std::size_t spans;
};

SpanPlan planOf(std::size_t length, double density, double meanLength)
{
    const auto noise = std::min(std::max<std::size_t>(rounded(static_cast<double>(length) * density), 1), length - 1);
    return {noise, std::max<std::size_t>(rounded(static_cast<double>(noise) / meanLength), 1)};
}

// `total` as a sum of `parts` positive numbers.
std::vector<std::size_t> partition(Dice &dice, std::size_t total, std::size_t parts)
{
    std::vector<std::size_t> out;
    std::size_t last = 0;
    for (const auto cut : dice.some(parts - 1, total - 1)) {
        out.push_back(cut + 1 - last);
        last = cut + 1;
    }
    out.push_back(total - last);
    return out;
}

std::vector<Case> drawT5(const Material &m)
{
    constexpr double kDensity = 0.15;
    constexpr double kMeanLength = 3.0;
    const auto n = m.text.words.size();
    if (n < 2)
        throw std::invalid_argument("t5-span-corruption needs at least two words");
    auto plan = planOf(n, kDensity, kMeanLength);
    plan.spans = std::min(plan.spans, n - plan.noise);
    const auto noise = partition(m.dice, plan.noise, plan.spans);
    const auto plain = partition(m.dice, n - plan.noise, plan.spans);
    return {{.name = "spans",
             .given = {{"tokens", m.text.words}, {"density", kDensity}, {"mean_length", kMeanLength}},
             .choices = {{"plain_lengths", plain}, {"noise_lengths", noise}}}};
}

Json expectedT5(const Case &c)
{
    const Json &tokens = c.given.at("tokens");
    if (c.choices.contains("dropped"))
        return withSentinels(tokens, c.choices.at("dropped").get<std::set<std::size_t>>());
    const auto plain = c.choices.at("plain_lengths").get<std::vector<std::size_t>>();
    const auto noise = c.choices.at("noise_lengths").get<std::vector<std::size_t>>();
    std::set<std::size_t> dropped;
    std::size_t at = 0;
    for (std::size_t i = 0; i < plain.size(); ++i) {
        at += plain[i];
        for (std::size_t k = 0; k < noise.at(i); ++k)
            dropped.insert(at++);
    }
    Json out = withSentinels(tokens, dropped);
    const auto plan =
        planOf(tokens.size(), c.given.at("density").get<double>(), c.given.at("mean_length").get<double>());
    out["noise_tokens"] = plan.noise;
    out["spans"] = plan.spans;
    out["dropped"] = dropped;
    return out;
}

// ---- BART and mBART --------------------------------------------------------------------------------

constexpr char kMask[] = "<mask>";

struct Span {
    std::size_t start = 0;
    std::size_t length = 0;
};

std::vector<Span> spansOf(const Json &list)
{
    std::vector<Span> spans;
    for (const auto &span : list)
        spans.push_back({span.at("start").get<std::size_t>(), span.at("length").get<std::size_t>()});
    std::ranges::stable_sort(spans, {}, &Span::start);
    return spans;
}

// Every span becomes one mask; one of length 0 inserts a mask before its start.
Json infilled(const Json &tokens, const Json &list)
{
    Json out = Json::array();
    std::size_t at = 0;
    for (const auto &span : spansOf(list)) {
        if (span.start < at || span.start + span.length > tokens.size())
            throw std::out_of_range("a span overlaps another or leaves the text");
        for (; at < span.start; ++at)
            out.push_back(tokens[at]);
        out.push_back(kMask);
        at = span.start + span.length;
    }
    for (; at < tokens.size(); ++at)
        out.push_back(tokens[at]);
    return out;
}

// Spans that cover about `budget` words, do not touch and never cover `stop`.
Json drawSpans(Dice &dice, const Json &tokens, std::size_t budget, double mean, const std::string &stop = {})
{
    constexpr int kTries = 50;
    std::vector<bool> isFree;
    for (const auto &token : tokens)
        isFree.push_back(stop.empty() || token != stop);
    Json spans = Json::array();
    for (int i = 0; i < kTries && budget > 0; ++i) {
        const auto length = dice.poisson(mean);
        std::vector<std::size_t> starts;
        for (std::size_t s = 0; s + std::max<std::size_t>(length, 1) <= isFree.size(); ++s)
            if (std::all_of(isFree.begin() + static_cast<std::ptrdiff_t>(s),
                            isFree.begin() + static_cast<std::ptrdiff_t>(s + std::max<std::size_t>(length, 1)),
                            [](bool free) { return free; }))
                starts.push_back(s);
        if (starts.empty() || length > budget)
            continue;
        const auto start = starts[dice.below(starts.size())];
        spans.push_back({{"start", start}, {"length", length}});
        const auto end = std::min(isFree.size(), start + std::max<std::size_t>(length, 1) + 1);
        std::fill(isFree.begin() + static_cast<std::ptrdiff_t>(start == 0 ? 0 : start - 1),
                  isFree.begin() + static_cast<std::ptrdiff_t>(end), false);
        budget -= length;
    }
    std::sort(spans.begin(), spans.end(), [](const Json &a, const Json &b) { return a["start"] < b["start"]; });
    return spans;
}

// Sentences end with a full stop, which stays with its sentence.
Json sentencesOf(const Json &tokens)
{
    Json out = Json::array();
    Json current = Json::array();
    for (const auto &token : tokens) {
        current.push_back(token);
        if (token == ".") {
            out.push_back(std::move(current));
            current = Json::array();
        }
    }
    if (!current.empty())
        out.push_back(std::move(current));
    return out;
}

Json inOrder(const Json &sentences, const Json &order)
{
    Json out = Json::array();
    for (const auto &index : order)
        append(out, sentences.at(index.get<std::size_t>()));
    return out;
}

std::vector<Case> drawBart(const Material &m)
{
    constexpr double kShare = 0.15;
    constexpr double kInfilled = 0.3;
    constexpr double kMeanLength = 3.0;
    const Json tokens = m.text.words;
    const Json given{{"tokens", tokens}};
    const auto n = tokens.size();
    const auto few = std::max<std::size_t>(1, rounded(kShare * static_cast<double>(n)));
    const auto budget = std::max<std::size_t>(1, rounded(kInfilled * static_cast<double>(n)));
    const Json sentences = sentencesOf(tokens);
    const auto order = m.dice.order(sentences.size());
    const Json moved = inOrder(sentences, order);
    return {{"token-masking", given, {{"positions", m.dice.some(few, n)}}},
            {"token-deletion", given, {{"positions", m.dice.some(few, n)}}},
            {"text-infilling", given, {{"spans", drawSpans(m.dice, tokens, budget, kMeanLength)}}},
            {"sentence-permutation", given, {{"order", order}}},
            {"document-rotation", given, {{"start", m.dice.below(n)}}},
            {"permutation-then-infilling",
             given,
             {{"order", order}, {"spans", drawSpans(m.dice, moved, budget, kMeanLength)}}}};
}

// The kind of noise is told by the choices, masking and deletion by the name alone.
Json expectedBart(const Case &c)
{
    const Json &tokens = c.given.at("tokens");
    Json out{{"target", tokens}};
    if (c.choices.contains("positions")) {
        const auto chosen = c.choices.at("positions").get<std::set<std::size_t>>();
        const bool isDeletion = c.name.find("deletion") != std::string::npos;
        if (!isDeletion && c.name.find("masking") == std::string::npos)
            throw std::invalid_argument("expected token masking or token deletion");
        Json input = Json::array();
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            if (!chosen.contains(i))
                input.push_back(tokens[i]);
            else if (!isDeletion)
                input.push_back(kMask);
        }
        out["input"] = input;
    } else if (c.choices.contains("start")) {
        const auto start = c.choices.at("start").get<std::size_t>();
        Json input = Json::array();
        for (std::size_t i = 0; i < tokens.size(); ++i)
            input.push_back(tokens[(start + i) % tokens.size()]);
        out["input"] = input;
    } else {
        Json current = tokens;
        if (c.choices.contains("order")) {
            out["sentences"] = sentencesOf(tokens);
            current = inOrder(out["sentences"], c.choices.at("order"));
        }
        out["input"] = c.choices.contains("spans") ? infilled(current, c.choices.at("spans")) : current;
    }
    return out;
}

Json factsOfBart(const Json &document)
{
    if (!document.contains("span_length_probabilities"))
        return Json::object();
    constexpr double kMean = 3.0;
    Json probabilities = Json::array();
    for (const auto &entry : document.at("span_length_probabilities")) {
        const auto length = entry.at("length").get<int>();
        probabilities.push_back(
            {{"length", length},
             {"probability", std::exp(length * std::log(kMean) - kMean - std::lgamma(length + 1.0))}});
    }
    return {{"span_length_probabilities", probabilities}};
}

std::vector<Case> drawMbart(const Material &m)
{
    constexpr double kInfilled = 0.35;
    constexpr double kMeanLength = 3.5;
    constexpr char kEnd[] = "</s>";
    Json sentences = Json::array();
    std::size_t words = 0;
    for (const auto &sentence : m.text.sentences) {
        words += sentence.size();
        sentences.push_back(joined(sentence, {kEnd}));
    }
    const auto order = m.dice.order(sentences.size());
    const auto budget = std::max<std::size_t>(1, rounded(kInfilled * static_cast<double>(words)));
    const Json moved = inOrder(sentences, order);
    return {{"denoising",
             {{"sentences", sentences}, {"language", "en_XX"}},
             {{"order", order}, {"spans", drawSpans(m.dice, moved, budget, kMeanLength, kEnd)}}}};
}

Json expectedMbart(const Case &c)
{
    const Json &language = c.given.at("language");
    Json input = infilled(inOrder(c.given.at("sentences"), c.choices.at("order")), c.choices.at("spans"));
    input.push_back(language);
    Json tokens = Json::array();
    for (const auto &sentence : c.given.at("sentences"))
        append(tokens, sentence);
    Json decoder = Json::array({language});
    append(decoder, tokens);
    tokens.push_back(language);
    return {{"input", input}, {"decoder_input", decoder}, {"targets", tokens}};
}

} // namespace

Objective t5SpanCorruption()
{
    return {.info = {.id = "t5-span-corruption",
                     .family = "t5",
                     .source = "Raffel et al. 2019, T5, sections 3.1.4 and 3.3.4, figure 2",
                     .rules = {"every run of dropped words becomes one sentinel, numbered from 0",
                               "the target lists each sentinel with its words and ends with one more sentinel",
                               "15 % of the words in spans of 3 on average"}},
            .draw = drawT5,
            .expected = expectedT5};
}

Objective bartNoise()
{
    return {.info = {.id = "bart-noise",
                     .family = "bart",
                     .source = "Lewis et al. 2019, BART, section 2.2 and figure 2",
                     .rules = {"the target is always the whole original text",
                               "a deleted token leaves no trace; an infilled span leaves one mask, whatever its length",
                               "span lengths are drawn from Poisson(3); length 0 inserts a mask",
                               "sentences end with a full stop, which stays with its sentence"}},
            .draw = drawBart,
            .expected = expectedBart,
            .facts = factsOfBart};
}

Objective mbartDenoising()
{
    return {.info = {.id = "mbart-denoising",
                     .family = "mbart",
                     .source = "Liu et al. 2020, mBART, section 2.2 and figure 1",
                     .rules = {"sentences, each with its </s>, are permuted, then spans with lengths from Poisson(3.5) "
                               "that cover 35 % of the words are infilled",
                               "the language code ends the encoder's input and the targets, and starts the decoder's "
                               "input"}},
            .draw = drawMbart,
            .expected = expectedMbart};
}

} // namespace engine::objectives
