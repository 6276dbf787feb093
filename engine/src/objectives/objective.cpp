// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/objective.h"

#include "engine/error.h"
#include "text/unicode.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <exception>
#include <numbers>
#include <numeric>
#include <set>
#include <stdexcept>
#include <utility>

namespace engine::objectives {
namespace {

// Words that may replace others when the text has few.
const Words &commonWords()
{
    static const Words words{"apple", "bridge",   "cloud",   "dream",  "engine",   "forest", "garden",
                             "house", "island",   "kitchen", "letter", "mountain", "night",  "ocean",
                             "paper", "question", "river",   "silver", "table",    "window", "walks",
                             "sees",  "opens",    "quiet",   "small",  "yellow"};
    return words;
}

Words vocabularyOf(const Text &text, const Text *pair)
{
    std::set<std::string> words(commonWords().begin(), commonWords().end());
    const auto add = [&](const Text &of) {
        for (const auto &word : of.words)
            if (text::isLetter(text::decodeUtf8(word).front()))
                words.insert(word);
    };
    add(text);
    if (pair != nullptr)
        add(*pair);
    return {words.begin(), words.end()};
}

std::optional<std::string> cellOf(const Json &value)
{
    if (value.is_null())
        return std::nullopt;
    return value.is_string() ? value.get<std::string>() : value.dump();
}

bool isList(const Json &value)
{
    return value.is_array() || value.is_object();
}

// Lists of lists of lists, and objects, by their parts.
void addFields(const std::string &name, const Json &value, std::vector<ObjectiveField> &fields)
{
    const auto isDeep = [](const Json &part) { return std::ranges::any_of(part, isList); };
    const bool comesApart = value.is_object() || (value.is_array() && std::ranges::any_of(value, [&](const Json &part) {
                                                      return part.is_object() || (part.is_array() && isDeep(part));
                                                  }));
    if (comesApart) {
        std::size_t index = 0;
        for (const auto &[key, part] : value.items())
            addFields(name + '.' + (value.is_object() ? key : std::to_string(index++)), part, fields);
        return;
    }
    ObjectiveField field{.name = name, .rows = {}};
    const auto rowOf = [](const Json &list) {
        std::vector<std::optional<std::string>> row;
        for (const auto &cell : list)
            row.push_back(cellOf(cell));
        return row;
    };
    if (!value.is_array())
        field.rows.push_back({cellOf(value)});
    else if (std::ranges::none_of(value, isList))
        field.rows.push_back(rowOf(value));
    else
        for (const auto &row : value)
            field.rows.push_back(row.is_array() ? rowOf(row) : std::vector{cellOf(row)});
    fields.push_back(std::move(field));
}

std::vector<ObjectiveField> fieldsOf(const Json &object)
{
    std::vector<ObjectiveField> fields;
    for (const auto &[name, value] : object.items())
        addFields(name, value, fields);
    return fields;
}

} // namespace

double Dice::uniform()
{
    constexpr int kDropped = 11; // 53 bits remain
    return static_cast<double>(m_engine() >> kDropped) * 0x1.0p-53;
}

std::size_t Dice::below(std::size_t count)
{
    return std::min(count - 1, static_cast<std::size_t>(uniform() * static_cast<double>(count)));
}

double Dice::normal()
{
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform())); // Box and Muller 1958
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

std::size_t Dice::poisson(double mean)
{
    const double limit = std::exp(-mean);
    std::size_t count = 0;
    for (double product = uniform(); product > limit; product *= uniform())
        ++count;
    return count;
}

std::vector<std::size_t> Dice::order(std::size_t count)
{
    std::vector<std::size_t> out(count);
    std::iota(out.begin(), out.end(), 0);
    for (std::size_t i = count; i > 1; --i) // Fisher and Yates
        std::swap(out[i - 1], out[below(i)]);
    return out;
}

std::vector<std::size_t> Dice::some(std::size_t count, std::size_t of)
{
    auto out = order(of);
    out.resize(std::min(count, of));
    std::ranges::sort(out);
    return out;
}

Text::Text(std::string_view text)
{
    std::string word;
    Words sentence;
    std::size_t at = 0; // code points
    const auto finishSentence = [&] {
        if (!sentence.empty())
            sentences.push_back(std::exchange(sentence, {}));
    };
    const auto add = [&](std::string part, std::size_t length) {
        words.push_back(part);
        places.push_back({.text = part, .begin = at - length, .end = at});
        sentence.push_back(std::move(part));
    };
    std::size_t length = 0; // of the word
    const auto finishWord = [&] {
        if (!word.empty())
            add(std::exchange(word, {}), std::exchange(length, 0));
    };
    for (const char32_t c : text::decodeUtf8(text)) {
        if (text::isWordCharacter(c)) {
            text::appendUtf8(word, c);
            ++length;
            ++at;
            continue;
        }
        finishWord();
        ++at;
        if (text::isPythonSpace(c))
            continue;
        std::string mark;
        text::appendUtf8(mark, c);
        add(std::move(mark), 1);
        if (c == U'.' || c == U'!' || c == U'?')
            finishSentence();
    }
    finishWord();
    finishSentence();
}

const std::string *Hand::actionAt(std::size_t position, std::span<const std::string_view> actions)
{
    const std::string *action = nullptr;
    for (std::size_t i = 0; i < m_isUsed.size(); ++i) { // the last one counts
        const ForcedChoice &choice = m_request.forced[i];
        if (choice.position != position || std::ranges::find(actions, choice.action) == actions.end())
            continue;
        m_isUsed[i] = true;
        action = &choice.action;
    }
    return action;
}

Dice Hand::diceFor(std::size_t position) const
{
    constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15; // far apart for neighbours
    return Dice(m_request.seed + (position + 1) * kStep);
}

void Hand::requireAllUsed() const
{
    for (std::size_t i = 0; i < m_isUsed.size(); ++i)
        if (!m_isUsed[i])
            throw std::out_of_range("nothing can be chosen at position " +
                                    std::to_string(m_request.forced[i].position) + " (" + m_request.forced[i].action +
                                    ")");
}

std::vector<std::size_t> orderOf(const Material &m, std::size_t count)
{
    auto drawn = m.dice.order(count);
    if (m.request.order.empty())
        return drawn;
    auto sorted = m.request.order;
    std::ranges::sort(sorted);
    std::ranges::sort(drawn);
    if (sorted != drawn)
        throw std::out_of_range("the order has to name each of the " + std::to_string(count) + " places 0 to " +
                                std::to_string(count - 1) + " once");
    return m.request.order;
}

std::vector<std::size_t> chosenPositions(const Material &m, std::size_t count, std::size_t of)
{
    static constexpr std::array<std::string_view, 2> kActions{"chosen", "none"};
    const auto drawn = m.dice.some(count, of);
    std::set<std::size_t> chosen(drawn.begin(), drawn.end());
    for (std::size_t i = 0; i < of; ++i)
        if (const auto *action = m.hand.actionAt(i, kActions)) {
            if (*action == "none")
                chosen.erase(i);
            else
                chosen.insert(i);
        }
    return {chosen.begin(), chosen.end()};
}

Json counted(std::size_t count)
{
    Json out = Json::array();
    for (std::size_t i = 0; i < count; ++i)
        out.push_back(i);
    return out;
}

void append(Json &list, const Json &more)
{
    list.insert(list.end(), more.begin(), more.end());
}

std::size_t rounded(double value)
{
    return static_cast<std::size_t>(std::nearbyint(value)); // the default mode: half to even
}

Words joined(Words a, const Words &b)
{
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

Words between(const std::string &first, Words words, const std::string &last)
{
    words.insert(words.begin(), first);
    words.push_back(last);
    return words;
}

std::span<const Objective> table()
{
    static const std::array kObjectives{
        nextWord(),
        reformerAxialPositions(),
        reformerLshBuckets(),
        xlnetPermutation(),
        bertMasking(),
        bertNextSentence(),
        albertSentenceOrder(),
        robertaMasking(),
        distilbertLosses(),
        xlm(),
        electra(),
        bartNoise(),
        pegasusGapSentences(),
        t5SpanCorruption(),
        mbartDenoising(),
        prophetnetFutureNgram(),
    };
    return kObjectives;
}

const Objective *findObjective(std::string_view id)
{
    const auto all = table();
    const auto it = std::ranges::find_if(all, [id](const Objective &o) { return o.info.id == id; });
    return it == all.end() ? nullptr : &*it;
}

} // namespace engine::objectives

namespace engine {

namespace {

using objectives::Json;

// The options that are set.
std::vector<ObjectiveOption> setOptions(const ObjectiveRequest &request)
{
    std::vector<ObjectiveOption> out;
    const auto add = [&](bool isSet, ObjectiveOption option) {
        if (isSet)
            out.push_back(option);
    };
    add(!request.forced.empty(), ObjectiveOption::Forced);
    add(!request.order.empty(), ObjectiveOption::Order);
    add(!request.noise.empty(), ObjectiveOption::Noise);
    add(request.epochs.has_value(), ObjectiveOption::Epochs);
    add(request.ngram.has_value(), ObjectiveOption::Ngram);
    add(request.predicted.has_value(), ObjectiveOption::Predicted);
    add(request.sentence.has_value(), ObjectiveOption::Sentence);
    add(request.follows.has_value(), ObjectiveOption::Follows);
    add(!request.languages.empty(), ObjectiveOption::Languages);
    add(request.temperature.has_value(), ObjectiveOption::Temperature);
    return out;
}

std::string joined(const std::vector<std::string> &names)
{
    std::string all;
    for (const auto &name : names)
        all += (all.empty() ? "" : ", ") + name;
    return all;
}

void requireKnown(const std::string &what, const std::string &name, const std::vector<std::string> &known)
{
    if (std::ranges::find(known, name) == known.end())
        failArgument(what + " " + name + ": expected one of " + joined(known));
}

void check(const ObjectiveInfo &info, const ObjectiveRequest &request)
{
    constexpr std::size_t kMostEpochs = 100;
    constexpr std::size_t kMostNgram = 16;
    for (const auto option : setOptions(request))
        if (!info.takes(option))
            failArgument(info.id + " takes no option " + std::string(id(option)));
    for (const auto &choice : request.forced)
        requireKnown("choice", choice.action, info.actions);
    for (const auto &noise : request.noise)
        requireKnown("noise", noise, info.noises);
    if (request.epochs && (*request.epochs < 1 || *request.epochs > kMostEpochs))
        failArgument("epochs: expected 1 to " + std::to_string(kMostEpochs) + ", found " +
                     std::to_string(*request.epochs));
    if (request.ngram && (*request.ngram < 1 || *request.ngram > kMostNgram))
        failArgument("ngram: expected 1 to " + std::to_string(kMostNgram) + ", found " +
                     std::to_string(*request.ngram));
    if (request.temperature && !(*request.temperature > 0.0))
        failArgument("temperature: expected a number above 0, found " + std::to_string(*request.temperature));
}

std::vector<objectives::Case> drawnCases(const objectives::Objective &objective, const ObjectiveRequest &request)
{
    check(objective.info, request);
    const objectives::Text text(request.text);
    const std::optional<objectives::Text> pair =
        request.textPair ? std::optional<objectives::Text>(*request.textPair) : std::nullopt;
    if (text.isEmpty())
        failArgument("the text is empty: type at least one word");
    if (pair && pair->isEmpty())
        failArgument("the second text is empty: type at least one word");
    if (!pair && objective.info.needsPair)
        failArgument(request.id + " needs a second text (--text-pair): " + objective.info.pair);
    objectives::Dice dice(request.seed);
    objectives::Hand hand(request);
    const objectives::Text *second = pair ? &*pair : nullptr;
    auto cases = objective.draw({.text = text,
                                 .pair = second,
                                 .vocabulary = objectives::vocabularyOf(text, second),
                                 .dice = dice,
                                 .request = request,
                                 .hand = hand});
    hand.requireAllUsed();
    return cases;
}

} // namespace

std::string_view id(ObjectiveOption option) noexcept
{
    switch (option) {
    case ObjectiveOption::Forced:
        return "forced";
    case ObjectiveOption::Order:
        return "order";
    case ObjectiveOption::Noise:
        return "noise";
    case ObjectiveOption::Epochs:
        return "epochs";
    case ObjectiveOption::Ngram:
        return "ngram";
    case ObjectiveOption::Predicted:
        return "predicted";
    case ObjectiveOption::Sentence:
        return "sentence";
    case ObjectiveOption::Follows:
        return "follows";
    case ObjectiveOption::Languages:
        return "languages";
    case ObjectiveOption::Temperature:
        return "temperature";
    }
    return {};
}

bool ObjectiveInfo::takes(ObjectiveOption option) const
{
    return std::ranges::find(options, option) != options.end();
}

std::vector<ObjectiveWord> objectiveWords(std::string_view text)
{
    return objectives::Text(text).places;
}

std::size_t objectiveSentences(std::string_view text)
{
    return objectives::Text(text).sentences.size();
}

std::span<const ObjectiveInfo> allObjectives()
{
    static const auto kInfos = [] {
        std::vector<ObjectiveInfo> infos;
        for (const auto &objective : objectives::table())
            infos.push_back(objective.info);
        return infos;
    }();
    return kInfos;
}

std::vector<const ObjectiveInfo *> objectivesOf(std::string_view family)
{
    std::vector<const ObjectiveInfo *> out;
    for (const auto &info : allObjectives())
        if (std::ranges::find(info.families, family) != info.families.end())
            out.push_back(&info);
    std::ranges::stable_partition(out, [&](const ObjectiveInfo *info) { return info->family == family; });
    return out;
}

ObjectiveResult runObjective(const ObjectiveRequest &request)
{
    const auto *objective = objectives::findObjective(request.id);
    if (objective == nullptr) {
        std::vector<std::string> known;
        for (const auto &info : allObjectives())
            known.push_back(info.id);
        failArgument("objective " + request.id + ": expected one of " + joined(known));
    }
    ObjectiveResult result{.info = objective->info, .seed = request.seed, .cases = {}, .json = {}};
    nlohmann::ordered_json document{{"format", "objectives-1"},       {"objective", request.id},
                                    {"seed", request.seed},           {"source", objective->info.source},
                                    {"rules", objective->info.rules}, {"cases", nlohmann::ordered_json::array()}};
    try {
        for (const auto &entry : drawnCases(*objective, request)) {
            const Json expected = objective->expected(entry);
            result.cases.push_back({.name = entry.name,
                                    .given = objectives::fieldsOf(entry.given),
                                    .choices = objectives::fieldsOf(entry.choices),
                                    .expected = objectives::fieldsOf(expected)});
            document["cases"].push_back(
                {{"name", entry.name}, {"given", entry.given}, {"choices", entry.choices}, {"expected", expected}});
        }
    } catch (const std::invalid_argument &problem) {
        failArgument(problem.what());
    } catch (const std::out_of_range &problem) {
        failArgument(request.id + ": " + problem.what());
    }
    result.json = document.dump(2);
    return result;
}

} // namespace engine
