// SPDX-License-Identifier: GPL-3.0-or-later
// The Moses script that makes punctuation plain (Koehn et al. 2007), as its Python port does it.
#pragma once

#include "text/stages.h"

#include <string_view>

namespace engine::text {

class MosesPunctuation final : public Normalizer {
public:
    // `language`: "en", "fr", …; it decides about quotes beside commas and about spaces in numbers.
    explicit MosesPunctuation(std::string_view language);
    void apply(NormalizedText &text) const override;

private:
    enum class Quotes { AsTheyAre, AfterCommaAndDot, BeforeCommaAndDot };
    Quotes m_quotes = Quotes::AsTheyAre;
    char32_t m_numberMark = U'.'; // for a no-break space between digits
};

// Full-width and other East Asian punctuation, quotes and dots become ASCII: another script of the same collection.
void replaceUnicodePunctuation(NormalizedText &text);

} // namespace engine::text
