// SPDX-License-Identifier: GPL-3.0-or-later
// What a run leaves behind beside hidden states and attention, as numbers in files.
#pragma once

#include "engine/trace.h"

#include <filesystem>
#include <optional>
#include <string>

namespace engine {

struct MechanismSelection {
    std::string name;                // of the records: "kernels", "buckets", …
    std::optional<int> layer = {};   // empty: all
    std::optional<Stack> stack = {}; // empty: all
};

// By extension: .csv (stack,layer,i0,i1,…,value), .json (a list of records with shape and flat values), .npy (float32;
// one record, or several of one shape stacked along a first axis). Argument error for another extension, or when the
// trace holds no such record.
void exportMechanism(const std::filesystem::path &file, const Trace &trace, const MechanismSelection &selection);

} // namespace engine
