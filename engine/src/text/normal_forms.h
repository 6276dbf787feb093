// SPDX-License-Identifier: GPL-3.0-or-later
// Unicode normalisation forms (UAX 15) of aligned text.
#pragma once

#include "text/stages.h"

namespace engine::text {

enum class NormalForm { Nfc, Nfd, Nfkc, Nfkd };

// In place. Marks that change places keep the order of their sources, as in the Rust library.
void toNormalForm(NormalizedText &text, NormalForm form);

} // namespace engine::text
