// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/error.h"
#include "engine/names.h"
#include "generation/scores.h"
#include "tasks/input.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace engine::tasks {
namespace {

std::vector<std::size_t> maskPositions(const TaskContext &context, const Encoding &encoding)
{
    const auto mask = context.tokenizer.special("mask_token");
    if (!mask)
        failArgument("this model's tokenizer has no mask token, so there is nothing to fill");
    std::vector<std::size_t> positions;
    for (std::size_t i = 0; i < encoding.size(); ++i)
        if (encoding.ids[i] == *mask)
            positions.push_back(i);
    if (positions.empty())
        failArgument("the text has no mask token: write " + context.tokenizer.token(*mask) +
                     " in place of a word that is to be guessed");
    return positions;
}

// The tokens that the asked words are in the place of a mask, each once.
std::vector<std::int64_t> candidateIds(const TaskContext &context, const TaskRequest &request,
                                       std::vector<std::string> &notes)
{
    std::vector<std::int64_t> ids;
    for (const auto &word : request.candidates) {
        // A word follows a space, which some vocabularies write into its token and others beside it.
        const Encoding encoding = context.tokenizer.encode(" " + word, {}, {.addSpecialTokens = false});
        const auto isBlank = [&](std::int64_t id) {
            return context.tokenizer.display(id).find_first_not_of(' ') == std::string::npos;
        };
        const auto first = std::ranges::find_if_not(encoding.ids, isBlank);
        if (first == encoding.ids.end())
            failArgument("the candidate \"" + word + "\" has no token");
        checkIds(context, encoding);
        const std::int64_t id = *first;
        if (const auto count = encoding.ids.end() - first; count > 1)
            notes.push_back("\"" + word + "\" is " + std::to_string(count) + " tokens: its first, \"" +
                            context.tokenizer.token(id) + "\", stands for it");
        if (std::ranges::find(ids, id) == ids.end())
            ids.push_back(id);
    }
    return ids;
}

// Those tokens alone, best first; their probabilities are among the whole vocabulary.
std::vector<Candidate> rankOnly(std::span<const float> logits, std::span<const std::int64_t> ids)
{
    const double total = generation::logSumExp(logits);
    std::vector<Candidate> out;
    for (const auto id : ids) {
        const float logit = logits[static_cast<std::size_t>(id)];
        const double probability = std::exp(static_cast<double>(logit) - total);
        out.push_back({.id = id,
                       .token = {},
                       .logit = logit,
                       .probability = probability,
                       .rawProbability = probability,
                       .removedBy = {}});
    }
    std::ranges::stable_sort(out, std::ranges::greater(), &Candidate::logit);
    return out;
}

FilledMask fill(const TaskContext &context, const Encoding &encoding, std::size_t position,
                std::vector<Candidate> candidates)
{
    FilledMask mask{.position = position, .candidates = std::move(candidates), .sequences = {}};
    std::vector<std::int64_t> ids = encoding.ids;
    for (auto &candidate : mask.candidates) {
        candidate.token = context.tokenizer.display(candidate.id);
        ids[position] = candidate.id;
        std::vector<std::int64_t> shown; // without what the tokenizer put around the text, with other masks
        for (std::size_t i = 0; i < ids.size(); ++i)
            if (encoding.sequence[i] >= 0 || i == position)
                shown.push_back(ids[i]);
        mask.sequences.push_back(context.tokenizer.decode(shown, {}));
    }
    return mask;
}

} // namespace

TaskResult runFillMask(const TaskContext &context, const TaskRequest &request)
{
    const HeadInfo &head = requireHead(context, TaskKind::FillMask);
    EncodedText input = encodeInput(context, request, request.textPair);
    const auto positions = maskPositions(context, input.encoding);
    const auto only = candidateIds(context, request, input.notes);
    TaskResult result = resultFor(context, request, std::move(input));
    const NamedTensors outputs = forward(context, head, modelInputs(context, result.encoding), result);
    const Tensor logits =
        firstOf(outputs, std::array{names::kLogits, names::kPredictionLogits}); // (1, length, vocabulary)
    const std::int64_t vocabulary = logits.size(-1);
    FillMaskResult payload{.masks = {}, .logits = logits.reshaped({logits.size(1), vocabulary})};
    for (const auto position : positions) {
        context.control.checkpoint();
        const auto row = payload.logits.floats().subspan(position * static_cast<std::size_t>(vocabulary),
                                                         static_cast<std::size_t>(vocabulary));
        auto candidates = only.empty() ? rankNextTokens({.logits = row, .priorIds = {}, .count = request.topK}, {})
                                       : rankOnly(row, only);
        payload.masks.push_back(fill(context, result.encoding, position, std::move(candidates)));
    }
    result.payload = std::move(payload);
    return result;
}

} // namespace engine::tasks
