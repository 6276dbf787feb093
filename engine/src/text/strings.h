// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace engine::text {

// Every occurrence of `from`, from the left and without overlap, becomes `to`.
[[nodiscard]] std::string replaced(std::string_view text, std::string_view from, std::string_view to);

// Without the white space (in Python's sense) at both ends. `text` is UTF-8.
[[nodiscard]] std::string strippedPython(std::string_view text);

// The reference library's clean_up_tokenization: spaces before punctuation and English contractions go.
[[nodiscard]] std::string cleanedUp(std::string text);

// The bytes that a text in base 64 (RFC 4648, "+" and "/", padded) stands for; empty when it is none.
[[nodiscard]] std::optional<std::string> fromBase64(std::string_view text);

} // namespace engine::text
