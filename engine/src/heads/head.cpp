// SPDX-License-Identifier: GPL-3.0-or-later
#include "heads/head.h"

#include "engine/error.h"
#include "engine/names.h"

#include <utility>

namespace engine::heads {
namespace {

Shape joined(const Shape &leading, std::initializer_list<std::int64_t> rest)
{
    auto sizes = leading.sizes();
    sizes.insert(sizes.end(), rest);
    return Shape(std::move(sizes));
}

Tensor through(const std::vector<Dense> &chain, Tensor x)
{
    for (const auto &dense : chain)
        x = dense.linear(x, {.activation = dense.activation});
    return x;
}

class WordScoresHead final : public Head {
public:
    explicit WordScoresHead(WordScores parts) : m_parts(std::move(parts)) {}

    void apply(const HeadInput &in, NamedTensors &outputs) const override
    {
        Tensor x =
            in.onlyLastPosition ? poolPosition(-1)(in).reshaped({in.hidden.size(0), 1, in.hidden.size(2)}) : in.hidden;
        if (m_parts.scale != 1.0F)
            x = ops::scale(x, m_parts.scale);
        if (m_parts.transform)
            x = m_parts.transform->linear(x, {.activation = m_parts.transform->activation});
        if (m_parts.norm)
            x = (*m_parts.norm)(x);
        const Tensor scores = m_parts.decoder(x);
        outputs[m_parts.output] = scores.reshaped(joined(in.leading, {scores.size(1), scores.size(2)}));
    }

private:
    WordScores m_parts;
};

class WordLossHead final : public Head {
public:
    void apply(const HeadInput &in, NamedTensors &outputs) const override
    {
        constexpr std::int64_t kNoTarget = -100;
        const Tensor labels = find(in.inputs, names::kLabels);
        if (labels.isNull())
            return;
        const Tensor &logits = require(outputs, names::kLogits);
        const auto vocabulary = logits.size(-1);
        if (labels.elements() * vocabulary != logits.elements())
            failArgument("labels " + labels.shape().text() + " do not fit logits " + logits.shape().text());
        const Tensor scores = ops::logSoftmax(logits);
        double sum = 0.0;
        std::int64_t counted = 0;
        for (std::int64_t i = 0; i < labels.elements(); ++i) {
            const auto label = labels.ints()[static_cast<std::size_t>(i)];
            if (label == kNoTarget)
                continue;
            if (label < 0 || label >= vocabulary)
                failArgument("labels: id " + std::to_string(label) + " of a vocabulary of " +
                             std::to_string(vocabulary));
            sum -= static_cast<double>(scores.floats()[static_cast<std::size_t>(i * vocabulary + label)]);
            ++counted;
        }
        outputs[names::kLoss] =
            Tensor::fromFloats({}, std::vector{static_cast<float>(sum / static_cast<double>(counted))});
    }
};

class RowScoresHead final : public Head {
public:
    explicit RowScoresHead(RowScores parts) : m_parts(std::move(parts)) {}

    void apply(const HeadInput &in, NamedTensors &outputs) const override
    {
        const Tensor scores = through(m_parts.chain, m_parts.pooling(in));
        outputs[m_parts.output] =
            scores.reshaped(m_parts.scoresChoices ? in.leading : joined(in.leading, {scores.size(1)}));
    }

private:
    RowScores m_parts;
};

class TokenScoresHead final : public Head {
public:
    explicit TokenScoresHead(TokenScores parts) : m_parts(std::move(parts)) {}

    void apply(const HeadInput &in, NamedTensors &outputs) const override
    {
        const Tensor scores = through(m_parts.chain, in.hidden);
        outputs[m_parts.output] = scores.reshaped(shapeOf(scores, in.leading));
    }

private:
    [[nodiscard]] Shape shapeOf(const Tensor &scores, const Shape &leading) const
    {
        const auto length = scores.size(1);
        if (m_parts.isFlatForOneRow && scores.size(0) == 1)
            return length == 1 ? Shape() : Shape{length};
        return m_parts.isOneScore ? joined(leading, {length}) : joined(leading, {length, scores.size(2)});
    }

    TokenScores m_parts;
};

class SpanScoresHead final : public Head {
public:
    explicit SpanScoresHead(layers::Linear linear) : m_linear(std::move(linear)) {}

    void apply(const HeadInput &in, NamedTensors &outputs) const override
    {
        const Tensor both = m_linear(in.hidden); // (rows, length, 2)
        Tensor start = Tensor::uninitialised({both.size(0), both.size(1)});
        Tensor end = Tensor::uninitialised({both.size(0), both.size(1)});
        const auto values = both.floats();
        auto starts = start.mutableFloats();
        auto ends = end.mutableFloats();
        for (std::size_t i = 0; i < starts.size(); ++i) {
            starts[i] = values[2 * i];
            ends[i] = values[2 * i + 1];
        }
        outputs[names::kStartLogits] = std::move(start);
        outputs[names::kEndLogits] = std::move(end);
    }

private:
    layers::Linear m_linear;
};

class FeaturesHead final : public Head {
public:
    void apply(const HeadInput &in, NamedTensors &outputs) const override
    {
        outputs[names::kLastHiddenState] = in.hidden;
        if (in.pooled)
            outputs[names::kPoolerOutput] = in.pooled();
    }
};

class TogetherHead final : public Head {
public:
    explicit TogetherHead(std::vector<HeadPtr> heads) : m_heads(std::move(heads)) {}

    void apply(const HeadInput &in, NamedTensors &outputs) const override
    {
        for (const auto &head : m_heads)
            head->apply(in, outputs);
    }

private:
    std::vector<HeadPtr> m_heads;
};

} // namespace

HeadPtr wordScores(WordScores parts)
{
    return std::make_shared<WordScoresHead>(std::move(parts));
}

HeadPtr wordLoss()
{
    return std::make_shared<WordLossHead>();
}

HeadPtr rowScores(RowScores parts)
{
    return std::make_shared<RowScoresHead>(std::move(parts));
}

HeadPtr tokenScores(TokenScores parts)
{
    return std::make_shared<TokenScoresHead>(std::move(parts));
}

HeadPtr spanScores(layers::Linear linear)
{
    return std::make_shared<SpanScoresHead>(std::move(linear));
}

HeadPtr features()
{
    return std::make_shared<FeaturesHead>();
}

HeadPtr together(std::vector<HeadPtr> heads)
{
    return std::make_shared<TogetherHead>(std::move(heads));
}

} // namespace engine::heads
