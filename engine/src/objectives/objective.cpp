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
    const auto finishSentence = [&] {
        if (!sentence.empty())
            sentences.push_back(std::exchange(sentence, {}));
    };
    const auto add = [&](std::string part) {
        words.push_back(part);
        sentence.push_back(std::move(part));
    };
    const auto finishWord = [&] {
        if (!word.empty())
            add(std::exchange(word, {}));
    };
    for (const char32_t c : text::decodeUtf8(text)) {
        if (text::isWordCharacter(c)) {
            text::appendUtf8(word, c);
            continue;
        }
        finishWord();
        if (text::isPythonSpace(c))
            continue;
        std::string mark;
        text::appendUtf8(mark, c);
        add(std::move(mark));
        if (c == U'.' || c == U'!' || c == U'?')
            finishSentence();
    }
    finishWord();
    finishSentence();
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

std::vector<objectives::Case> drawnCases(const objectives::Objective &objective, const ObjectiveRequest &request)
{
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
    const objectives::Text *second = pair ? &*pair : nullptr;
    return objective.draw(
        {.text = text, .pair = second, .vocabulary = objectives::vocabularyOf(text, second), .dice = dice});
}

} // namespace

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

ObjectiveResult runObjective(const ObjectiveRequest &request)
{
    const auto *objective = objectives::findObjective(request.id);
    if (objective == nullptr) {
        std::string known;
        for (const auto &info : allObjectives())
            known += (known.empty() ? "" : ", ") + info.id;
        failArgument("objective " + request.id + ": expected one of " + known);
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
