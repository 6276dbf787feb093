// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/recipes/input_terms.h"

#include "engine/trace.h"

namespace engine::models {

void traceInputTerm(const RunControl &control, const InputTerm &term)
{
    if (control.trace == nullptr || !control.trace->wants(Stack::Encoder, 0, TraceKind::Mechanism))
        return;
    control.trace->mechanism({.name = "embeddings." + term.table, .tensor = term.vectors});
    control.trace->mechanism({.name = "embedding_rows." + term.table, .tensor = term.rows});
}

} // namespace engine::models
