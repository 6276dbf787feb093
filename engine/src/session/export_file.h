// SPDX-License-Identifier: GPL-3.0-or-later
// Writing a file so that it is either the whole new one or the old one.
#pragma once

#include "engine/tensor.h"

#include <filesystem>
#include <functional>
#include <ostream>
#include <string>

namespace engine::session {

// Calls `write` with a stream to a temporary file beside `file` and renames it when everything went well.
// File error naming the file and the reason otherwise; nothing is left behind.
void writeWhole(const std::filesystem::path &file, const std::function<void(std::ostream &)> &write);

// What stands before the numbers of an array of 32-bit floats in NumPy's format 1.0.
void writeNpyHeader(std::ostream &out, const Shape &shape);

// The shortest text that reads back as the same number; "null" for NaN and infinities.
[[nodiscard]] std::string numberText(float value);
// A field of a CSV file (RFC 4180): quoted where it has to be.
[[nodiscard]] std::string csvField(const std::string &text);
// A JSON string with its quotation marks; broken UTF-8 becomes U+FFFD.
[[nodiscard]] std::string jsonText(const std::string &text);

} // namespace engine::session
