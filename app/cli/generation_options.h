// SPDX-License-Identifier: GPL-3.0-or-later
// Options of searching and sampling that commands take.
#pragma once

#include "engine/session.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace app::cli {

inline constexpr std::int64_t kMostTokens = 1'000'000;

struct GenerationArguments {
    std::optional<std::int64_t> maxNewTokens;
    std::optional<std::int64_t> minNewTokens;
    std::optional<std::int64_t> beams;
    std::optional<std::int64_t> beamGroups;
    std::optional<double> diversityPenalty;
    std::optional<std::int64_t> returnSequences;
    std::optional<double> lengthPenalty;
    std::optional<std::string> earlyStopping;
    std::optional<std::int64_t> noRepeatNgram;
    std::optional<double> repetitionPenalty;
    std::vector<std::string> badWords;
    std::optional<std::string> forcedFirstToken;
    std::optional<std::string> forcedLastToken;
    std::vector<std::string> stopStrings;
    std::optional<std::size_t> beamHistory;
    bool sample = false;
    std::optional<double> temperature;
    std::optional<double> topP;
    std::optional<std::uint64_t> seed;
    bool avoidsCache = false;
};
void addGenerationOptions(CLI::App &command, GenerationArguments &generation);

// What was given over what the model starts from. Argument error for a word that the model's tokenizer does not have.
[[nodiscard]] engine::GenerationOptions generationOptions(const GenerationArguments &given,
                                                          const engine::LoadedModel &model,
                                                          engine::GenerationOptions options);

} // namespace app::cli
