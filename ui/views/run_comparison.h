// SPDX-License-Identifier: GPL-3.0-or-later
// Two runs held against each other: where their tokens part, and how what could come next differs.
#pragma once

#include "ui/state/engine_client.h"

#include <QString>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace ui {

struct ComparedRun {
    LoadedModelPtr model;
    TaskResultPtr result;
    QString name; // "Links", "the left side", a branch
};

struct ComparedPlace { // a token of each row, where it has one
    std::int64_t position = 0;
    QString first, second;
    std::optional<double> firstProbability, secondProbability;
};

struct ComparedToken {
    QString token;
    double first = 0.0;
    double second = 0.0;
    [[nodiscard]] double difference() const noexcept { return second - first; }
};

struct RunComparison {
    bool isPossible = false; // both have scores of words
    bool hasRows = false;    // the runs are rows of tokens that can part
    std::size_t common = 0;  // leading tokens that both rows share; 0 where they part within their prompts
    std::vector<ComparedPlace> places = {}; // from there on, or behind the prompts; a bounded number
    QString at;                             // where `tokens` stand: "after the prompt"
    std::vector<ComparedToken> tokens = {}; // the largest differences first
    // Half the sum of all differences, 0 … 1; empty where the vocabularies are not the same.
    std::optional<double> distance = {};
};

// Generation: next-token probabilities where the rows have just parted; where one row is not the beginning of the other
// (other prompts, other checkpoints), behind both prompts. Fill-mask: at the first mask of each. Labels and choices: by
// their names.
[[nodiscard]] RunComparison compareRuns(const ComparedRun &first, const ComparedRun &second);

} // namespace ui
