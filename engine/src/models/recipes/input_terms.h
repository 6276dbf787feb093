// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/run_control.h"
#include "engine/tensor.h"

#include <string>

namespace engine::models {

// One table's part of the vectors that a model begins with.
struct InputTerm {
    std::string table; // "words", "positions", "types", "languages"
    Tensor rows;       // of the table, (batch or 1, length), I64
    Tensor vectors;    // (batch or 1, length, features)
};

// Hands a term to whoever listens for mechanisms, as "embeddings.<table>" and "embedding_rows.<table>".
void traceInputTerm(const RunControl &control, const InputTerm &term);

} // namespace engine::models
