// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/names.h"
#include "tasks/input.h"

#include <utility>

namespace engine::tasks {

TaskResult runFeatureExtraction(const TaskContext &context, const TaskRequest &request)
{
    const HeadInfo &head = requireHead(context, TaskKind::FeatureExtraction);
    TaskResult result = resultFor(context, request, encodeInput(context, request, request.textPair));
    const NamedTensors outputs = forward(context, head, modelInputs(context, result.encoding), result);
    const Tensor &hidden = require(outputs, names::kLastHiddenState); // (1, length, hidden)
    const Tensor pooled = find(outputs, names::kPoolerOutput);        // (1, hidden)
    result.payload = FeatureResult{.lastHiddenState = hidden.reshaped({hidden.size(1), hidden.size(2)}),
                                   .pooled = pooled.isNull() ? Tensor() : pooled.reshaped({pooled.elements()})};
    return result;
}

} // namespace engine::tasks
