// SPDX-License-Identifier: GPL-3.0-or-later
// An objective is two functions: one draws choices for a text, one says what follows from text and choices. Values are
// JSON under the names of the format "objectives-1", which records them.
#pragma once

#include "engine/objective.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace engine::objectives {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

// Random choices that are the same everywhere for the same seed.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : m_engine(seed) {}

    [[nodiscard]] double uniform(); // [0, 1)
    [[nodiscard]] std::size_t below(std::size_t count);
    [[nodiscard]] double normal();                                                  // mean 0, deviation 1
    [[nodiscard]] std::size_t poisson(double mean);                                 // Knuth's method
    [[nodiscard]] std::vector<std::size_t> order(std::size_t count);                // a permutation
    [[nodiscard]] std::vector<std::size_t> some(std::size_t count, std::size_t of); // different ones, ascending
    [[nodiscard]] const std::string &oneOf(const Words &words) { return words[below(words.size())]; }

private:
    std::mt19937_64 m_engine;
};

// A text as words (runs of letters and digits, and each other character alone) and as sentences of them.
struct Text {
    explicit Text(std::string_view text);
    [[nodiscard]] bool isEmpty() const { return words.empty(); }

    Words words;
    std::vector<Words> sentences;      // each with the . ! or ? that ends it
    std::vector<ObjectiveWord> places; // of the words
};

// The choices that a person takes at single positions, and which of them met one.
class Hand {
public:
    explicit Hand(const ObjectiveRequest &request) : m_request(request), m_isUsed(request.forced.size(), false) {}

    // What is to happen with this position by one of `actions`; null: the dice decide.
    [[nodiscard]] const std::string *actionAt(std::size_t position, std::span<const std::string_view> actions);
    // Of a draw that only a forced choice needs, so that all others stay what they were.
    [[nodiscard]] Dice diceFor(std::size_t position) const;
    void requireAllUsed() const; // std::out_of_range naming the first that met no position

private:
    const ObjectiveRequest &m_request;
    std::vector<bool> m_isUsed;
};

struct Material {
    const Text &text;
    const Text *pair = nullptr; // null: none was given
    Words vocabulary;           // words to replace others by
    Dice &dice;
    const ObjectiveRequest &request; // what is set by hand
    Hand &hand;
};

struct Case {
    std::string name;
    Json given = Json::object();
    Json choices = Json::object();
};

struct Objective {
    ObjectiveInfo info;
    std::vector<Case> (*draw)(const Material &);
    // Json errors or std::exception for values that make no sense (an unknown name, a position outside the text).
    Json (*expected)(const Case &);
    // Further facts that a file may record beside its cases, by their names; may be null.
    Json (*facts)(const Json &document) = nullptr;
};

[[nodiscard]] std::span<const Objective> table();
[[nodiscard]] const Objective *findObjective(std::string_view id); // null for an unknown one

// To the nearest integer, half to even.
[[nodiscard]] std::size_t rounded(double value);
// a with b behind it.
[[nodiscard]] Words joined(Words a, const Words &b);
// The order that was asked for, else a drawn one. std::out_of_range when it is no order of `count` things.
[[nodiscard]] std::vector<std::size_t> orderOf(const Material &m, std::size_t count);
// Some of `of` positions as the dice say, those that the hand puts in or takes out ("chosen", "none") besides.
[[nodiscard]] std::vector<std::size_t> chosenPositions(const Material &m, std::size_t count, std::size_t of);
[[nodiscard]] Json counted(std::size_t count); // [0, 1, …]
void append(Json &list, const Json &more);
// {first, …, last} around the words.
[[nodiscard]] Words between(const std::string &first, Words words, const std::string &last);

[[nodiscard]] Objective nextWord();
[[nodiscard]] Objective bertMasking();
[[nodiscard]] Objective bertNextSentence();
[[nodiscard]] Objective albertSentenceOrder();
[[nodiscard]] Objective robertaMasking();
[[nodiscard]] Objective xlm();
[[nodiscard]] Objective electra();
[[nodiscard]] Objective t5SpanCorruption();
[[nodiscard]] Objective bartNoise();
[[nodiscard]] Objective mbartDenoising();
[[nodiscard]] Objective pegasusGapSentences();
[[nodiscard]] Objective xlnetPermutation();
[[nodiscard]] Objective prophetnetFutureNgram();
[[nodiscard]] Objective distilbertLosses();
[[nodiscard]] Objective reformerAxialPositions();
[[nodiscard]] Objective reformerLshBuckets();

} // namespace engine::objectives
