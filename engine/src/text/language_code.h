// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "text/stages.h"

#include <memory>

namespace engine::text {

// Marian's target language in front of a text: ">>fra<<" is a word of its own. In every line, what stands from the
// first ">>" to the last "<<" goes.
class LanguageCodeSplitter final : public PreTokenizer {
public:
    // `rest` splits what is left.
    explicit LanguageCodeSplitter(std::unique_ptr<const PreTokenizer> rest) : m_rest(std::move(rest)) {}
    [[nodiscard]] std::vector<Word> split(NormalizedText &text) const override;

private:
    std::unique_ptr<const PreTokenizer> m_rest;
};

} // namespace engine::text
