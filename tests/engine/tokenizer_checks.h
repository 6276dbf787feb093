// SPDX-License-Identifier: GPL-3.0-or-later
// What the tests of tokenizers have in common.
#pragma once

#include "engine/error.h"

#include <functional>
#include <string>
#include <vector>

// The message of an error of that kind; of another kind, or of none, says so.
inline std::string messageOf(engine::ErrorKind kind, const std::function<void()> &action)
{
    try {
        action();
    } catch (const engine::Error &error) {
        return error.kind() == kind ? error.what() : std::string("other kind: ") + error.what();
    }
    return "no error";
}

// Separated by spaces.
inline std::string joined(const std::vector<std::string> &tokens)
{
    std::string text;
    for (const std::string &token : tokens)
        text += (text.empty() ? "" : " ") + token;
    return text;
}
