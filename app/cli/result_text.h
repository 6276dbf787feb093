// SPDX-License-Identifier: GPL-3.0-or-later
// A task's result for a terminal: the answer first, numbers beside or below it.
#pragma once

#include "engine/task.h"

#include <ostream>

namespace app::cli {

void printResult(const engine::TaskRequest &request, const engine::TaskResult &result, std::ostream &out);

} // namespace app::cli
