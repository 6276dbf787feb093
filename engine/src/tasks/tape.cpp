// SPDX-License-Identifier: GPL-3.0-or-later
#include "tasks/tape.h"

#include "engine/error.h"
#include "generation/scores.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace engine::tasks {
namespace {

TokenStep stepOf(std::span<const float> logits, std::int64_t id, const TapeRequest &request)
{
    const auto chosen = static_cast<std::size_t>(id);
    const float own = logits[chosen];
    const float largest = *std::ranges::max_element(logits);
    double sum = 0.0;
    double weighted = 0.0; // Σ exp(x) · x, with x counted from the largest
    std::int64_t better = 0;
    for (std::size_t i = 0; i < logits.size(); ++i) {
        better += logits[i] > own || (logits[i] == own && i < chosen) ? 1 : 0;
        const float x = logits[i] - largest;
        if (!(x > -std::numeric_limits<float>::infinity()))
            continue;
        const auto e = static_cast<double>(std::exp(x));
        sum += e;
        weighted += e * static_cast<double>(x);
    }
    const double logProbability = static_cast<double>(own - largest) - std::log(sum);
    TokenStep step;
    step.probability = std::exp(logProbability);
    step.surprisalBits = std::max(0.0, -logProbability / std::numbers::ln2);
    step.entropyBits = std::max(0.0, (std::log(sum) - weighted / sum) / std::numbers::ln2);
    step.rank = better + 1;
    for (const auto other : generation::best(logits, request.top)) {
        const float logit = logits[static_cast<std::size_t>(other)];
        const double p = std::exp(static_cast<double>(logit - largest)) / sum;
        step.top.push_back({.id = other,
                            .token = request.tokenizer.display(other),
                            .logit = logit,
                            .probability = p,
                            .rawProbability = p,
                            .removedBy = {}});
    }
    return step;
}

} // namespace

std::vector<TokenStep> emptyTape(std::span<const std::int64_t> ids)
{
    std::vector<TokenStep> steps(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i)
        steps[i].id = ids[i];
    return steps;
}

void addToTape(std::vector<TokenStep> &steps, const TapeScores &scores, const TapeRequest &request,
               const RunControl &control)
{
    const Tensor &logits = scores.logits;
    const auto ids = request.ids;
    const auto rows = static_cast<std::size_t>(logits.size(0));
    if (logits.rank() != 2 || steps.size() != ids.size() || scores.first + rows > ids.size())
        failInternal("logits " + logits.shape().text() + " from place " + std::to_string(scores.first) + " for " +
                     std::to_string(ids.size()) + " tokens");
    const auto vocabulary = static_cast<std::size_t>(logits.size(1));
    for (std::size_t row = 0; row < rows; ++row) {
        control.checkpoint();
        const std::size_t token = scores.first + row + 1;
        if (token < ids.size() && ids[token] >= 0 && static_cast<std::size_t>(ids[token]) < vocabulary)
            steps[token] = stepOf(logits.floats().subspan(row * vocabulary, vocabulary), ids[token], request);
        if (token < ids.size())
            steps[token].id = ids[token];
    }
}

std::vector<TokenStep> tape(const Tensor &logits, const TapeRequest &request, const RunControl &control)
{
    auto steps = emptyTape(request.ids);
    addToTape(steps, {.first = 0, .logits = logits}, request, control);
    return steps;
}

} // namespace engine::tasks
