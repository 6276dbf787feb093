// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/recipes/bert_like.h"

#include "engine/names.h"
#include "layers/attention/attention.h"
#include "layers/attention/relative_key.h"
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

constexpr float kLowest = std::numeric_limits<float>::lowest(); // added to the score of a hidden pair

class Embeddings {
public:
    Embeddings(const Weights &w, const BertLikeOptions &o)
        : m_words(w / "word_embeddings", o.vocabulary, o.hidden, "token id"),
          m_types(w / "token_type_embeddings", o.tokenTypes, o.hidden, "token type"),
          m_norm(w / "LayerNorm", o.hidden, o.epsilon)
    {
        if (o.positions == PositionType::Absolute)
            m_positions.emplace(w / "position_embeddings", o.maxPositions, o.hidden, "position");
    }

    [[nodiscard]] const Tensor &words() const { return m_words.table(); }

    [[nodiscard]] Tensor operator()(const NamedTensors &inputs, std::int64_t offset) const
    {
        const Tensor &ids = require(inputs, names::kInputIds);
        Tensor types = find(inputs, names::kTokenTypeIds);
        if (types.isNull())
            types = Tensor::zeros(ids.shape(), DType::I64);
        Tensor sum = ops::add(m_words(ids), m_types(types));
        if (m_positions) {
            Tensor positions = find(inputs, names::kPositionIds);
            if (positions.isNull()) // the same for every row: one row, broadcast
                sum = ops::add(sum, (*m_positions)(positionRange(1, ids.size(1), offset)).reshaped(
                                        {ids.size(1), sum.size(2)}));
            else
                sum = ops::add(sum, broadcastRows((*m_positions)(positions), ids.size(0)));
        }
        return m_norm(sum);
    }

private:
    // (1, length, hidden) serves every row.
    static Tensor broadcastRows(const Tensor &x, std::int64_t rows)
    {
        return x.size(0) == rows ? x : x.reshaped({x.size(1), x.size(2)});
    }

    Embedding m_words;
    Embedding m_types;
    std::optional<Embedding> m_positions;
    LayerNorm m_norm;
};

class Block {
public:
    Block(const Weights &w, const BertLikeOptions &o)
        : m_options(o), m_headSize(o.hidden / o.heads),
          m_queryKeyValue(Linear::stacked({w / "attention" / "self" / "query", w / "attention" / "self" / "key",
                                           w / "attention" / "self" / "value"},
                                          {.inputs = o.hidden, .outputs = o.hidden})),
          m_attentionOut(w / "attention" / "output" / "dense", {.inputs = o.hidden, .outputs = o.hidden}),
          m_attentionNorm(w / "attention" / "output" / "LayerNorm", o.hidden, o.epsilon),
          m_up(w / "intermediate" / "dense", {.inputs = o.hidden, .outputs = o.intermediate}),
          m_down(w / "output" / "dense", {.inputs = o.intermediate, .outputs = o.hidden}),
          m_norm(w / "output" / "LayerNorm", o.hidden, o.epsilon)
    {
        if (o.positions != PositionType::Absolute)
            m_relative.emplace(w / "attention" / "self", o.maxPositions, m_headSize);
    }

    struct Place {
        int layer = 0;
        std::int64_t offset = 0; // positions already in the cache
        AppliedMask mask;
        layers::KeyValueCache *cache = nullptr;
    };

    [[nodiscard]] Tensor operator()(const Tensor &x, const Place &place, const RunControl &control) const
    {
        const Tensor attended = attention(x, place, control);
        const Tensor middle = m_attentionNorm(m_attentionOut(attended, {.residual = x}));
        const Tensor wide = m_up(middle, {.activation = m_options.activation});
        return m_norm(m_down(wide, {.residual = middle}));
    }

private:
    [[nodiscard]] Tensor attention(const Tensor &x, const Place &place, const RunControl &control) const
    {
        const Tensor projected = m_queryKeyValue(x);
        const Tensor query = ops::splitHeads(projected, m_options.heads, 0, m_options.hidden);
        Tensor key = ops::splitHeads(projected, m_options.heads, m_options.hidden, m_options.hidden);
        Tensor value = ops::splitHeads(projected, m_options.heads, 2 * m_options.hidden, m_options.hidden);
        if (place.cache != nullptr) {
            const auto all = place.cache->append(place.layer, key, value);
            key = all.key;
            value = all.value;
        }
        layers::AttentionInputs in{.query = query,
                                   .key = key,
                                   .value = value,
                                   .scale = 1.0F / std::sqrt(static_cast<float>(m_headSize)),
                                   .mask = place.mask,
                                   .layer = place.layer};
        if (m_relative)
            in.positionScores = [&] {
                return m_relative->scores(
                    {.query = query,
                     .key = key,
                     .queryOffset = place.offset,
                     .addsKeyTerm = m_options.positions == PositionType::RelativeKeyQuery});
            };
        return layers::attend(in, control);
    }

    BertLikeOptions m_options;
    std::int64_t m_headSize;
    Linear m_queryKeyValue;
    Linear m_attentionOut;
    LayerNorm m_attentionNorm;
    Linear m_up;
    Linear m_down;
    LayerNorm m_norm;
    std::optional<layers::RelativeKeyPositions> m_relative;
};

class BertLike final : public Backbone {
public:
    BertLike(const Weights &w, const BertLikeOptions &o) : m_options(o), m_embeddings(w / "embeddings", o)
    {
        for (int i = 0; i < o.layers; ++i)
            m_blocks.emplace_back(w / "encoder" / "layer" / i, o);
        if ((w / "pooler" / "dense").has("weight"))
            m_pooler.emplace(w / "pooler" / "dense", layers::LinearShape{.inputs = o.hidden, .outputs = o.hidden});
    }

    [[nodiscard]] BackboneOutput run(const BackboneInput &input, const RunControl &control) const override
    {
        const Tensor &ids = require(input.inputs, names::kInputIds);
        auto *cache = cacheOf(input.state);
        const auto offset = cache == nullptr ? 0 : cache->length();
        const auto mask = maskFor(input.inputs, ids, offset);

        Tensor x = m_embeddings(input.inputs, offset);
        traceHiddenState(control, Stack::Encoder, 0, x);
        for (int i = 0; i < m_options.layers; ++i) {
            const BlockScope scope(control, {.layer = i, .layers = m_options.layers});
            x = m_blocks[static_cast<std::size_t>(i)](
                x, {.layer = i, .offset = offset, .mask = mask, .cache = cache}, control);
            traceHiddenState(control, Stack::Encoder, i + 1, x);
        }
        BackboneOutput out{.hidden = x};
        if (m_pooler)
            out.pooled = [this, x] { return pool(x); };
        return out;
    }

    [[nodiscard]] const std::vector<std::string_view> &inputNames() const override
    {
        static const std::vector<std::string_view> kNames{names::kInputIds, names::kAttentionMask,
                                                          names::kTokenTypeIds, names::kPositionIds};
        return kNames;
    }
    [[nodiscard]] const Tensor &wordEmbeddings() const override { return m_embeddings.words(); }
    [[nodiscard]] std::unique_ptr<RunState> newState() const override
    {
        return m_options.isCausal ? std::make_unique<CacheState>(m_options.layers) : nullptr;
    }
    [[nodiscard]] NamedTensors stepInputs(const Tensor &ids, const Tensor &mask, const RunState *state) const override
    {
        const auto held = state == nullptr ? 0 : state->length();
        return {{names::kInputIds, held == 0 ? ids : columns(ids, held, ids.size(1))}, {names::kAttentionMask, mask}};
    }
    [[nodiscard]] std::int64_t maxPositions() const override { return m_options.maxPositions; }
    [[nodiscard]] int layerCount() const override { return m_options.layers; }
    [[nodiscard]] int headCount() const override { return m_options.heads; }
    [[nodiscard]] std::int64_t hiddenSize() const override { return m_options.hidden; }

private:
    // The lowest float is added once to whatever is hidden, the future and padding taken together.
    [[nodiscard]] AppliedMask maskFor(const NamedTensors &inputs, const Tensor &ids, std::int64_t offset) const
    {
        std::vector<MaskRule> rules{paddingRule(find(inputs, names::kAttentionMask), ids.size(0), offset + ids.size(1))};
        if (m_options.isCausal)
            rules.insert(rules.begin(), MaskRule::causal(offset));
        return {{{.rule = MaskRule::all(std::move(rules)), .mode = MaskMode::Add, .value = kLowest}}};
    }

    // tanh(W · first token + b), (rows, hidden)
    [[nodiscard]] Tensor pool(const Tensor &hidden) const
    {
        const NamedTensors none;
        const Tensor first = heads::poolPosition(0)({.hidden = hidden, .pooled = {}, .inputs = none, .leading = {}});
        return (*m_pooler)(first, {.activation = ops::Activation::Tanh});
    }

    BertLikeOptions m_options;
    Embeddings m_embeddings;
    std::vector<Block> m_blocks;
    std::optional<Linear> m_pooler;
};

PositionType positionType(const files::Config &config)
{
    const auto text = config.text("position_embedding_type", "absolute");
    if (text == "absolute")
        return PositionType::Absolute;
    if (text == "relative_key")
        return PositionType::RelativeKey;
    if (text == "relative_key_query")
        return PositionType::RelativeKeyQuery;
    config.fail("position_embedding_type", "absolute, relative_key or relative_key_query", text);
}

} // namespace

BertLikeOptions bertLikeOptions(const files::Config &config)
{
    constexpr std::int64_t kMost = std::int64_t{1} << 31;
    BertLikeOptions o;
    o.vocabulary = config.integer("vocab_size", o.vocabulary, 1, kMost);
    o.hidden = config.integer("hidden_size", o.hidden, 1, kMost);
    o.layers = static_cast<int>(config.integer("num_hidden_layers", o.layers, 0, 10000));
    o.heads = static_cast<int>(config.integer("num_attention_heads", o.heads, 1, 10000));
    o.intermediate = config.integer("intermediate_size", o.intermediate, 1, kMost);
    o.maxPositions = config.integer("max_position_embeddings", o.maxPositions, 1, kMost);
    o.tokenTypes = config.integer("type_vocab_size", o.tokenTypes, 1, kMost);
    o.epsilon = config.number("layer_norm_eps", o.epsilon);
    o.activation = ops::activationFromName(config.text("hidden_act", "gelu"));
    o.positions = positionType(config);
    o.isCausal = config.boolean("is_decoder", false);
    if (o.hidden % o.heads != 0)
        config.fail("num_attention_heads", "a divisor of hidden_size " + std::to_string(o.hidden),
                    std::to_string(o.heads));
    if (config.boolean("add_cross_attention", false))
        config.fail("add_cross_attention", "false", "true");
    return o;
}

std::shared_ptr<const Backbone> bertLike(const checkpoint::Weights &w, const BertLikeOptions &options)
{
    return std::make_shared<BertLike>(w, options);
}

} // namespace engine::models
