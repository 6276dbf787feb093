// SPDX-License-Identifier: GPL-3.0-or-later
// A text as it stands beside a picture.
#pragma once

#include "models/image_input.h"
#include "tasks/tasks.h"

#include <string>
#include <vector>

namespace engine::tasks {

// The start and the end token of a text leave it and frame the picture instead.
struct FramedText {
    Encoding frame; // of two tokens
    Encoding text;  // without special tokens
    std::vector<std::string> notes = {};
};

// Longer texts are cut to what the model was trained with. Argument error for a text without tokens, ids beyond the
// model's vocabulary, or more tokens than positions where nothing says that a text may be cut.
[[nodiscard]] FramedText framedText(const TaskContext &context, const TaskRequest &request,
                                    const models::ImageInput &input);

} // namespace engine::tasks
