// SPDX-License-Identifier: GPL-3.0-or-later
// Runs the recorded cases of a tokenizer (format "tokenizer-1") and says what differs.
#pragma once

#include "engine/tokenizer.h"

#include <filesystem>
#include <string>
#include <vector>

namespace engine::text {

struct ParityCase {
    std::string name;    // "header", then "case 0: <beginning of the text>"
    std::string failure; // what differs first, with expected and found; empty when everything agrees
};

// Every field that the file records: tokens, ids, types, masks, offsets, overflow, both decodings; and the header.
// File error when the file cannot be read or has another format. A case that asks for something that is not known is a
// failed case.
[[nodiscard]] std::vector<ParityCase> runParityCases(const std::filesystem::path &parityFile,
                                                     const Tokenizer &tokenizer);

} // namespace engine::text
