// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/parallel.h"

#include "engine/error.h"

namespace engine::ops {

Tensor addByClass(const Tensor &scores, const Tensor &values, const Tensor &classes)
{
    const bool fits = scores.rank() == 4 && values.rank() == 4 && classes.rank() == 3 &&
                      scores.size(0) == values.size(0) && scores.size(1) == values.size(1) &&
                      scores.size(2) == values.size(2) && scores.size(0) == classes.size(0) &&
                      scores.size(2) == classes.size(1) && scores.size(3) == classes.size(2);
    if (!fits)
        failInternal("addByClass: scores " + scores.shape().text() + ", values " + values.shape().text() +
                     ", classes " + classes.shape().text());
    const auto count = values.size(3);
    for (const auto chosen : classes.ints())
        if (chosen < 0 || chosen >= count)
            failInternal("addByClass: class " + std::to_string(chosen) + " of " + std::to_string(count));
    const auto heads = scores.size(1);
    const auto queries = scores.size(2);
    const auto keys = scores.size(3);
    Tensor y = Tensor::uninitialised(scores.shape());
    float *to = y.mutableFloats().data();
    parallelFor(scores.size(0) * heads * queries, scores.elements(), [&](std::int64_t row) {
        const float *from = scores.floats().data() + row * keys;
        const float *value = values.floats().data() + row * count;
        const auto query = row / (heads * queries) * queries + row % queries;
        const std::int64_t *chosen = classes.ints().data() + query * keys;
        for (std::int64_t k = 0; k < keys; ++k)
            to[row * keys + k] = from[k] + value[chosen[k]];
    });
    return y;
}

} // namespace engine::ops
