// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "text/stages.h"

namespace engine::text {

// What ALBERT's and XLNet's Python classes do to a text before SentencePiece reads it: white space trimmed and each run
// of it one space; `` and '' to "; NFKD without marks that combine; lowercase.
class PythonCleaner final : public Normalizer {
public:
    struct Options {
        bool removesSpaces = true;
        bool keepsAccents = false;
        bool lowersCase = true;
    };
    explicit PythonCleaner(Options options) : m_options(options) {}
    void apply(NormalizedText &text) const override;

private:
    Options m_options;
};

} // namespace engine::text
