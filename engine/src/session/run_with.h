// SPDX-License-Identifier: GPL-3.0-or-later
// One run of a model, with or without what a former run left.
#pragma once

#include "engine/session.h"

namespace engine::tasks {
struct RunMemory;
}

namespace engine::session {

struct RunUse {
    const RunControl &control;
    tasks::RunMemory *memory = nullptr;
};
[[nodiscard]] TaskResult runWith(const LoadedModel &model, const TaskRequest &request, const RunUse &use);

} // namespace engine::session
