// SPDX-License-Identifier: GPL-3.0-or-later
// The command line as a function, so that tests can call it.
#pragma once

#include <ostream>
#include <stop_token>
#include <string>
#include <vector>

namespace app::cli {

struct Invocation {
    std::vector<std::string> arguments; // without the program's name
    std::ostream &out;
    std::ostream &err;
    std::stop_token stopToken = {};
    bool showsProgress = false;
};

// Runs one command and returns the exit code: 0 done, 1 a check failed, 2 wrong arguments, 3 bad or
// unsupported file, 130 cancelled. Never throws.
[[nodiscard]] int run(const Invocation &invocation) noexcept;

} // namespace app::cli
