// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/run_comparison.h"

#include "engine/words.h"
#include "ui/paint/text.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>
#include <map>

namespace ui {

namespace {

constexpr std::size_t kTop = 40;   // of each side that are looked at
constexpr std::size_t kShown = 12; // largest differences
constexpr std::size_t kMostPlaces = 24;

class Words {
    Q_DECLARE_TR_FUNCTIONS(RunComparison)
};

const engine::GenerationResult *generationOf(const ComparedRun &run)
{
    return run.result ? std::get_if<engine::GenerationResult>(&run.result->payload) : nullptr;
}

// Softmax of one row of logits.
struct Distribution {
    std::vector<double> probabilities = {};

    explicit Distribution(std::span<const float> logits)
    {
        const float largest = *std::max_element(logits.begin(), logits.end());
        probabilities.reserve(logits.size());
        double sum = 0.0;
        for (const float logit : logits) {
            probabilities.push_back(std::exp(static_cast<double>(logit - largest)));
            sum += probabilities.back();
        }
        for (double &probability : probabilities)
            probability /= sum;
    }
    [[nodiscard]] double of(std::int64_t id) const
    {
        return id >= 0 && static_cast<std::size_t>(id) < probabilities.size()
                   ? probabilities[static_cast<std::size_t>(id)]
                   : 0.0;
    }
    [[nodiscard]] std::vector<std::int64_t> top(std::size_t count) const
    {
        std::vector<std::int64_t> ids(probabilities.size());
        for (std::size_t i = 0; i < ids.size(); ++i)
            ids[i] = static_cast<std::int64_t>(i);
        const auto end = ids.begin() + static_cast<std::ptrdiff_t>(std::min(count, ids.size()));
        std::partial_sort(ids.begin(), end, ids.end(), [this](auto a, auto b) { return of(a) > of(b); });
        ids.erase(end, ids.end());
        return ids;
    }
};

struct Place {
    std::span<const float> logits; // empty: nothing is known of the place
    [[nodiscard]] bool isThere() const { return !logits.empty(); }
    [[nodiscard]] Distribution distribution() const { return Distribution(logits); }
};

Place placeIn(const engine::FillMaskResult &result)
{
    const engine::Tensor &logits = result.logits;
    const std::size_t row = result.masks.front().position;
    if (logits.rank() != 2 || row >= static_cast<std::size_t>(logits.size(0)))
        return {};
    const auto width = static_cast<std::size_t>(logits.size(1));
    return {logits.floats().subspan(row * width, width)};
}

QString tokenText(const ComparedRun &run, std::int64_t id)
{
    return run.model && run.model->hasTokenizer() ? chipText(fromUtf8(run.model->tokenizer().display(id)))
                                                  : QString::number(id);
}

bool haveSameTokens(const ComparedRun &first, const ComparedRun &second)
{
    if (first.model == second.model)
        return true;
    if (!first.model || !second.model || !first.model->hasTokenizer() || !second.model->hasTokenizer())
        return false;
    const engine::Tokenizer &a = first.model->tokenizer();
    const engine::Tokenizer &b = second.model->tokenizer();
    constexpr std::int64_t kProbes = 64; // tokens of two tokenizers of one size that must agree
    if (a.size() != b.size())
        return false;
    for (std::int64_t i = 0; i < kProbes; ++i) {
        const std::int64_t id = i * (a.size() - 1) / (kProbes - 1);
        if (a.token(id) != b.token(id))
            return false;
    }
    return true;
}

// The token of another tokenizer that a person would read alike; −1: there is none.
std::int64_t sameWord(const ComparedRun &from, std::int64_t id, const ComparedRun &to)
{
    const std::string word = from.model->tokenizer().display(id);
    const std::size_t begin = word.find_first_not_of(' ');
    if (begin == std::string::npos)
        return -1;
    try {
        return engine::namedToken(to.model->tokenizer(), word.substr(begin));
    } catch (const engine::Error &) {
        return -1;
    }
}

void largestFirst(std::vector<ComparedToken> &tokens)
{
    std::stable_sort(tokens.begin(), tokens.end(), [](const ComparedToken &x, const ComparedToken &y) {
        return std::abs(x.difference()) > std::abs(y.difference());
    });
    tokens.resize(std::min(tokens.size(), kShown));
}

void addTokens(RunComparison &made, const ComparedRun &first, const ComparedRun &second, const Place (&places)[2])
{
    const Distribution a = places[0].distribution();
    const Distribution b = places[1].distribution();
    std::map<QString, ComparedToken> all;
    const bool isSame = haveSameTokens(first, second) && a.probabilities.size() == b.probabilities.size();
    if (!isSame && (!first.model || !second.model || !first.model->hasTokenizer() || !second.model->hasTokenizer()))
        return;
    for (const std::int64_t id : a.top(kTop)) {
        const std::int64_t other = isSame ? id : sameWord(first, id, second);
        const QString text = tokenText(first, id);
        all[text] = {text, a.of(id), b.of(other)};
    }
    for (const std::int64_t id : b.top(kTop)) {
        const std::int64_t other = isSame ? id : sameWord(second, id, first);
        const QString text = tokenText(second, id);
        all.try_emplace(text, ComparedToken{text, a.of(other), b.of(id)});
    }
    for (const auto &[text, token] : all)
        made.tokens.push_back(token);
    largestFirst(made.tokens);
    if (isSame) {
        double sum = 0.0;
        for (std::size_t i = 0; i < a.probabilities.size(); ++i)
            sum += std::abs(a.probabilities[i] - b.probabilities[i]);
        made.distance = sum / 2.0;
    }
}

struct RowStart { // where the tokens that stand beside each other begin
    std::size_t first = 0;
    std::size_t second = 0;
};

void addPlaces(RunComparison &made, const engine::GenerationResult &a, const engine::GenerationResult &b,
               const RowStart &start)
{
    for (std::size_t i = 0; made.places.size() < kMostPlaces; ++i) {
        const std::size_t x = start.first + i;
        const std::size_t y = start.second + i;
        if (x >= a.steps.size() && y >= b.steps.size())
            break;
        ComparedPlace place;
        place.position = static_cast<std::int64_t>(x);
        if (x < a.steps.size()) {
            place.first = chipText(fromUtf8(a.steps[x].text));
            if (x > 0)
                place.firstProbability = a.steps[x].probability;
        }
        if (y < b.steps.size()) {
            place.second = chipText(fromUtf8(b.steps[y].text));
            if (y > 0)
                place.secondProbability = b.steps[y].probability;
        }
        made.places.push_back(std::move(place));
    }
}

RunComparison compareRows(const ComparedRun &first, const ComparedRun &second)
{
    const engine::GenerationResult &a = *generationOf(first);
    const engine::GenerationResult &b = *generationOf(second);
    RunComparison made;
    if (a.steps.empty() || b.steps.empty())
        return made;
    const bool isSame = haveSameTokens(first, second);
    const auto alike = [](const engine::TokenStep &x, const engine::TokenStep &y) { return x.id == y.id; };
    if (isSame)
        made.common = static_cast<std::size_t>(std::ranges::mismatch(a.steps, b.steps, alike).in1 - a.steps.begin());
    made.hasRows = isSame;
    // Rows with a beginning in common are told apart by what follows the tokens where they part.
    const bool partsLater = isSame && made.common >= std::min(a.promptLength, b.promptLength);
    Place places[2] = {{a.logitsFor(a.promptLength)}, {b.logitsFor(b.promptLength)}};
    made.at = Words::tr("behind the prompt");
    // Rows that part within their prompts stand beside each other from the ends of these.
    if (isSame)
        addPlaces(made, a, b,
                  partsLater ? RowStart{made.common, made.common} : RowStart{a.promptLength, b.promptLength});
    if (!partsLater)
        made.common = 0;
    if (partsLater) {
        const std::size_t last = std::min({made.common, a.steps.size() - 1, b.steps.size() - 1});
        places[0] = {a.logitsFor(last + 1)};
        places[1] = {b.logitsFor(last + 1)};
        made.at = Words::tr("after “%1” and after “%2”")
                      .arg(chipText(fromUtf8(a.steps[last].text)), chipText(fromUtf8(b.steps[last].text)));
    }
    made.isPossible = places[0].isThere() && places[1].isThere();
    if (made.isPossible)
        addTokens(made, first, second, places);
    return made;
}

RunComparison compareMasks(const ComparedRun &first, const ComparedRun &second)
{
    const auto &a = std::get<engine::FillMaskResult>(first.result->payload);
    const auto &b = std::get<engine::FillMaskResult>(second.result->payload);
    RunComparison made;
    if (a.masks.empty() || b.masks.empty())
        return made;
    const Place places[2] = {placeIn(a), placeIn(b)};
    made.at = Words::tr("in place of the first mask");
    made.isPossible = places[0].isThere() && places[1].isThere();
    if (made.isPossible)
        addTokens(made, first, second, places);
    return made;
}

const std::vector<engine::ScoredLabel> *labelsOf(const ComparedRun &run)
{
    if (!run.result)
        return nullptr;
    if (const auto *classes = std::get_if<engine::ClassificationResult>(&run.result->payload))
        return &classes->scores;
    const auto *choices = std::get_if<engine::ChoiceResult>(&run.result->payload);
    return choices == nullptr ? nullptr : &choices->scores;
}

// By the names of the labels: what one side does not have counts nothing there.
RunComparison compareLabels(const std::vector<engine::ScoredLabel> &first,
                            const std::vector<engine::ScoredLabel> &second)
{
    std::map<QString, ComparedToken> all;
    for (const engine::ScoredLabel &label : first)
        all[fromUtf8(label.label)] = {fromUtf8(label.label), label.probability, 0.0};
    for (const engine::ScoredLabel &label : second) {
        ComparedToken &token = all[fromUtf8(label.label)];
        token.token = fromUtf8(label.label);
        token.second = label.probability;
    }
    RunComparison made;
    made.isPossible = true;
    made.at = Words::tr("labels");
    for (const auto &[name, token] : all)
        made.tokens.push_back(token);
    largestFirst(made.tokens);
    return made;
}

} // namespace

RunComparison compareRuns(const ComparedRun &first, const ComparedRun &second)
{
    if (generationOf(first) != nullptr && generationOf(second) != nullptr)
        return compareRows(first, second);
    if (labelsOf(first) != nullptr && labelsOf(second) != nullptr)
        return compareLabels(*labelsOf(first), *labelsOf(second));
    const auto isFill = [](const ComparedRun &run) {
        return run.result && std::holds_alternative<engine::FillMaskResult>(run.result->payload);
    };
    return isFill(first) && isFill(second) ? compareMasks(first, second) : RunComparison{};
}

} // namespace ui
