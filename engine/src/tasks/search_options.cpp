// SPDX-License-Identifier: GPL-3.0-or-later
#include "tasks/search_options.h"

#include "engine/error.h"

#include <algorithm>

namespace engine::tasks {

GenerationOptions searchOptions(const TaskContext &context, const TaskRequest &request)
{
    GenerationOptions options = request.generation;
    const GenerationOptions own = context.model.generationDefaults();
    if (!options.decoderStartToken)
        options.decoderStartToken = own.decoderStartToken;
    if (!options.decoderStartToken)
        failArgument("nothing says what the decoder begins with: expected decoder_start_token_id in config.json");
    if (!request.usesModelEndTokens)
        return options;
    if (options.eosTokenIds.empty()) {
        options.eosTokenIds = own.eosTokenIds;
        options.padTokenId = own.padTokenId;
    }
    if (!options.forcedFirstToken)
        options.forcedFirstToken = own.forcedFirstToken;
    if (!options.forcedLastToken)
        options.forcedLastToken = own.forcedLastToken;
    if (options.badWords.empty())
        options.badWords = own.badWords;
    if (options.beamExcludedTokens.empty())
        options.beamExcludedTokens = own.beamExcludedTokens;
    return options;
}

void limitLength(const TaskContext &context, GenerationOptions &options, std::vector<std::string> &notes)
{
    const std::int64_t limit = context.model.maxPositions();
    const std::int64_t room = limit - 1; // behind the start token
    if (limit > 0 && options.maxNewTokens > room) {
        notes.push_back("only " + std::to_string(room) + " new tokens instead of " +
                        std::to_string(options.maxNewTokens) + " fit: the model takes " + std::to_string(limit) +
                        " positions");
        options.maxNewTokens = room;
    }
    options.minNewTokens = std::min(options.minNewTokens, options.maxNewTokens);
}

} // namespace engine::tasks
