// SPDX-License-Identifier: GPL-3.0-or-later
// Runs recorded cases of the reference library (formats "parity-1", "tokenizer-1", "objectives-1") against the engine.
#pragma once

#include "engine/run_control.h"

#include <filesystem>
#include <string>
#include <vector>

namespace engine {

struct CaseReport {
    std::string name;
    bool passed = false;
    double worstError = 0.0;  // largest error as a share of its tolerance (≤ 1 passes)
    std::string failure = {}; // what differed first, empty when passed
};

struct DirectoryReport {
    std::filesystem::path directory;
    std::string format = {};
    std::vector<CaseReport> cases = {};
    std::string failure = {}; // the directory could not be run at all

    [[nodiscard]] std::size_t passed() const;
    [[nodiscard]] bool isGood() const; // everything passed and there was at least one case
    [[nodiscard]] double worstError() const;
    [[nodiscard]] std::string firstFailure() const;
};

// Fixture directories and files at or below `path`, sorted. Argument error when there is none.
[[nodiscard]] std::vector<std::filesystem::path> findFixtures(const std::filesystem::path &path);
[[nodiscard]] DirectoryReport verifyFixture(const std::filesystem::path &fixture, const RunControl &control);

} // namespace engine
