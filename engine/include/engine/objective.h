// SPDX-License-Identifier: GPL-3.0-or-later
// Pretraining objectives on a person's own text: what a model is given, what it has to predict, and every random choice
// that lies between. Pure functions of text and seed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace engine {

struct ObjectiveInfo {
    std::string id;                 // "bert-masking"
    std::string family;             // "bert": whose objective it is
    std::string source;             // the paper and its section
    std::vector<std::string> rules; // what the objective does, a sentence each
    std::string pair = {};          // what the second text is; empty when there is none
    bool needsPair = false;
};
[[nodiscard]] std::span<const ObjectiveInfo> allObjectives(); // in the overview's order of families

struct ObjectiveRequest {
    std::string id;
    std::string text; // sentences end with . ! or ?
    std::optional<std::string> textPair = {};
    std::uint64_t seed = 0;
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

// Argument error for an unknown objective, a text without words, or a second text that is missing.
[[nodiscard]] ObjectiveResult runObjective(const ObjectiveRequest &request);

} // namespace engine
