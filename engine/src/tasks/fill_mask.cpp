// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/error.h"
#include "engine/names.h"
#include "tasks/input.h"

#include <algorithm>
#include <array>
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
        payload.masks.push_back(fill(context, result.encoding, position,
                                     rankNextTokens({.logits = row, .priorIds = {}, .count = request.topK}, {})));
    }
    result.payload = std::move(payload);
    return result;
}

} // namespace engine::tasks
