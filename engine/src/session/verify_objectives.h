// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/verify.h"

#include <nlohmann/json_fwd.hpp>

namespace engine::session {

// Every case of a document of format "objectives-1": what follows from `given` and `choices` against `expected`, and
// further facts that the objective can compute. An unknown objective is a failure of the whole.
void verifyObjectives(const nlohmann::json &document, DirectoryReport &report);

} // namespace engine::session
