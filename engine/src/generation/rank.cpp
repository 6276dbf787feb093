// SPDX-License-Identifier: GPL-3.0-or-later
// The same processors as a search uses, on logits that are already there: what a slider asks for.
#include "engine/error.h"
#include "engine/rank_stages.h"
#include "generation/processors.h"
#include "generation/scores.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

namespace engine {
namespace {

constexpr float kRemoved = -std::numeric_limits<float>::infinity();

// Scores after all processors, and for each token the number (from 1) of the one that removed it.
struct Ranked {
    std::vector<float> scores;
    std::vector<std::uint8_t> removedBy; // 0 = kept
    generation::Processors parts;
};

// The scores that the first processor finds.
std::vector<float> startingScores(const RankRequest &request, const GenerationOptions &options)
{
    std::vector<float> scores(request.logits.begin(), request.logits.end());
    for (float &score : scores)
        if (std::isnan(score))
            score = kRemoved; // a model whose weights were let in unchecked: shown, never chosen
    if (options.beams > 1)
        generation::logSoftmax(scores);
    return scores;
}

generation::Processors allParts(const GenerationOptions &options)
{
    constexpr std::size_t kMinKeptByBeams = 2; // so that a beam always has a token that does not end it
    auto parts = generation::processors(options);
    auto warping = generation::warpers(options, options.beams > 1 ? kMinKeptByBeams : 1);
    std::move(warping.begin(), warping.end(), std::back_inserter(parts));
    return parts;
}

// e^(score − log of the sum), 0 for a removed token.
double probability(float score, double sum)
{
    const double p = std::exp(static_cast<double>(score) - sum);
    return std::isfinite(p) ? p : 0.0;
}

Ranked process(const RankRequest &request, const GenerationOptions &options)
{
    using namespace generation;
    Ranked out;
    out.scores = startingScores(request, options);
    out.removedBy.assign(out.scores.size(), 0);
    out.parts = allParts(options);
    const RowContext row{.ids = request.priorIds, .promptLength = request.promptLength};
    for (std::size_t part = 0; part < out.parts.size(); ++part) {
        out.parts[part]->apply(out.scores, row);
        const auto number = static_cast<std::uint8_t>(part + 1);
        for (std::size_t i = 0; i < out.scores.size(); ++i) { // without branches: removal is not predictable
            const int isNew = static_cast<int>(out.scores[i] == kRemoved) & static_cast<int>(out.removedBy[i] == 0) &
                              static_cast<int>(request.logits[i] > kRemoved);
            out.removedBy[i] = static_cast<std::uint8_t>(out.removedBy[i] | (number & -isNew));
        }
    }
    return out;
}

} // namespace

std::vector<Candidate> rankNextTokens(const RankRequest &request, const GenerationOptions &options)
{
    generation::check(options);
    if (request.logits.empty())
        failInternal("ranking a row without logits");
    const Ranked ranked = process(request, options);
    const auto isKept = [&](std::int64_t id) { return ranked.removedBy[static_cast<std::size_t>(id)] == 0; };
    auto order = generation::best(request.logits, request.count, isKept);
    const auto removed = generation::best(request.logits, request.count - std::min(request.count, order.size()),
                                          [&](std::int64_t id) { return !isKept(id); });
    order.insert(order.end(), removed.begin(), removed.end());

    const double rawTotal = generation::logSumExp(request.logits);
    const double total = generation::logSumExp(ranked.scores);
    std::vector<Candidate> out;
    out.reserve(order.size());
    for (const auto id : order) {
        const auto i = static_cast<std::size_t>(id);
        Candidate candidate;
        candidate.id = id;
        candidate.logit = request.logits[i];
        candidate.rawProbability = probability(request.logits[i], rawTotal);
        candidate.probability = probability(ranked.scores[i], total);
        if (ranked.removedBy[i] != 0)
            candidate.removedBy = ranked.parts[ranked.removedBy[i] - 1U]->name();
        out.push_back(std::move(candidate));
    }
    return out;
}

std::vector<Candidate> rankNextTokens(std::span<const float> logits, std::span<const std::int64_t> priorIds,
                                      const GenerationOptions &options, std::size_t count)
{
    return rankNextTokens({.logits = logits, .priorIds = priorIds, .count = count}, options);
}

std::vector<RankStage> rankStages(const RankRequest &request, const GenerationOptions &options)
{
    generation::check(options);
    if (request.logits.empty())
        failInternal("ranking a row without logits");
    const auto order = generation::best(request.logits, request.count);
    const generation::RowContext row{.ids = request.priorIds, .promptLength = request.promptLength};
    std::vector<float> scores = startingScores(request, options);
    double total = generation::logSumExp(scores);
    std::vector<RankStage> stages;
    for (const auto &part : allParts(options)) {
        const std::vector<float> found = scores;
        const double foundTotal = total;
        part->apply(scores, row);
        total = generation::logSumExp(scores);
        RankStage stage{.name = std::string(part->name())};
        for (std::size_t i = 0; i < scores.size(); ++i) { // without branches
            const int isLeft = static_cast<int>(scores[i] > kRemoved);
            const int wasThere = static_cast<int>(found[i] > kRemoved);
            stage.left += isLeft;
            stage.removed += wasThere & (1 - isLeft);
            stage.changed += isLeft & static_cast<int>(scores[i] != found[i]);
        }
        for (const auto id : order) {
            const auto i = static_cast<std::size_t>(id);
            stage.candidates.push_back({.id = id,
                                        .before = probability(found[i], foundTotal),
                                        .after = probability(scores[i], total),
                                        .isRemoved = found[i] > kRemoved && !(scores[i] > kRemoved)});
        }
        stages.push_back(std::move(stage));
    }
    return stages;
}

std::vector<std::string> pipeline(const GenerationOptions &options)
{
    std::vector<std::string> names;
    for (const auto &parts : {generation::processors(options), generation::warpers(options, 1)})
        for (const auto &part : parts)
            names.emplace_back(part->name());
    return names;
}

} // namespace engine
