// SPDX-License-Identifier: GPL-3.0-or-later
#include "tasks/votes.h"

#include "engine/error.h"
#include "ops/ops.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace engine::tasks {

Votes votesOf(const Tensor &logits, const Tensor &logPriors, std::span<const std::int64_t> tokens, Hold hold)
{
    const auto documents = static_cast<std::size_t>(logits.size(0));
    const auto length = static_cast<std::size_t>(logits.size(1));
    const auto vocabulary = static_cast<std::size_t>(logits.size(2));
    if (logPriors.elements() != logits.size(0) || tokens.size() > length)
        failInternal("votes of " + logPriors.shape().text() + " for logits " + logits.shape().text());
    const Tensor words = ops::logSoftmax(logits);
    Votes votes{.before = Tensor::uninitialised({logits.size(1), logits.size(0)}),
                .after = Tensor::uninitialised({static_cast<std::int64_t>(tokens.size()), logits.size(0)})};
    const auto priors = logPriors.floats();
    std::vector<float> now(priors.begin(), priors.end());
    auto before = votes.before.mutableFloats();
    auto after = votes.after.mutableFloats();
    for (std::size_t i = 0; i < length; ++i) {
        if (hold == Hold::NoDocument)
            std::ranges::copy(priors, now.begin());
        std::ranges::copy(now, before.begin() + static_cast<std::ptrdiff_t>(i * documents));
        if (i >= tokens.size())
            continue;
        for (std::size_t d = 0; d < documents; ++d)
            now[d] += words.floats()[(d * length + i) * vocabulary + static_cast<std::size_t>(tokens[i])];
        const Tensor normal = ops::logSoftmax(Tensor::fromFloats({logits.size(0)}, now));
        std::ranges::copy(normal.floats(), now.begin());
        for (std::size_t d = 0; d < documents; ++d)
            after[i * documents + d] = std::exp(now[d]);
    }
    return votes;
}

} // namespace engine::tasks
