// SPDX-License-Identifier: GPL-3.0-or-later
// Objectives that corrupt a text and ask for all of it: BART's five kinds of noise, mBART's two.
#include "objectives/objective.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <stdexcept>
#include <utility>

namespace engine::objectives {
namespace {

constexpr char kMask[] = "<mask>";
constexpr char kMasking[] = "token-masking";
constexpr char kDeletion[] = "token-deletion";
constexpr char kInfilling[] = "text-infilling";
constexpr char kPermutation[] = "sentence-permutation";
constexpr char kRotation[] = "document-rotation";
constexpr std::array<std::string_view, 2> kActions{"chosen", "none"};

constexpr double kShare = 0.15;     // of the words, for masking and deletion
constexpr double kInfilled = 0.3;   // of the words
constexpr double kMeanLength = 3.0; // of a span
constexpr char kStop[] = ".";

// Words and where each stood in the text; none for a mask that stands for nothing or for several.
struct Traced {
    Json words = Json::array();
    Json origin = Json::array();
};

Traced untouched(const Json &tokens)
{
    return {tokens, counted(tokens.size())};
}

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
Traced infilled(const Traced &text, const Json &list)
{
    Traced out;
    std::size_t at = 0;
    const auto copyUntil = [&](std::size_t end) {
        for (; at < end; ++at) {
            out.words.push_back(text.words[at]);
            out.origin.push_back(text.origin[at]);
        }
    };
    for (const auto &span : spansOf(list)) {
        if (span.start < at || span.start + span.length > text.words.size())
            throw std::out_of_range("a span overlaps another or leaves the text");
        copyUntil(span.start);
        out.words.push_back(kMask);
        out.origin.push_back(nullptr);
        at = span.start + span.length;
    }
    copyUntil(text.words.size());
    return out;
}

// Spans that cover about `budget` words, do not touch and never cover `stop`.
struct SpanOptions {
    std::size_t budget = 0;
    double mean = kMeanLength;
    std::string stop = {};
};
Json drawSpans(Dice &dice, const Json &tokens, const SpanOptions &options)
{
    constexpr int kTries = 50;
    std::size_t budget = options.budget;
    std::vector<bool> isFree;
    for (const auto &token : tokens)
        isFree.push_back(options.stop.empty() || token != options.stop);
    Json spans = Json::array();
    for (int i = 0; i < kTries && budget > 0; ++i) {
        const auto length = dice.poisson(options.mean);
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

// Takes words into spans and out of them as the hand says: a word beside a span joins it, a word inside one splits it.
// The hand knows places of the text, the spans those of `moved`.
Json spansByHand(const Material &m, const Json &spans, const Traced &moved)
{
    const auto count = moved.words.size();
    std::vector<int> spanAt(count, -1); // which span covers each word
    std::set<std::size_t> inserted;     // masks of no word
    int number = 0;
    for (const auto &span : spansOf(spans)) {
        if (span.length == 0)
            inserted.insert(span.start);
        for (std::size_t i = 0; i < span.length; ++i)
            spanAt.at(span.start + i) = number;
        ++number;
    }
    bool isChanged = false;
    for (std::size_t i = 0; i < count; ++i) {
        const auto *action = m.hand.actionAt(moved.origin[i].get<std::size_t>(), kActions);
        const bool wanted = action != nullptr && *action == "chosen";
        if (action == nullptr || wanted == (spanAt[i] >= 0))
            continue;
        isChanged = true;
        if (!wanted) {
            const int covering = std::exchange(spanAt[i], -1);
            for (std::size_t k = i + 1; k < count && spanAt[k] == covering; ++k)
                spanAt[k] = number;
            ++number;
            continue;
        }
        const int before = i > 0 ? spanAt[i - 1] : -1;
        const int after = i + 1 < count ? spanAt[i + 1] : -1;
        spanAt[i] = before >= 0 ? before : after >= 0 ? after : number++;
        for (std::size_t k = i + 1; before >= 0 && after >= 0 && k < count && spanAt[k] == after; ++k)
            spanAt[k] = before;
        inserted.erase(i);
    }
    if (!isChanged)
        return spans;
    Json out = Json::array();
    for (std::size_t i = 0; i < count; ++i) {
        if (inserted.contains(i) && spanAt[i] < 0)
            out.push_back({{"start", i}, {"length", 0}});
        if (spanAt[i] < 0)
            continue;
        if (i > 0 && spanAt[i - 1] == spanAt[i])
            out.back()["length"] = out.back()["length"].get<std::size_t>() + 1;
        else
            out.push_back({{"start", i}, {"length", 1}});
    }
    return out;
}

// Sentences end with a full stop, which stays with its sentence.
Json sentencesOf(const Json &tokens)
{
    Json out = Json::array();
    Json current = Json::array();
    for (const auto &token : tokens) {
        current.push_back(token);
        if (token == kStop) {
            out.push_back(std::move(current));
            current = Json::array();
        }
    }
    if (!current.empty())
        out.push_back(std::move(current));
    return out;
}

Traced inOrder(const Json &sentences, const Json &order)
{
    std::vector<std::size_t> begins;
    std::size_t at = 0;
    for (const auto &sentence : sentences) {
        begins.push_back(at);
        at += sentence.size();
    }
    Traced out;
    for (const auto &index : order) {
        const auto which = index.get<std::size_t>();
        append(out.words, sentences.at(which));
        for (std::size_t i = 0; i < sentences[which].size(); ++i)
            out.origin.push_back(begins[which] + i);
    }
    return out;
}

Traced rotated(const Traced &text, std::size_t start)
{
    Traced out;
    const auto count = text.words.size();
    for (std::size_t i = 0; i < count; ++i) {
        out.words.push_back(text.words[(start + i) % count]);
        out.origin.push_back(text.origin[(start + i) % count]);
    }
    return out;
}

enum class Removal { Mask, Delete };
// Words that stood at these places of the text.
Traced without(const Traced &text, const Json &positions, Removal removal)
{
    const auto chosen = positions.get<std::set<std::size_t>>();
    Traced out;
    for (std::size_t i = 0; i < text.words.size(); ++i) {
        const bool isChosen = !text.origin[i].is_null() && chosen.contains(text.origin[i].get<std::size_t>());
        if (isChosen && removal == Removal::Delete)
            continue;
        out.words.push_back(isChosen ? Json(kMask) : text.words[i]);
        out.origin.push_back(text.origin[i]);
    }
    return out;
}

struct Counts {
    std::size_t words = 0;
    std::size_t few = 0;    // to mask or delete
    std::size_t budget = 0; // to fill in
};

Counts countsOf(const Material &m)
{
    const auto n = m.text.words.size();
    const auto share = [n](double part) { return std::max<std::size_t>(1, rounded(part * static_cast<double>(n))); };
    return {n, share(kShare), share(kInfilled)};
}

Json infilling(const Material &m, const Traced &moved, const Counts &counts)
{
    return spansByHand(m, drawSpans(m.dice, moved.words, {.budget = counts.budget}), moved);
}

// The kinds that were asked for, one after the other: sentences move, the document turns, words go, spans and single
// words become masks.
Case drawTogether(const Material &m)
{
    const Json tokens = m.text.words;
    const Counts counts = countsOf(m);
    const auto wants = [&](const char *kind) { return std::ranges::count(m.request.noise, kind) > 0; };
    Case out{.name = m.request.noise.size() == 1 ? m.request.noise.front() : "together", .given = {{"tokens", tokens}}};
    Traced text = untouched(tokens);
    if (wants(kPermutation)) {
        const Json sentences = sentencesOf(tokens);
        out.choices["order"] = orderOf(m, sentences.size());
        text = inOrder(sentences, out.choices["order"]);
    }
    if (wants(kRotation)) {
        out.choices["start"] = m.dice.below(counts.words);
        text = rotated(text, out.choices["start"].get<std::size_t>());
    }
    if (wants(kDeletion)) { // a word chosen by hand goes the first way that is wanted
        out.choices["deleted"] = chosenPositions(m, counts.few, counts.words);
        text = without(text, out.choices["deleted"], Removal::Delete);
    }
    if (wants(kInfilling))
        out.choices["spans"] = infilling(m, text, counts);
    if (wants(kMasking))
        out.choices["masked"] = chosenPositions(m, counts.few, counts.words);
    return out;
}

std::vector<Case> drawBart(const Material &m)
{
    if (!m.request.noise.empty())
        return {drawTogether(m)};
    const Json tokens = m.text.words;
    const Json given{{"tokens", tokens}};
    const Counts counts = countsOf(m);
    const Json sentences = sentencesOf(tokens);
    const auto order = orderOf(m, sentences.size());
    const auto positions = [&] { return chosenPositions(m, counts.few, counts.words); };
    const Json masked = positions();
    const Json deleted = positions();
    const Json spans = infilling(m, untouched(tokens), counts);
    const auto start = m.dice.below(counts.words);
    const Json movedSpans = infilling(m, inOrder(sentences, order), counts);
    return {{kMasking, given, {{"positions", masked}}},
            {kDeletion, given, {{"positions", deleted}}},
            {kInfilling, given, {{"spans", spans}}},
            {kPermutation, given, {{"order", order}}},
            {kRotation, given, {{"start", start}}},
            {"permutation-then-infilling", given, {{"order", order}, {"spans", movedSpans}}}};
}

// The kinds of noise are told by the choices, in the order in which they are applied; masking and deletion of the same
// positions by the name alone.
Json expectedBart(const Case &c)
{
    const Json &tokens = c.given.at("tokens");
    const Json &choices = c.choices;
    Json out{{"target", tokens}};
    Traced text = untouched(tokens);
    Json steps = Json::array();
    const auto apply = [&](const char *name, Traced next) {
        text = std::move(next);
        steps.push_back({{"noise", name}, {"words", text.words}, {"origin", text.origin}});
    };
    if (choices.contains("order")) {
        out["sentences"] = sentencesOf(tokens);
        apply(kPermutation, inOrder(out["sentences"], choices.at("order")));
    }
    if (choices.contains("start"))
        apply(kRotation, rotated(text, choices.at("start").get<std::size_t>()));
    if (choices.contains("deleted"))
        apply(kDeletion, without(text, choices.at("deleted"), Removal::Delete));
    if (choices.contains("spans"))
        apply(kInfilling, infilled(text, choices.at("spans")));
    if (choices.contains("masked"))
        apply(kMasking, without(text, choices.at("masked"), Removal::Mask));
    if (choices.contains("positions")) {
        const bool isDeletion = c.name.find("deletion") != std::string::npos;
        if (!isDeletion && c.name.find("masking") == std::string::npos)
            throw std::invalid_argument("expected token masking or token deletion");
        apply(isDeletion ? kDeletion : kMasking,
              without(text, choices.at("positions"), isDeletion ? Removal::Delete : Removal::Mask));
    }
    out["input"] = text.words;
    out["input_origin"] = text.origin;
    out["steps"] = steps;
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
    constexpr double kHidden = 0.35;
    constexpr double kLength = 3.5;
    constexpr char kEnd[] = "</s>";
    Json sentences = Json::array();
    std::size_t words = 0;
    for (const auto &sentence : m.text.sentences) {
        words += sentence.size();
        sentences.push_back(joined(sentence, {kEnd}));
    }
    const auto order = orderOf(m, sentences.size());
    const auto budget = std::max<std::size_t>(1, rounded(kHidden * static_cast<double>(words)));
    const Traced moved = inOrder(sentences, order);
    const Json spans =
        spansByHand(m, drawSpans(m.dice, moved.words, {.budget = budget, .mean = kLength, .stop = kEnd}), moved);
    const std::string language = m.request.languages.empty() ? "en_XX" : m.request.languages.front();
    return {{"denoising", {{"sentences", sentences}, {"language", language}}, {{"order", order}, {"spans", spans}}}};
}

Json expectedMbart(const Case &c)
{
    const Json &language = c.given.at("language");
    const Traced moved = inOrder(c.given.at("sentences"), c.choices.at("order"));
    Traced input = infilled(moved, c.choices.at("spans"));
    const Json steps = Json::array({{{"noise", kPermutation}, {"words", moved.words}, {"origin", moved.origin}},
                                    {{"noise", kInfilling}, {"words", input.words}, {"origin", input.origin}}});
    input.words.push_back(language);
    input.origin.push_back(nullptr);
    Json tokens = Json::array();
    for (const auto &sentence : c.given.at("sentences"))
        append(tokens, sentence);
    Json decoder = Json::array({language});
    append(decoder, tokens);
    tokens.push_back(language);
    return {{"input", input.words},
            {"input_origin", input.origin},
            {"decoder_input", decoder},
            {"targets", tokens},
            {"steps", steps}};
}

} // namespace

Objective bartNoise()
{
    return {.info = {.id = "bart-noise",
                     .title = "Corrupted text",
                     .family = "bart",
                     .families = {"bart"},
                     .source = "Lewis et al. 2019, BART, section 2.2 and figure 2",
                     .rules = {"the target is always the whole original text",
                               "a deleted token leaves no trace; an infilled span leaves one mask, whatever its length",
                               "span lengths are drawn from Poisson(3); length 0 inserts a mask",
                               "sentences end with a full stop, which stays with its sentence"},
                     .options = {ObjectiveOption::Forced, ObjectiveOption::Order, ObjectiveOption::Noise},
                     .actions = {kActions.begin(), kActions.end()},
                     .noises = {kMasking, kDeletion, kInfilling, kPermutation, kRotation}},
            .draw = drawBart,
            .expected = expectedBart,
            .facts = factsOfBart};
}

Objective mbartDenoising()
{
    return {.info = {.id = "mbart-denoising",
                     .title = "Multilingual noise",
                     .family = "mbart",
                     .families = {"mbart"},
                     .source = "Liu et al. 2020, mBART, section 2.2 and figure 1",
                     .rules = {"sentences, each with its </s>, are permuted, then spans with lengths from Poisson(3.5) "
                               "that cover 35 % of the words are infilled",
                               "the language code ends the encoder's input and the targets, and starts the decoder's "
                               "input"},
                     .options = {ObjectiveOption::Forced, ObjectiveOption::Order, ObjectiveOption::Languages},
                     .actions = {kActions.begin(), kActions.end()}},
            .draw = drawMbart,
            .expected = expectedMbart};
}

} // namespace engine::objectives
