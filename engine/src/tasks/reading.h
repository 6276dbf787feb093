// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tasks/tasks.h"

#include <string>
#include <vector>

namespace engine::tasks {

struct Reading {
    std::string question;
    std::vector<FoundPassage> passages;
    const RetrievalRequest &request;
    EncodeOptions encode = {};
    bool truncate = false; // cut a passage that is too long instead of refusing it
};
// What a reader makes of the passages. The first rows are traced. Adds what was cut to the notes.
[[nodiscard]] ReadingResult read(const TaskContext &context, const Reading &reading, std::vector<std::string> &notes);

} // namespace engine::tasks
