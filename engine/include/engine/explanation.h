// SPDX-License-Identifier: GPL-3.0-or-later
// What each stage of a tokenizer made of a text, to be looked at.
#pragma once

#include "engine/encoding.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace engine {

// Two neighbours of a word that byte-pair encoding joined.
struct MergeStep {
    std::string left;
    std::string right;
    double rank =
        0.0; // the least goes first: place in the list of merges; SentencePiece: minus the score of what is made
};

// A piece that could stand at a place of the word: an edge of the lattice that the unigram model searches.
struct LatticeEdge {
    std::int64_t id = 0;
    std::string token;
    double score = 0.0;      // log probability
    std::uint32_t begin = 0; // in the characters of ExplainedWord::text
    std::uint32_t end = 0;
    bool isChosen = false; // part of the best path
};

struct ExplainedPiece {
    std::int64_t id = 0;
    std::string token;
    Offset offset; // in the text that came in
};

struct ExplainedWord {
    std::string text;                      // as the model saw it
    Offset offset;                         // in the text that came in
    std::vector<MergeStep> merges = {};    // in the order in which they happened; byte-pair encodings only
    std::vector<LatticeEdge> lattice = {}; // in the order of their places; unigram models only
    std::vector<ExplainedPiece> pieces = {};
};

// A part of the text between special tokens, or such a token.
struct ExplainedSegment {
    std::string source; // as it came in
    Offset offset;
    std::optional<std::int64_t> specialId = {}; // then the rest is empty
    std::string normalized = {};                // what the words were cut from
    std::vector<ExplainedWord> words = {};
};

struct TokenizerExplanation {
    std::string kind; // as Tokenizer::kind()
    std::vector<ExplainedSegment> segments;
    Encoding encoding; // with special tokens around it
};

} // namespace engine
