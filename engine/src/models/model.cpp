// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/model.h"

#include <algorithm>

namespace engine {

NamedTensors Model::stepInputs(const Tensor & /*ids*/, const Tensor & /*mask*/, const RunState * /*state*/) const
{
    failArgument("this model does not generate text");
}

std::unique_ptr<RunState> Model::encode(const NamedTensors & /*inputs*/, const RunControl & /*control*/) const
{
    failArgument("this model has no encoder beside its decoder");
}

Tensor Model::decoderInputs(const Tensor & /*labels*/) const
{
    failArgument("this model has no encoder beside its decoder");
}

NamedTensors Model::relativeBuckets(const BucketRange & /*range*/) const
{
    failArgument("this model has no buckets of relative positions");
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
