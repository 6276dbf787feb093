// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "text/stages.h"

#include <cstddef>
#include <span>

namespace engine::text {

// End of the extended grapheme cluster that begins at `at` (UAX 29, rules GB3 to GB13; without GB9c of Unicode 15.1,
// which came after the Rust library). Linear in the length of the cluster.
[[nodiscard]] std::size_t endOfCluster(std::span<const Character> text, std::size_t at);

} // namespace engine::text
