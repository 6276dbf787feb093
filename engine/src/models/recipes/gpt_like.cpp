// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/recipes/gpt_like.h"

#include "engine/names.h"
#include "heads/summary.h"
#include "layers/attention/attention.h"
#include "layers/linear.h"
#include "models/recipes/cache_state.h"

#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace engine::models {
namespace {

using checkpoint::Weights;
using layers::Embedding;
using layers::LayerNorm;
using layers::Linear;
using layers::LinearShape;

constexpr float kLowest = std::numeric_limits<float>::lowest();

LinearShape shaped(const GptLikeOptions &o, std::int64_t inputs, std::int64_t outputs)
{
    return {.inputs = inputs, .outputs = outputs, .layout = o.layout};
}

Linear queryKeyValue(const Weights &w, const GptLikeOptions &o)
{
    const auto &names = o.names.queryKeyValue;
    if (names.size() == 1)
        return {w / names.front(), shaped(o, o.hidden, 3 * o.hidden)};
    std::vector<Weights> parts;
    for (const auto &name : names)
        parts.push_back(w / name);
    return Linear::stacked(parts, shaped(o, o.hidden, o.hidden));
}

class Block {
public:
    Block(const Weights &w, const GptLikeOptions &o, int layer)
        : m_options(o), m_layer(layer), m_attentionNorm(w / o.names.attentionNorm, o.hidden, o.epsilon),
          m_queryKeyValue(queryKeyValue(w, o)), m_attentionOut(w / o.names.attentionOut, shaped(o, o.hidden, o.hidden)),
          m_norm(w / o.names.norm, o.hidden, o.epsilon), m_up(w / o.names.up, shaped(o, o.hidden, o.intermediate)),
          m_down(w / o.names.down, shaped(o, o.intermediate, o.hidden))
    {
    }

    [[nodiscard]] Tensor operator()(const Tensor &x, const AppliedMask &mask, layers::KeyValueCache *cache,
                                    const RunControl &control) const
    {
        if (m_options.norms == NormOrder::After) {
            const Tensor attended = m_attentionOut(attention(x, mask, cache, control), {.residual = x});
            const Tensor middle = m_attentionNorm(attended);
            return m_norm(feedForward(middle, middle));
        }
        const Tensor attended = attention(m_attentionNorm(x), mask, cache, control);
        const Tensor middle = m_attentionOut(attended, {.residual = x});
        return feedForward(m_norm(middle), middle);
    }

private:
    [[nodiscard]] Tensor feedForward(const Tensor &x, const Tensor &residual) const
    {
        return m_down(m_up(x, {.activation = m_options.activation}), {.residual = residual});
    }

    [[nodiscard]] float scale() const
    {
        float scale = 1.0F;
        if (m_options.dividesByRootOfHeadSize)
            scale /= std::sqrt(static_cast<float>(m_options.hidden / m_options.heads));
        if (m_options.dividesByLayer)
            scale /= static_cast<float>(m_layer + 1);
        return scale;
    }

    [[nodiscard]] Tensor attention(const Tensor &x, const AppliedMask &mask, layers::KeyValueCache *cache,
                                   const RunControl &control) const
    {
        const Tensor projected = m_queryKeyValue(x);
        const auto part = [&](std::int64_t i) {
            return ops::splitHeads(projected, m_options.heads, i * m_options.hidden, m_options.hidden);
        };
        layers::AttentionInputs in{.query = part(0),
                                   .key = part(1),
                                   .value = part(2),
                                   .scale = scale(),
                                   .mask = mask,
                                   .stack = Stack::Decoder,
                                   .layer = m_layer};
        if (cache != nullptr)
            in.take(cache->extend(m_layer, in.key, in.value));
        return layers::attend(in, control);
    }

    GptLikeOptions m_options;
    int m_layer;
    LayerNorm m_attentionNorm;
    Linear m_queryKeyValue;
    Linear m_attentionOut;
    LayerNorm m_norm;
    Linear m_up;
    Linear m_down;
};

// (maxPositions, hidden): sines of position · 10000^(−2i/hidden) in the first half of a row, cosines in the second.
// Source: Vaswani et al. 2017, section 3.5, with the halves side by side instead of interleaved.
Tensor sinesThenCosines(std::int64_t positions, std::int64_t hidden)
{
    Tensor table = Tensor::uninitialised({positions, hidden});
    float *out = table.mutableFloats().data();
    const auto sines = (hidden + 1) / 2;
    for (std::int64_t p = 0; p < positions; ++p)
        for (std::int64_t i = 0; i < hidden; ++i) {
            const auto pair = i < sines ? i : i - sines;
            const float rate = 1.0F / std::pow(10000.0F, static_cast<float>(2 * pair) / static_cast<float>(hidden));
            const float angle = static_cast<float>(p) * rate;
            *out++ = i < sines ? std::sin(angle) : std::cos(angle);
        }
    return table;
}

Tensor positionTable(const Weights &w, const GptLikeOptions &o)
{
    return o.positions == PositionTable::Learned ? (w / o.names.positions).tensor("weight", {o.maxPositions, o.hidden})
                                                 : sinesThenCosines(o.maxPositions, o.hidden);
}

class GptLike final : public Backbone {
public:
    GptLike(const Weights &w, const GptLikeOptions &o)
        : m_options(o), m_words(w / o.names.words, o.vocabulary, o.hidden, "token id"), m_positions(positionTable(w, o))
    {
        if (o.norms == NormOrder::Before)
            m_norm.emplace(w / o.names.finalNorm, o.hidden, o.finalEpsilon);
        for (int i = 0; i < o.layers; ++i)
            m_blocks.emplace_back(w / "h" / i, o, i);
    }

    [[nodiscard]] BackboneOutput run(const BackboneInput &input, const RunControl &control) const override
    {
        const Tensor &ids = require(input.inputs, names::kInputIds);
        auto *cache = cacheOf(input.state);
        const auto offset = cache == nullptr ? 0 : cache->length();
        const auto mask = maskFor(input.inputs, ids, offset);

        Tensor x = embed(input.inputs, ids, offset);
        for (int i = 0; i < m_options.layers; ++i) {
            traceHiddenState(control, Stack::Decoder, i, x);
            const BlockScope scope(control, {.stack = Stack::Decoder, .layer = i, .layers = m_options.layers});
            x = m_blocks[static_cast<std::size_t>(i)](x, mask, cache, control);
        }
        if (m_norm)
            x = (*m_norm)(x);
        // The reference gives the last state (and only it) the shape of the ids again.
        auto sizes = input.leading.sizes();
        sizes.insert(sizes.end(), {x.size(1), x.size(2)});
        traceHiddenState(control, Stack::Decoder, m_options.layers, x.reshaped(Shape(std::move(sizes))));
        return {.hidden = x};
    }

    [[nodiscard]] const std::vector<std::string_view> &inputNames() const override
    {
        static const std::vector<std::string_view> kNames{names::kInputIds, names::kAttentionMask, names::kTokenTypeIds,
                                                          names::kPositionIds};
        return kNames;
    }
    [[nodiscard]] const Tensor &wordEmbeddings() const override { return m_words.table(); }
    [[nodiscard]] std::unique_ptr<RunState> newState() const override
    {
        return std::make_unique<CacheState>(m_options.layers, m_options.cacheForm);
    }

    // Where a mask is fed, positions count real tokens, so that left padding does not move a text.
    [[nodiscard]] NamedTensors stepInputs(const Tensor &ids, const Tensor &mask, const RunState *state) const override
    {
        const auto held = state == nullptr ? 0 : state->length();
        if (!m_options.feedsMask)
            return {{names::kInputIds, columns(ids, held, ids.size(1))}};
        Tensor positions = Tensor::uninitialised(mask.shape(), DType::I64);
        auto out = positions.mutableInts();
        const auto length = mask.size(1);
        for (std::int64_t r = 0; r < mask.size(0); ++r) {
            std::int64_t count = 0;
            for (std::int64_t i = r * length; i < (r + 1) * length; ++i) {
                const bool isReal = mask.ints()[static_cast<std::size_t>(i)] != 0;
                count += isReal ? 1 : 0;
                out[static_cast<std::size_t>(i)] = isReal ? count - 1 : 1;
            }
        }
        return {{names::kInputIds, columns(ids, held, length)},
                {names::kAttentionMask, mask},
                {names::kPositionIds, columns(positions, held, length)}};
    }
    [[nodiscard]] std::int64_t maxPositions() const override { return m_options.maxPositions; }
    [[nodiscard]] int layerCount() const override { return m_options.layers; }
    [[nodiscard]] int headCount() const override { return m_options.heads; }
    [[nodiscard]] std::int64_t hiddenSize() const override { return m_options.hidden; }

private:
    // Token types, where given, index the word table.
    [[nodiscard]] Tensor embed(const NamedTensors &inputs, const Tensor &ids, std::int64_t offset) const
    {
        Tensor positions = find(inputs, names::kPositionIds);
        if (positions.isNull())
            positions = positionRange(ids.size(0), ids.size(1), offset);
        const Tensor at = ops::embedding(m_positions, positions, "position");
        const Tensor sum = ops::add(words(ids), at.size(0) == ids.size(0) ? at : at.reshaped({at.size(1), at.size(2)}));
        const Tensor types = find(inputs, names::kTokenTypeIds);
        return types.isNull() ? sum : ops::add(sum, words(types));
    }

    [[nodiscard]] Tensor words(const Tensor &ids) const
    {
        const Tensor x = m_words(ids);
        return m_options.scalesEmbedding ? ops::scale(x, std::sqrt(static_cast<float>(m_options.hidden))) : x;
    }

    // First the future, then padding: where the lowest float meets itself, the sum is −∞.
    [[nodiscard]] AppliedMask maskFor(const NamedTensors &inputs, const Tensor &ids, std::int64_t offset) const
    {
        AppliedMask mask{
            {{.rule = MaskRule::causal(offset), .mode = m_options.futureMode, .value = m_options.futureValue}}};
        auto padding = paddingRule(find(inputs, names::kAttentionMask), ids.size(0), offset + ids.size(1));
        if (!padding.isTrivial())
            mask.terms.push_back({.rule = std::move(padding), .mode = MaskMode::Add, .value = kLowest});
        return mask;
    }

    GptLikeOptions m_options;
    Embedding m_words;
    Tensor m_positions;
    std::vector<Block> m_blocks;
    std::optional<LayerNorm> m_norm; // the last one
};

} // namespace

GptLikeOptions gptLikeOptions(const files::Config &config, GptLikeOptions o)
{
    constexpr std::int64_t kMost = std::int64_t{1} << 31;
    o.vocabulary = config.integer("vocab_size", o.vocabulary, 1, kMost);
    o.hidden = config.integer("n_embd", o.hidden, 1, kMost);
    o.layers = static_cast<int>(config.integer("n_layer", o.layers, 0, 10000));
    o.heads = static_cast<int>(config.integer("n_head", o.heads, 1, 10000));
    o.maxPositions = config.integer("n_positions", config.integer("n_ctx", o.maxPositions), 1, kMost);
    o.finalEpsilon = config.number("layer_norm_epsilon", o.finalEpsilon);
    if (o.hidden % o.heads != 0)
        config.fail("n_head", "a divisor of n_embd " + std::to_string(o.hidden), std::to_string(o.heads));
    return o;
}

std::shared_ptr<const Backbone> gptLike(const checkpoint::Weights &w, const GptLikeOptions &options)
{
    return std::make_shared<GptLike>(w, options);
}

Dimensions dimensionsOf(const GptLikeOptions &o)
{
    return {o.layers, o.heads, o.hidden, o.vocabulary, o.maxPositions};
}

heads::HeadPtr gptWords(const HeadContext &c, const Tensor &bias)
{
    const bool isTied = c.config.boolean("tie_word_embeddings", true);
    const Shape shape{c.backbone.vocabularySize(), c.backbone.hiddenSize()};
    const Tensor matrix = isTied ? c.backbone.wordEmbeddings() : (c.weights / "lm_head").tensor("weight", shape);
    return heads::wordScores({.decoder = Linear(matrix, bias)});
}

heads::HeadPtr gptDoubleHeads(const HeadContext &c)
{
    const auto labels = c.config.has("id2label") || c.config.has("num_labels")
                            ? static_cast<std::int64_t>(c.config.labels().size())
                            : std::int64_t{1}; // the class sets one label itself
    auto summary = heads::sequenceSummary(c.config, c.weights / "multiple_choice_head",
                                          {.hidden = c.backbone.hiddenSize(),
                                           .labels = labels,
                                           .positionInput = names::kMcTokenIds,
                                           .type = "cls_index",
                                           .usesProjection = true,
                                           .projectsToLabels = true});
    return heads::together(
        {gptWords(c, Tensor()),
         heads::rowScores(
             {.pooling = std::move(summary.pooling), .chain = {}, .output = names::kMcLogits, .scoresChoices = true})});
}

} // namespace engine::models
