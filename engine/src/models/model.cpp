// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/model.h"

#include <algorithm>

namespace engine {

NamedTensors Model::stepInputs(const Tensor & /*ids*/, const Tensor & /*mask*/, const RunState * /*state*/) const
{
    failArgument("this model does not generate text");
}

const HeadInfo *Model::headFor(TaskKind task) const
{
    const auto it = std::ranges::find_if(
        heads(), [task](const HeadInfo &head) { return std::ranges::find(head.tasks, task) != head.tasks.end(); });
    return it == heads().end() ? nullptr : &*it;
}

const HeadInfo *Model::headOfClass(std::string_view className) const
{
    const auto it = std::ranges::find(heads(), className, &HeadInfo::className);
    return it == heads().end() ? nullptr : &*it;
}

} // namespace engine
