// SPDX-License-Identifier: GPL-3.0-or-later
// What a search of an encoder–decoder starts from.
#pragma once

#include "tasks/tasks.h"

#include <string>
#include <vector>

namespace engine::tasks {

// The request's options with the special tokens of the checkpoint, where the request leaves them to it. Argument error
// when nothing says what the decoder begins with.
[[nodiscard]] GenerationOptions searchOptions(const TaskContext &context, const TaskRequest &request);

// The decoder's row is as long as its table of positions at most; a note says what is cut.
void limitLength(const TaskContext &context, GenerationOptions &options, std::vector<std::string> &notes);

} // namespace engine::tasks
