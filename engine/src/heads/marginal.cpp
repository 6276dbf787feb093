// SPDX-License-Identifier: GPL-3.0-or-later
#include "heads/marginal.h"

#include "engine/error.h"
#include "engine/names.h"
#include "ops/mixture.h"
#include "ops/ops.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace engine::heads {
namespace {

bool isSet(const NamedTensors &inputs, const char *name)
{
    const Tensor value = find(inputs, name);
    return !value.isNull() && value.ints().front() != 0;
}

double logSumExp(const std::vector<double> &values)
{
    const double largest = std::ranges::max(values);
    if (!std::isfinite(largest))
        return largest;
    double sum = 0.0;
    for (const double value : values)
        sum += std::exp(value - largest);
    return largest + std::log(sum);
}

// What a document (or the mixture) thinks of a row of targets.
struct Likelihood {
    double targets = 0.0; // Σ log p(target)
    double words = 0.0;   // Σ over places of Σ over all words of log p
};

class MarginalHead final : public Head {
public:
    explicit MarginalHead(MarginalWords parts) : m_parts(std::move(parts)) {}

    void apply(const HeadInput &in, NamedTensors &outputs) const override
    {
        NamedTensors inputs = in.inputs; // the loss of one document alone is none
        inputs.erase(names::kLabels);
        m_parts.words->apply({.hidden = in.hidden,
                              .pooled = in.pooled,
                              .inputs = inputs,
                              .leading = in.leading,
                              .onlyLastPosition = in.onlyLastPosition},
                             outputs);
        const Tensor scores = find(in.inputs, names::kDocScores);
        const bool isMixed = isSet(in.inputs, names::kDoMarginalize);
        if (scores.isNull()) {
            if (isMixed)
                failArgument("do_marginalize needs doc_scores, the scores of the documents");
            return;
        }
        const Tensor logits = require(outputs, names::kLogits);
        const auto documents = documentsOf(scores, logits.size(0));
        const Tensor apart = logits.reshaped({scores.size(0), documents, logits.size(1), logits.size(2)});
        const Tensor weights = ops::logSoftmax(scores);
        if (const Tensor labels = find(in.inputs, names::kLabels); !labels.isNull())
            outputs[names::kLoss] =
                m_parts.mixing == Mixing::EachToken
                    ? lossOfTokens(ops::logMixture(apart, weights), targetsOf(labels, apart))
                    : lossOfSequences(apart, weights, {targetsOf(labels, apart), excludes(in, labels)});
        if (isMixed)
            outputs[names::kLogits] = ops::logMixture(apart, weights);
    }

private:
    // The labels shifted left by one, padding at the end. (batch, length)
    [[nodiscard]] Tensor targetsOf(const Tensor &labels, const Tensor &apart) const
    {
        if (labels.rank() != 2 || labels.size(0) != apart.size(0) || labels.size(1) != apart.size(2))
            failArgument("labels " + labels.shape().text() + " do not fit " + std::to_string(apart.size(0)) +
                         " questions with " + std::to_string(apart.size(2)) + " decoder positions");
        const auto length = labels.size(1);
        std::vector<std::int64_t> targets(labels.ints().begin(), labels.ints().end());
        for (auto row = targets.begin(); row != targets.end(); row += length) {
            std::rotate(row, row + 1, row + length);
            *(row + length - 1) = m_parts.pad;
        }
        for (const auto id : targets)
            if (id < 0 || id >= apart.size(3))
                failArgument("labels: id " + std::to_string(id) + " of a vocabulary of " +
                             std::to_string(apart.size(3)));
        return Tensor::fromInts(labels.shape(), targets);
    }

    // Whether the first target is left out: all rows begin with the same special token, and that is asked for.
    [[nodiscard]] bool excludes(const HeadInput &in, const Tensor &labels) const
    {
        if (!isSet(in.inputs, names::kExcludeBosScore) || !m_parts.begin)
            return false;
        const auto length = static_cast<std::size_t>(labels.size(1));
        for (std::size_t i = 1; i < labels.ints().size(); i += length) // targets[0] = labels[1]
            if (labels.ints()[i] != *m_parts.begin)
                return false;
        return length > 1;
    }

    [[nodiscard]] float lossOf(const Likelihood &row, std::int64_t vocabulary) const
    {
        const double share = m_parts.labelSmoothing;
        return static_cast<float>(-(1.0 - share) * row.targets - share / static_cast<double>(vocabulary) * row.words);
    }

    struct Place {
        std::span<const float> words; // log-probabilities
        std::int64_t target = 0;
        double weight = 0.0; // added to each of them
    };
    [[nodiscard]] Likelihood likelihoodAt(const Place &place) const
    {
        Likelihood out{.targets =
                           static_cast<double>(place.words[static_cast<std::size_t>(place.target)]) + place.weight};
        if (m_parts.labelSmoothing > 0.0) {
            for (const float word : place.words)
                out.words += static_cast<double>(word);
            out.words += place.weight * static_cast<double>(place.words.size());
        }
        return out;
    }

    // `mixture`: log-probabilities (batch, length, vocabulary)
    [[nodiscard]] Tensor lossOfTokens(const Tensor &mixture, const Tensor &targets) const
    {
        const auto vocabulary = static_cast<std::size_t>(mixture.size(2));
        const auto length = static_cast<std::size_t>(mixture.size(1));
        Tensor loss = Tensor::uninitialised({mixture.size(0)});
        for (std::size_t row = 0; row < loss.mutableFloats().size(); ++row) {
            Likelihood sum;
            for (std::size_t i = row * length; i < (row + 1) * length; ++i) {
                const auto target = targets.ints()[i];
                if (target == m_parts.pad)
                    continue;
                const Likelihood here =
                    likelihoodAt({.words = mixture.floats().subspan(i * vocabulary, vocabulary), .target = target});
                sum.targets += here.targets;
                sum.words += here.words;
            }
            loss.mutableFloats()[row] = lossOf(sum, mixture.size(2));
        }
        return loss;
    }

    struct Sequences {
        Tensor targets; // (batch, length)
        bool excludesFirst = false;
    };
    // `apart`: logits (batch, documents, length, vocabulary); `weights`: log p(document). They join the second target's
    // score, as the reference has it: where that is padding, they are lost.
    [[nodiscard]] Tensor lossOfSequences(const Tensor &apart, const Tensor &weights, const Sequences &sequences) const
    {
        const Tensor words = ops::logSoftmax(apart);
        const auto vocabulary = static_cast<std::size_t>(apart.size(3));
        const auto length = static_cast<std::size_t>(apart.size(2));
        const auto documents = static_cast<std::size_t>(apart.size(1));
        Tensor loss = Tensor::uninitialised({apart.size(0)});
        for (std::size_t row = 0; row < loss.mutableFloats().size(); ++row) {
            std::vector<double> ofTargets;
            std::vector<double> ofWords;
            for (std::size_t document = row * documents; document < (row + 1) * documents; ++document) {
                Likelihood sum;
                for (std::size_t i = 0; i < length; ++i) {
                    const auto target = sequences.targets.ints()[row * length + i];
                    if (target == m_parts.pad)
                        continue;
                    const Likelihood here =
                        likelihoodAt({.words = words.floats().subspan((document * length + i) * vocabulary, vocabulary),
                                      .target = target,
                                      .weight = i == 1 ? static_cast<double>(weights.floats()[document]) : 0.0});
                    sum.targets += i == 0 && sequences.excludesFirst ? 0.0 : here.targets;
                    sum.words += here.words;
                }
                ofTargets.push_back(sum.targets);
                ofWords.push_back(sum.words);
            }
            loss.mutableFloats()[row] =
                lossOf({.targets = logSumExp(ofTargets), .words = logSumExp(ofWords)}, apart.size(3));
        }
        return loss;
    }

    MarginalWords m_parts;
};

} // namespace

HeadPtr marginalWords(MarginalWords parts)
{
    return std::make_shared<MarginalHead>(std::move(parts));
}

std::int64_t documentsOf(const Tensor &docScores, std::int64_t rows)
{
    const bool isMatrix = docScores.rank() == 2 && docScores.elements() > 0;
    if (!isMatrix || docScores.elements() != rows)
        failArgument("doc_scores: expected one score a context, (questions, documents) for " + std::to_string(rows) +
                     " contexts, found " + docScores.shape().text());
    return docScores.size(1);
}

} // namespace engine::heads
