// SPDX-License-Identifier: GPL-3.0-or-later
// Which tokens stand in place of others: the discriminator of Clark et al. 2020 (ELECTRA).
#include "engine/names.h"
#include "tasks/input.h"

#include <cmath>
#include <utility>

namespace engine::tasks {

TaskResult runReplacedTokenDetection(const TaskContext &context, const TaskRequest &request)
{
    const HeadInfo &head = requireHead(context, TaskKind::ReplacedTokenDetection);
    TaskResult result = resultFor(context, request, encodeInput(context, request, request.textPair));
    const NamedTensors outputs = forward(context, head, modelInputs(context, result.encoding), result);
    ReplacedTokensResult payload;
    for (const float logit : require(outputs, names::kLogits).floats()) // (1, length)
        payload.tokens.push_back({.token = payload.tokens.size(),
                                  .logit = logit,
                                  .probability = 1.0 / (1.0 + std::exp(-static_cast<double>(logit)))});
    result.payload = std::move(payload);
    return result;
}

} // namespace engine::tasks
