// SPDX-License-Identifier: GPL-3.0-or-later
// The Rust library's way to keep a text aligned while a normaliser rewrites it.
#pragma once

#include "text/stages.h"

#include <cstdint>
#include <span>
#include <vector>

namespace engine::text {

// One character of the new text.
struct Rewritten {
    char32_t value = 0;
    // 0: stands for the next old character; k > 0: is new, stands where the old character before it stood;
    // −k: stands for the next old character, and k more of them go.
    std::int32_t change = 0;
};

// The new text, aligned to the source of the old one.
[[nodiscard]] NormalizedText rewritten(const NormalizedText &text, std::span<const Rewritten> characters);

// Appends the new characters for `oldCount` old ones as one replacement: the first ones stand for them in order, what
// is more is new, what is less goes with the last character (be it of an earlier replacement).
void appendReplacement(std::vector<Rewritten> &out, std::u32string_view characters, std::size_t oldCount);

} // namespace engine::text
