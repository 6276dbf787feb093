// SPDX-License-Identifier: GPL-3.0-or-later
// Options of tokenizing that several commands take.
#pragma once

#include "engine/encoding.h"

#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace app::cli {

struct EncodeArguments {
    std::optional<std::int64_t> maxLength;
    std::string truncation; // empty: none
    std::optional<std::string> sourceLanguage;
    std::optional<std::string> targetLanguage;
};

void addEncodeOptions(CLI::App &command, EncodeArguments &arguments);

// Argument error for a truncation without a length and the other way round.
[[nodiscard]] engine::EncodeOptions encodeOptions(const EncodeArguments &arguments);

} // namespace app::cli
