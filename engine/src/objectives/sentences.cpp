// SPDX-License-Identifier: GPL-3.0-or-later
// Objectives about whole sentences: BERT's next sentence, ALBERT's order, Pegasus' gaps.
#include "objectives/objective.h"

#include "text/unicode.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <set>
#include <stdexcept>
#include <utility>

namespace engine::objectives {
namespace {

constexpr char kClass[] = "[CLS]";
constexpr char kSeparator[] = "[SEP]";

// [CLS] first [SEP] second [SEP] and the segment of each.
Json pairInput(const Json &first, const Json &second)
{
    Json input = Json::array({kClass});
    Json segments = Json::array({0});
    const auto add = [&](const Json &words, int segment) {
        for (const auto &word : words) {
            input.push_back(word);
            segments.push_back(segment);
        }
        input.push_back(kSeparator);
        segments.push_back(segment);
    };
    add(first, 0);
    add(second, 1);
    return {{"input", input}, {"segments", segments}};
}

const std::vector<Words> &severalSentences(const Material &m, const char *id)
{
    if (m.text.sentences.size() < 2)
        throw std::invalid_argument(std::string(id) + " needs at least two sentences, each ending with . ! or ?");
    return m.text.sentences;
}

// The first sentence of the pair: the one that was asked for, else a drawn one.
std::size_t firstOfPair(const Material &m)
{
    const auto count = m.text.sentences.size() - 1;
    const auto drawn = m.dice.below(count);
    if (m.request.sentence.value_or(drawn) >= count)
        throw std::out_of_range("the first sentence of the pair: expected 0 to " + std::to_string(count - 1) +
                                ", found " + std::to_string(*m.request.sentence));
    return m.request.sentence.value_or(drawn);
}

bool isInOrder(const Material &m)
{
    const bool drawn = m.dice.uniform() < 0.5;
    return m.request.follows.value_or(drawn);
}

std::vector<Case> drawNext(const Material &m)
{
    const auto &own = severalSentences(m, "bert-next-sentence");
    const auto sentence = firstOfPair(m);
    const bool follows = isInOrder(m);
    Json choices{{"document", 0}, {"sentence", sentence}, {"next", follows}};
    if (!follows) {
        choices["other_document"] = 1;
        choices["other_sentence"] = m.dice.below(m.pair->sentences.size());
    }
    return {{.name = "pair", .given = {{"documents", {own, m.pair->sentences}}}, .choices = choices}};
}

Json expectedNext(const Case &c)
{
    const Json &documents = c.given.at("documents");
    const auto index = [&](const char *name) { return c.choices.at(name).get<std::size_t>(); };
    const bool follows = c.choices.at("next").get<bool>();
    const Json &document = documents.at(index("document"));
    const Json &second = follows ? document.at(index("sentence") + 1)
                                 : documents.at(index("other_document")).at(index("other_sentence"));
    Json out = pairInput(document.at(index("sentence")), second);
    out["label"] = follows ? 0 : 1;
    out["label_name"] = follows ? "IsNext" : "NotNext";
    return out;
}

std::vector<Case> drawOrder(const Material &m)
{
    const auto &document = severalSentences(m, "albert-sentence-order");
    const auto sentence = firstOfPair(m);
    return {{.name = "pair",
             .given = {{"document", document}},
             .choices = {{"sentence", sentence}, {"swapped", !isInOrder(m)}}}};
}

Json expectedOrder(const Case &c)
{
    const auto at = c.choices.at("sentence").get<std::size_t>();
    const bool isSwapped = c.choices.at("swapped").get<bool>();
    const Json &document = c.given.at("document");
    Json out = pairInput(document.at(isSwapped ? at + 1 : at), document.at(isSwapped ? at : at + 1));
    out["label"] = isSwapped ? 1 : 0;
    return out;
}

// ---- Pegasus ---------------------------------------------------------------------------------------

using Bag = std::map<std::u32string, int>;

// Words of letters and digits, in lower case.
Bag bagOf(const Json &sentence)
{
    Bag bag;
    for (const auto &word : sentence) {
        std::u32string lower;
        bool isWord = true;
        for (const char32_t c : text::decodeUtf8(word.get<std::string>())) {
            isWord = isWord && text::isWordCharacter(c);
            const auto small = text::lowercase(c);
            lower += small.first;
            if (small.second != 0)
                lower += small.second;
        }
        if (isWord && !lower.empty())
            ++bag[lower];
    }
    return bag;
}

double overlapF1(const Bag &a, const Bag &b, bool countsOnce)
{
    const auto number = [countsOnce](int count) { return countsOnce ? 1 : count; };
    int overlap = 0;
    int ofA = 0;
    int ofB = 0;
    for (const auto &[word, count] : a) {
        ofA += number(count);
        if (const auto it = b.find(word); it != b.end())
            overlap += std::min(number(count), number(it->second));
    }
    for (const auto &[word, count] : b)
        ofB += number(count);
    if (overlap == 0)
        return 0.0;
    const double precision = static_cast<double>(overlap) / ofA;
    const double recall = static_cast<double>(overlap) / ofB;
    return 2 * precision * recall / (precision + recall);
}

struct Scores {
    std::vector<double> plain;
    std::vector<double> unique;
};

// Each sentence against all others.
Scores scoresOf(const Json &sentences)
{
    std::vector<Bag> bags;
    Bag all;
    for (const auto &sentence : sentences) {
        bags.push_back(bagOf(sentence));
        for (const auto &[word, count] : bags.back())
            all[word] += count;
    }
    Scores scores;
    for (const auto &bag : bags) {
        Bag rest = all;
        for (const auto &[word, count] : bag)
            if ((rest[word] -= count) == 0)
                rest.erase(word);
        scores.plain.push_back(overlapF1(bag, rest, false));
        scores.unique.push_back(overlapF1(bag, rest, true));
    }
    return scores;
}

std::vector<std::size_t> gaps(const std::vector<double> &scores, double ratio)
{
    std::vector<std::size_t> ranked(scores.size());
    std::iota(ranked.begin(), ranked.end(), 0);
    std::ranges::stable_sort(ranked, [&](auto a, auto b) { return scores[a] > scores[b]; });
    ranked.resize(
        std::min(ranked.size(), std::max<std::size_t>(1, rounded(ratio * static_cast<double>(scores.size())))));
    std::ranges::sort(ranked);
    return ranked;
}

using Place = std::pair<std::size_t, std::size_t>; // sentence, word in it

// Words of the sentences that are not gaps.
std::vector<Place> placesOutside(const std::vector<Words> &sentences, const std::vector<std::size_t> &gapSentences)
{
    std::vector<Place> places;
    for (std::size_t s = 0; s < sentences.size(); ++s)
        for (std::size_t p = 0; p < sentences[s].size(); ++p)
            if (std::ranges::find(gapSentences, s) == gapSentences.end())
                places.emplace_back(s, p);
    return places;
}

// Puts words in and takes them out as the hand says; what it says of a word in a gap has no effect.
void takeByHand(const Material &m, const std::vector<Place> &places, std::set<Place> &masked)
{
    static constexpr std::array<std::string_view, 2> kActions{"mask", "none"};
    const auto &sentences = m.text.sentences;
    std::size_t position = 0;
    for (std::size_t s = 0; s < sentences.size(); ++s)
        for (std::size_t p = 0; p < sentences[s].size(); ++p, ++position) {
            const auto *action = m.hand.actionAt(position, kActions);
            if (action == nullptr || !std::ranges::binary_search(places, Place{s, p}))
                continue;
            if (*action == "mask")
                masked.insert({s, p});
            else
                masked.erase({s, p});
        }
}

// The best sentences, those that the hand puts in or takes out besides.
std::vector<std::size_t> gapsByHand(const Material &m, const std::vector<std::size_t> &best, std::size_t count)
{
    static constexpr std::array<std::string_view, 2> kActions{"gap", "no-gap"};
    std::set<std::size_t> chosen(best.begin(), best.end());
    for (std::size_t s = 0; s < count; ++s)
        if (const auto *action = m.hand.actionAt(s, kActions)) {
            if (*action == "gap")
                chosen.insert(s);
            else
                chosen.erase(s);
        }
    return {chosen.begin(), chosen.end()};
}

std::vector<Case> drawGaps(const Material &m)
{
    constexpr double kRatio = 0.3;
    constexpr double kMasked = 0.15;
    const auto &own = severalSentences(m, "pegasus-gap-sentences");
    const auto best = gaps(scoresOf(own).plain, kRatio);
    const auto chosen = gapsByHand(m, best, own.size());
    const auto places = placesOutside(own, chosen);
    std::set<Place> masked;
    const auto count = std::max<std::size_t>(1, rounded(kMasked * static_cast<double>(places.size())));
    for (const auto i : m.dice.some(std::min(count, places.size()), places.size()))
        masked.insert(places[i]);
    takeByHand(m, places, masked);
    Json words = Json::array();
    for (const auto &[sentence, word] : masked)
        words.push_back({sentence, word});
    Case out{.name = "gaps", .given = {{"sentences", own}, {"ratio", kRatio}}, .choices = {{"masked_words", words}}};
    if (chosen != best)
        out.choices["gap_sentences"] = chosen; // else they follow from the scores
    return {out};
}

Json expectedGaps(const Case &c)
{
    const Json &sentences = c.given.at("sentences");
    const Scores scores = scoresOf(sentences);
    const auto chosen = c.choices.contains("gap_sentences")
                            ? c.choices.at("gap_sentences").get<std::vector<std::size_t>>()
                            : gaps(scores.plain, c.given.at("ratio").get<double>());
    std::set<std::pair<std::size_t, std::size_t>> masked;
    for (const auto &place : c.choices.at("masked_words"))
        masked.emplace(place.at(0).get<std::size_t>(), place.at(1).get<std::size_t>());
    Json input = Json::array();
    Json origin = Json::array();
    Json target = Json::array();
    Json words = Json::array();
    std::size_t position = 0;
    for (std::size_t s = 0; s < sentences.size(); ++s) {
        if (std::ranges::find(chosen, s) != chosen.end()) {
            input.push_back("[MASK1]");
            origin.push_back(nullptr);
            words.push_back(nullptr);
            append(target, sentences[s]);
            position += sentences[s].size();
            continue;
        }
        for (std::size_t p = 0; p < sentences[s].size(); ++p, ++position) {
            const bool isMasked = masked.contains({s, p});
            input.push_back(isMasked ? Json("[MASK2]") : sentences[s][p]);
            origin.push_back(position);
            words.push_back(isMasked ? sentences[s][p] : Json());
        }
    }
    return {{"rouge1_f1", scores.plain}, {"rouge1_f1_unique", scores.unique},
            {"gap_sentences", chosen},   {"input", input},
            {"input_origin", origin},    {"target", target},
            {"mlm_targets", words}};
}

} // namespace

Objective bertNextSentence()
{
    return {.info = {.id = "bert-next-sentence",
                     .title = "Next sentence",
                     .family = "bert",
                     .families = {"bert"},
                     .source = "Devlin et al. 2018, BERT, section 3.1 task 2",
                     .rules = {"half of the second sentences really follow, the others come from another document",
                               "label 0: the second follows the first; label 1: it is a random sentence",
                               "segment 0 covers [CLS], the first sentence and its [SEP]"},
                     .pair = "another document",
                     .needsPair = true,
                     .needsSentences = true,
                     .options = {ObjectiveOption::Sentence, ObjectiveOption::Follows}},
            .draw = drawNext,
            .expected = expectedNext};
}

Objective albertSentenceOrder()
{
    return {.info = {.id = "albert-sentence-order",
                     .title = "Sentence order",
                     .family = "albert",
                     .families = {"albert"},
                     .source = "Lan et al. 2019, ALBERT, section 3.1",
                     .rules = {"two sentences that follow each other; half of the pairs are swapped",
                               "label 0: the order of the text; label 1: swapped"},
                     .needsSentences = true,
                     .options = {ObjectiveOption::Sentence, ObjectiveOption::Follows}},
            .draw = drawOrder,
            .expected = expectedOrder};
}

Objective pegasusGapSentences()
{
    return {.info = {.id = "pegasus-gap-sentences",
                     .title = "Gap sentences",
                     .family = "pegasus",
                     .families = {"pegasus"},
                     .source = "Zhang et al. 2019, PEGASUS, sections 3.1 (Ind-Orig) and 3.2",
                     .rules = {"each sentence is scored by its overlap (ROUGE-1 F1) with the rest of the document",
                               "the best leave one [MASK1] each and are generated together, in the document's order",
                               "15 % of the words that are left become [MASK2]"},
                     .needsSentences = true,
                     .options = {ObjectiveOption::Forced},
                     .actions = {"gap", "no-gap", "mask", "none"}},
            .draw = drawGaps,
            .expected = expectedGaps};
}

} // namespace engine::objectives
