// SPDX-License-Identifier: GPL-3.0-or-later
// Pretraining objectives on a person's own text: what a model is given, what it has to predict, and every random choice
// that lies between. Pure functions of text, seed and the choices that a person takes instead of the dice.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace engine {

// What a person may set; an objective takes some of them.
enum class ObjectiveOption {
    Forced,
    Order,
    Noise,
    Epochs,
    Ngram,
    Predicted,
    Sentence,
    Follows,
    Languages,
    Temperature
};
[[nodiscard]] std::string_view id(ObjectiveOption option) noexcept; // "forced", "order", …

struct ObjectiveInfo {
    std::string id;                         // "bert-masking"
    std::string title;                      // "Masked words"
    std::string family;                     // "bert": whose objective it is
    std::vector<std::string> families = {}; // that were trained with it
    std::string source;                     // the paper and its section
    std::vector<std::string> rules;         // what the objective does, a sentence each
    std::string pair = {};                  // what the second text is; empty when there is none
    bool needsPair = false;
    bool needsSentences = false;               // two at least
    std::vector<ObjectiveOption> options = {}; // that it takes
    std::vector<std::string> actions = {};     // of ForcedChoice: what can be done with a position
    std::vector<std::string> noises = {};      // of ObjectiveRequest::noise
    [[nodiscard]] bool takes(ObjectiveOption option) const;
};
[[nodiscard]] std::span<const ObjectiveInfo> allObjectives(); // in the overview's order of families
// Those that a family was trained with, its very own first; none for families that learned from labels alone.
[[nodiscard]] std::vector<const ObjectiveInfo *> objectivesOf(std::string_view family);

// A choice at one position that is taken by hand, whatever the dice say.
struct ForcedChoice {
    std::size_t position = 0; // of the case's tokens; a sentence's number for "gap" and "no-gap"
    std::string action;       // one of ObjectiveInfo::actions; "none": not chosen
    bool operator==(const ForcedChoice &) const = default;
};

struct ObjectiveRequest {
    std::string id;
    std::string text; // sentences end with . ! or ?
    std::optional<std::string> textPair = {};
    std::uint64_t seed = 0;
    std::vector<ForcedChoice> forced = {};
    std::vector<std::size_t> order = {};       // of words or sentences, instead of a drawn one
    std::vector<std::string> noise = {};       // kinds of corruption, together; empty: each for itself
    std::optional<std::size_t> epochs = {};    // how often the text is seen
    std::optional<std::size_t> ngram = {};     // words that are predicted at once
    std::optional<std::size_t> predicted = {}; // how many of the last words of the order are targets
    std::optional<std::size_t> sentence = {};  // the first one of the pair, from 0
    std::optional<bool> follows = {};          // whether the second one really follows
    std::vector<std::string> languages = {};   // of the text and of the second one
    std::optional<double> temperature = {};    // of a distillation
};

// A value by its name: a word or number is one row of one cell, a list one row, a list of lists several. Deeper lists
// come apart: "stream_visible.0". An absent cell has no value at this place (a position without a target).
struct ObjectiveField {
    std::string name;
    std::vector<std::vector<std::optional<std::string>>> rows;
};

// One variant of the objective (XLM: clm, mlm, tlm).
struct ObjectiveCase {
    std::string name;
    std::vector<ObjectiveField> given;    // the text
    std::vector<ObjectiveField> choices;  // the outcome of every random draw
    std::vector<ObjectiveField> expected; // what follows from both: inputs, targets, masks, losses
};

struct ObjectiveResult {
    ObjectiveInfo info;
    std::uint64_t seed = 0;
    std::vector<ObjectiveCase> cases;
    std::string json; // the same as a document of format "objectives-1"
};

// Argument error for an unknown objective, a text without words, a second text that is missing, an option that the
// objective does not take, or a choice that the text leaves no room for.
[[nodiscard]] ObjectiveResult runObjective(const ObjectiveRequest &request);

// What a text falls into: runs of letters and digits, and each other character alone.
struct ObjectiveWord {
    std::string text;
    std::size_t begin = 0; // [begin, end) in code points of the text
    std::size_t end = 0;
};
[[nodiscard]] std::vector<ObjectiveWord> objectiveWords(std::string_view text);
[[nodiscard]] std::size_t objectiveSentences(std::string_view text); // how many

} // namespace engine
