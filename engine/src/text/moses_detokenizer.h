// SPDX-License-Identifier: GPL-3.0-or-later
// The Moses detokenizer (Koehn et al. 2007), as its Python port does it: words to running text.
#pragma once

#include "text/stages.h"

#include <string>

namespace engine::text {

class MosesDetokenizer final : public Decoder {
public:
    explicit MosesDetokenizer(std::string language) : m_language(std::move(language)) {} // one of mosesLanguages()

    // Hyphens and marks inside numbers that stood apart ("@-@", "@,@", "@.@") go back into their words.
    [[nodiscard]] std::string decode(const std::vector<std::string_view> &tokens) const override;

private:
    std::string m_language;
};

} // namespace engine::text
