// SPDX-License-Identifier: GPL-3.0-or-later
// What a generator reads of a passage and a question (RagRetriever.postprocess_docs of the reference library).
#pragma once

#include "engine/retrieval.h"
#include "engine/session.h"
#include "engine/tokenizer.h"

#include <string>
#include <string_view>

namespace engine::retrieval {

struct ContextFormat {
    std::string prefix = {};
    std::string titleSeparator = " / ";
    std::string documentSeparator = " // ";
    std::int64_t maxLength = 300; // tokens; what is longer is cut at its end
    std::int64_t documents = 5;   // of a question
};
// What config.json says. File error for values that cannot be.
[[nodiscard]] ContextFormat contextFormat(const ModelInfo &info);

// prefix + title (without one quotation mark at either end) + separator + text + separator + question, every double
// space made one, once.
[[nodiscard]] std::string contextOf(const Passage &passage, std::string_view question, const ContextFormat &format);
[[nodiscard]] Encoding encodeContext(const Tokenizer &generator, std::string_view context, const ContextFormat &format);

// The question as its encoder's ids read: without special tokens.
[[nodiscard]] std::string questionText(const Tokenizer &questions, std::span<const std::int64_t> ids);

} // namespace engine::retrieval
