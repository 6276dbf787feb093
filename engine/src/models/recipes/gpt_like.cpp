// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/recipes/gpt_like.h"

#include "engine/names.h"
#include "layers/attention/attention.h"
#include "layers/linear.h"
#include "models/recipes/cache_state.h"

#include <cmath>
#include <limits>
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

class Block {
public:
    Block(const Weights &w, const GptLikeOptions &o, int layer)
        : m_options(o), m_layer(layer), m_attentionNorm(w / "ln_1", o.hidden, o.epsilon),
          m_queryKeyValue(w / "attn" / "c_attn", conv(o.hidden, 3 * o.hidden)),
          m_attentionOut(w / "attn" / "c_proj", conv(o.hidden, o.hidden)), m_norm(w / "ln_2", o.hidden, o.epsilon),
          m_up(w / "mlp" / "c_fc", conv(o.hidden, o.intermediate)),
          m_down(w / "mlp" / "c_proj", conv(o.intermediate, o.hidden))
    {
    }

    [[nodiscard]] Tensor operator()(const Tensor &x, const AppliedMask &mask, layers::KeyValueCache *cache,
                                    const RunControl &control) const
    {
        const Tensor attended = attention(m_attentionNorm(x), mask, cache, control);
        const Tensor middle = m_attentionOut(attended, {.residual = x});
        const Tensor wide = m_up(m_norm(middle), {.activation = m_options.activation});
        return m_down(wide, {.residual = middle});
    }

private:
    // The reference's Conv1D stores (inputs, outputs).
    static LinearShape conv(std::int64_t inputs, std::int64_t outputs)
    {
        return {.inputs = inputs, .outputs = outputs, .layout = ops::WeightLayout::InOut};
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
        const Tensor query = ops::splitHeads(projected, m_options.heads, 0, m_options.hidden);
        Tensor key = ops::splitHeads(projected, m_options.heads, m_options.hidden, m_options.hidden);
        Tensor value = ops::splitHeads(projected, m_options.heads, 2 * m_options.hidden, m_options.hidden);
        if (cache != nullptr) {
            const auto all = cache->append(m_layer, key, value);
            key = all.key;
            value = all.value;
        }
        return layers::attend({.query = query,
                               .key = key,
                               .value = value,
                               .scale = scale(),
                               .mask = mask,
                               .stack = Stack::Decoder,
                               .layer = m_layer},
                              control);
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

class GptLike final : public Backbone {
public:
    GptLike(const Weights &w, const GptLikeOptions &o)
        : m_options(o), m_words(w / "wte", o.vocabulary, o.hidden, "token id"),
          m_positions(w / "wpe", o.maxPositions, o.hidden, "position"), m_norm(w / "ln_f", o.hidden, o.epsilon)
    {
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
        x = m_norm(x);
        // The reference gives the last state (and only it) the shape of the ids again.
        auto sizes = input.leading.sizes();
        sizes.insert(sizes.end(), {x.size(1), x.size(2)});
        traceHiddenState(control, Stack::Decoder, m_options.layers, x.reshaped(Shape(std::move(sizes))));
        return {.hidden = x};
    }

    [[nodiscard]] const std::vector<std::string_view> &inputNames() const override
    {
        static const std::vector<std::string_view> kNames{names::kInputIds, names::kAttentionMask,
                                                          names::kTokenTypeIds, names::kPositionIds};
        return kNames;
    }
    [[nodiscard]] const Tensor &wordEmbeddings() const override { return m_words.table(); }
    [[nodiscard]] std::unique_ptr<RunState> newState() const override
    {
        return std::make_unique<CacheState>(m_options.layers);
    }

    // Positions count real tokens, so that left padding does not move a text.
    [[nodiscard]] NamedTensors stepInputs(const Tensor &ids, const Tensor &mask, const RunState *state) const override
    {
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
        const auto held = state == nullptr ? 0 : state->length();
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
        Tensor sum = m_words(ids);
        const Tensor at = m_positions(positions);
        sum = ops::add(sum, at.size(0) == ids.size(0) ? at : at.reshaped({at.size(1), at.size(2)}));
        const Tensor types = find(inputs, names::kTokenTypeIds);
        return types.isNull() ? sum : ops::add(sum, m_words(types));
    }

    // The future is replaced by the lowest float, padding adds it: what is both becomes −∞.
    [[nodiscard]] static AppliedMask maskFor(const NamedTensors &inputs, const Tensor &ids, std::int64_t offset)
    {
        AppliedMask mask{{{.rule = MaskRule::causal(offset), .mode = MaskMode::Replace, .value = kLowest}}};
        auto padding = paddingRule(find(inputs, names::kAttentionMask), ids.size(0), offset + ids.size(1));
        if (!padding.isTrivial())
            mask.terms.push_back({.rule = std::move(padding), .mode = MaskMode::Add, .value = kLowest});
        return mask;
    }

    GptLikeOptions m_options;
    Embedding m_words;
    Embedding m_positions;
    std::vector<Block> m_blocks;
    LayerNorm m_norm;
};

} // namespace

GptLikeOptions gptLikeOptions(const files::Config &config)
{
    constexpr std::int64_t kMost = std::int64_t{1} << 31;
    GptLikeOptions o;
    o.vocabulary = config.integer("vocab_size", o.vocabulary, 1, kMost);
    o.hidden = config.integer("n_embd", o.hidden, 1, kMost);
    o.layers = static_cast<int>(config.integer("n_layer", o.layers, 0, 10000));
    o.heads = static_cast<int>(config.integer("n_head", o.heads, 1, 10000));
    o.intermediate = config.integer("n_inner", 4 * o.hidden, 1, kMost);
    o.maxPositions = config.integer("n_positions", config.integer("n_ctx", o.maxPositions), 1, kMost);
    o.epsilon = config.number("layer_norm_epsilon", o.epsilon);
    o.activation = ops::activationFromName(config.text("activation_function", "gelu_new"));
    o.dividesByRootOfHeadSize = config.boolean("scale_attn_weights", true);
    o.dividesByLayer = config.boolean("scale_attn_by_inverse_layer_idx", false);
    if (o.hidden % o.heads != 0)
        config.fail("n_head", "a divisor of n_embd " + std::to_string(o.hidden), std::to_string(o.heads));
    if (config.boolean("add_cross_attention", false))
        config.fail("add_cross_attention", "false", "true");
    return o;
}

std::shared_ptr<const Backbone> gptLike(const checkpoint::Weights &w, const GptLikeOptions &options)
{
    return std::make_shared<GptLike>(w, options);
}

} // namespace engine::models
