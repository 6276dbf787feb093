// SPDX-License-Identifier: GPL-3.0-or-later
// Objectives that hide single words: BERT, RoBERTa, XLM, ELECTRA.
#include "objectives/objective.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

namespace engine::objectives {
namespace {

constexpr char kMask[] = "[MASK]";
constexpr char kClass[] = "[CLS]";
constexpr char kSeparator[] = "[SEP]";
constexpr char kStop[] = "</s>";

constexpr double kChosen = 0.15; // share of the words
constexpr double kMasked = 0.8;  // of the chosen
constexpr double kRandom = 0.1;

std::size_t chosenOf(std::size_t candidates, double share = kChosen)
{
    return std::min(candidates, std::max<std::size_t>(1, rounded(share * static_cast<double>(candidates))));
}

std::vector<std::size_t> candidatesOf(const Words &tokens, const Words &specials)
{
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < tokens.size(); ++i)
        if (std::ranges::find(specials, tokens[i]) == specials.end())
            out.push_back(i);
    return out;
}

constexpr std::array<std::string_view, 4> kActions{"mask", "random", "keep", "none"};

std::vector<std::string> actionNames()
{
    return {kActions.begin(), kActions.end()};
}

// What the hand says of these positions, instead of what the dice said.
void takeByHand(const Material &m, const std::vector<std::size_t> &candidates, std::map<std::size_t, Json> &chosen)
{
    for (const auto position : candidates) {
        const std::string *action = m.hand.actionAt(position, kActions);
        if (action == nullptr)
            continue;
        chosen.erase(position);
        if (*action == "none")
            continue;
        Json choice{{"position", position}, {"action", *action}, {"forced", true}};
        if (*action == "random")
            choice["token"] = m.hand.diceFor(position).oneOf(m.vocabulary);
        chosen[position] = std::move(choice);
    }
}

// [{"position", "draw", "action", "token"?}, …]; "forced" instead of a draw where a person chose.
Json drawMasking(const Material &m, const std::vector<std::size_t> &candidates, double share = kChosen)
{
    constexpr double kShown = 10000.0; // four decimals, so that the action follows from what is shown
    std::map<std::size_t, Json> chosen;
    for (const auto i : m.dice.some(chosenOf(candidates.size(), share), candidates.size())) {
        const double draw = std::floor(m.dice.uniform() * kShown) / kShown;
        const char *action = draw < kMasked ? "mask" : draw < kMasked + kRandom ? "random" : "keep";
        Json choice{{"position", candidates[i]}, {"draw", draw}, {"action", action}};
        if (choice["action"] == "random")
            choice["token"] = m.dice.oneOf(m.vocabulary);
        chosen[candidates[i]] = std::move(choice);
    }
    takeByHand(m, candidates, chosen);
    Json masking = Json::array();
    for (auto &[position, choice] : chosen)
        masking.push_back(std::move(choice));
    return masking;
}

Json masked(const Json &tokens, const Json &masking, const std::string &mask)
{
    Json input = tokens;
    Json targets = Json::array();
    for (std::size_t i = 0; i < tokens.size(); ++i)
        targets.push_back(nullptr);
    for (const auto &choice : masking) {
        const auto position = choice.at("position").get<std::size_t>();
        const auto action = choice.at("action").get<std::string>();
        targets.at(position) = tokens.at(position);
        if (action == "mask")
            input.at(position) = mask;
        else if (action == "random")
            input.at(position) = choice.at("token");
    }
    return {{"input", std::move(input)}, {"targets", std::move(targets)}};
}

// ---- BERT ----------------------------------------------------------------------------------------

Words pairOf(const Material &m)
{
    Words tokens = between(kClass, m.text.words, kSeparator);
    if (m.pair != nullptr)
        tokens = joined(joined(std::move(tokens), m.pair->words), {kSeparator});
    return tokens;
}

std::vector<Case> drawBert(const Material &m)
{
    const Words tokens = pairOf(m);
    const auto candidates = candidatesOf(tokens, {kClass, kSeparator});
    return {{.name = "masking",
             .given = {{"tokens", tokens}, {"candidates", candidates}},
             .choices = {{"masking", drawMasking(m, candidates)}}}};
}

Json expectedBert(const Case &c)
{
    return masked(c.given.at("tokens"), c.choices.at("masking"), kMask);
}

Json factsOfBert(const Json &document)
{
    Json facts{{"rates", {{"chosen", kChosen}, {"mask", kMasked}, {"random", kRandom}, {"keep", kRandom}}}};
    if (document.contains("how_many")) {
        Json counts = Json::array();
        for (const auto &entry : document.at("how_many")) {
            const auto candidates = entry.at("candidates").get<std::size_t>();
            counts.push_back({{"candidates", candidates}, {"chosen", chosenOf(candidates)}});
        }
        facts["how_many"] = counts;
    }
    return facts;
}

// ---- RoBERTa --------------------------------------------------------------------------------------

constexpr char kRobertaMask[] = "<mask>";

// Whole sentences one after the other while they fit; a separator after each document but the last.
Json packed(const Json &documents, std::size_t longest)
{
    Json inputs = Json::array();
    Json current = Json::array();
    std::size_t used = 0;
    const auto begin = [&] {
        inputs.push_back(std::move(current));
        current = Json::array();
        used = 0;
    };
    for (std::size_t d = 0; d < documents.size(); ++d) {
        for (std::size_t s = 0; s < documents[d].size(); ++s) {
            const auto length = documents[d][s].get<std::size_t>();
            if (used + length > longest)
                begin();
            current.push_back({d, s});
            used += length;
        }
        if (d + 1 == documents.size())
            continue;
        if (used + 1 > longest) {
            begin();
        } else {
            current.push_back("separator");
            ++used;
        }
    }
    inputs.push_back(std::move(current));
    return inputs;
}

std::vector<Case> drawRoberta(const Material &m)
{
    constexpr std::size_t kEpochs = 4;
    constexpr std::size_t kDuplicates = 3;
    constexpr std::size_t kStaticEpochs = 7;
    constexpr std::size_t kLongest = 24;
    const Words tokens = between("<s>", m.text.words, kStop);
    const auto candidates = candidatesOf(tokens, {"<s>", kStop});
    Json epochs = Json::array();
    for (std::size_t i = 0; i < m.request.epochs.value_or(kEpochs); ++i)
        epochs.push_back(drawMasking(m, candidates));
    Json masks = Json::array();
    for (std::size_t i = 0; i < kDuplicates; ++i)
        masks.push_back(drawMasking(m, candidates));
    Json lengths = Json::array({Json::array()});
    for (const auto &sentence : m.text.sentences)
        lengths.back().push_back(sentence.size());
    if (m.pair != nullptr) {
        lengths.push_back(Json::array());
        for (const auto &sentence : m.pair->sentences)
            lengths.back().push_back(sentence.size());
    }
    return {
        {.name = "dynamic", .given = {{"tokens", tokens}, {"candidates", candidates}}, .choices = {{"epochs", epochs}}},
        {.name = "static",
         .given = {{"tokens", tokens},
                   {"candidates", candidates},
                   {"epochs", m.request.epochs.value_or(kStaticEpochs)},
                   {"duplicates", kDuplicates}},
         .choices = {{"masks", masks}}},
        {.name = "packing", .given = {{"sentence_lengths", lengths}, {"longest", kLongest}}}};
}

Json expectedRoberta(const Case &c)
{
    if (c.given.contains("sentence_lengths"))
        return {{"inputs", packed(c.given.at("sentence_lengths"), c.given.at("longest").get<std::size_t>())}};
    const Json &tokens = c.given.at("tokens");
    Json epochs = Json::array();
    if (c.choices.contains("epochs")) {
        for (const auto &masking : c.choices.at("epochs"))
            epochs.push_back(masked(tokens, masking, kRobertaMask));
        return {{"epochs", epochs}};
    }
    const Json &masks = c.choices.at("masks");
    const auto duplicates = c.given.at("duplicates").get<std::size_t>();
    Json chosen = Json::array();
    for (std::size_t epoch = 0; epoch < c.given.at("epochs").get<std::size_t>(); ++epoch) {
        chosen.push_back(epoch % duplicates);
        epochs.push_back(masked(tokens, masks.at(epoch % duplicates), kRobertaMask));
    }
    return {{"mask_of_epoch", chosen}, {"epochs", epochs}};
}

// ---- XLM ------------------------------------------------------------------------------------------

constexpr double kShownShare = 0.3; // of a sentence or two, so that something is hidden in both

Json repeated(const Json &value, std::size_t count)
{
    Json out = Json::array();
    for (std::size_t i = 0; i < count; ++i)
        out.push_back(value);
    return out;
}

std::vector<Case> drawXlm(const Material &m)
{
    const auto languageAt = [&](std::size_t i, const char *usual) {
        return i < m.request.languages.size() ? m.request.languages[i] : std::string(usual);
    };
    const std::string language = languageAt(0, "en");
    const Words source = between(kStop, m.text.words, kStop);
    const auto candidates = candidatesOf(source, {kStop});
    std::vector<Case> cases{{.name = "clm", .given = {{"tokens", source}, {"language", language}}},
                            {.name = "mlm",
                             .given = {{"tokens", source}, {"candidates", candidates}, {"language", language}},
                             .choices = {{"masking", drawMasking(m, candidates, kShownShare)}}}};
    if (m.pair == nullptr)
        return cases;
    const Words translation = between(kStop, m.pair->words, kStop);
    const auto both = candidatesOf(joined(source, translation), {kStop});
    cases.push_back({.name = "tlm",
                     .given = {{"source", source},
                               {"translation", translation},
                               {"languages", {language, languageAt(1, "fr")}},
                               {"candidates", both}},
                     .choices = {{"masking", drawMasking(m, both, kShownShare)}}});
    return cases;
}

Json expectedXlm(const Case &c)
{
    if (c.given.contains("translation")) {
        Json tokens = c.given.at("source");
        const std::size_t first = tokens.size();
        append(tokens, c.given.at("translation"));
        Json out = masked(tokens, c.choices.at("masking"), kMask);
        out["positions"] = counted(first);
        append(out["positions"], counted(tokens.size() - first));
        out["languages"] = repeated(c.given.at("languages").at(0), first);
        append(out["languages"], repeated(c.given.at("languages").at(1), tokens.size() - first));
        return out;
    }
    Json tokens = c.given.at("tokens");
    const Json &language = c.given.at("language");
    if (c.choices.contains("masking")) {
        Json out = masked(tokens, c.choices.at("masking"), kMask);
        out["positions"] = counted(tokens.size());
        out["languages"] = repeated(language, tokens.size());
        return out;
    }
    Json targets = tokens;
    targets.erase(0);
    tokens.erase(tokens.size() - 1);
    return {{"input", tokens},
            {"targets", targets},
            {"positions", counted(targets.size())},
            {"languages", repeated(language, targets.size())}};
}

// ---- ELECTRA ---------------------------------------------------------------------------------------

std::vector<Case> drawElectra(const Material &m)
{
    constexpr double kHit = 0.35; // how often a generator finds the word itself
    const Words tokens = between(kClass, m.text.words, kSeparator);
    const auto candidates = candidatesOf(tokens, {kClass, kSeparator});
    static constexpr std::array<std::string_view, 2> kChoices{"chosen", "none"};
    const auto sample = [&](Dice &dice, std::size_t position) {
        return dice.uniform() < kHit ? tokens[position] : dice.oneOf(m.vocabulary);
    };
    std::map<std::size_t, std::string> sampled;
    for (const auto i : m.dice.some(chosenOf(candidates.size()), candidates.size()))
        sampled[candidates[i]] = sample(m.dice, candidates[i]);
    for (const auto position : candidates)
        if (const auto *action = m.hand.actionAt(position, kChoices)) {
            Dice own = m.hand.diceFor(position);
            if (*action == "none")
                sampled.erase(position);
            else
                sampled.try_emplace(position, sample(own, position));
        }
    Json positions = Json::array();
    Json samples = Json::array();
    for (const auto &[position, word] : sampled) {
        positions.push_back(position);
        samples.push_back(word);
    }
    return {{.name = "replaced",
             .given = {{"tokens", tokens}},
             .choices = {{"positions", positions}, {"samples", samples}}}};
}

Json expectedElectra(const Case &c)
{
    const Json &tokens = c.given.at("tokens");
    Json hidden = tokens;
    Json filled = tokens;
    Json targets = repeated(nullptr, tokens.size());
    const Json &positions = c.choices.at("positions");
    for (std::size_t i = 0; i < positions.size(); ++i) {
        const auto position = positions[i].get<std::size_t>();
        hidden.at(position) = kMask;
        filled.at(position) = c.choices.at("samples").at(i);
        targets.at(position) = tokens.at(position);
    }
    Json labels = Json::array();
    for (std::size_t i = 0; i < tokens.size(); ++i)
        labels.push_back(tokens[i] == filled[i] ? 0 : 1);
    return {{"generator_input", hidden},
            {"generator_targets", targets},
            {"discriminator_input", filled},
            {"labels", labels}};
}

} // namespace

Objective bertMasking()
{
    return {.info = {.id = "bert-masking",
                     .title = "Masked words",
                     .family = "bert",
                     .families = {"bert", "albert"},
                     .source = "Devlin et al. 2018, BERT, section 3.1 task 1 and appendix A.1",
                     .rules = {"15 % of the words are chosen, special tokens never",
                               "of the chosen 80 % become [MASK], 10 % a random word, 10 % stay",
                               "only chosen positions are predicted, those that stayed too"},
                     .pair = "a second text behind the first",
                     .options = {ObjectiveOption::Forced},
                     .actions = actionNames()},
            .draw = drawBert,
            .expected = expectedBert,
            .facts = factsOfBert};
}

Objective robertaMasking()
{
    return {.info = {.id = "roberta-masking",
                     .title = "Masks that change",
                     .family = "roberta",
                     .families = {"roberta", "distilbert", "xlm-roberta", "flaubert", "longformer"},
                     .source = "Liu et al. 2019, RoBERTa, sections 4.1 and 4.2",
                     .rules = {"dynamic: a new mask every time that a text is seen",
                               "static: copies of the data with one mask each; epoch e sees copy e modulo their number",
                               "packing: whole sentences fill an input, across documents, with a separator between "
                               "them; no next-sentence objective"},
                     .pair = "another document, for packing",
                     .options = {ObjectiveOption::Forced, ObjectiveOption::Epochs},
                     .actions = actionNames()},
            .draw = drawRoberta,
            .expected = expectedRoberta};
}

Objective xlm()
{
    return {
        .info = {.id = "xlm",
                 .title = "Words and translations",
                 .family = "xlm",
                 .families = {"xlm"},
                 .source = "Lample and Conneau 2019, XLM, section 3 and figure 1",
                 .rules = {"clm: predict each token from those before it", "mlm: as BERT, on text of one language",
                           "tlm: a sentence and its translation, words hidden in both; positions begin again in the "
                           "second; every token carries the embedding of its language"},
                 .pair = "a translation",
                 .options = {ObjectiveOption::Forced, ObjectiveOption::Languages},
                 .actions = actionNames()},
        .draw = drawXlm,
        .expected = expectedXlm};
}

Objective electra()
{
    return {.info = {.id = "electra",
                     .title = "Replaced words",
                     .family = "electra",
                     .families = {"electra", "convbert", "funnel"},
                     .source = "Clark et al. 2020, ELECTRA, section 2 and figure 2",
                     .rules = {"a generator fills hidden words with samples of its own",
                               "the discriminator says of every token whether it was replaced (1) or is original (0)",
                               "a sample that equals the original counts as original"},
                     .options = {ObjectiveOption::Forced},
                     .actions = {"chosen", "none"}},
            .draw = drawElectra,
            .expected = expectedElectra};
}

} // namespace engine::objectives
