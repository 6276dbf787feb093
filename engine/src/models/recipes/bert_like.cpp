// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/recipes/bert_like.h"

#include "engine/names.h"
#include "models/recipes/bert_block.h"
#include "models/recipes/bert_embeddings.h"
#include "models/recipes/cache_state.h"

#include <limits>
#include <string_view>
#include <utility>
#include <vector>

namespace engine::models {
namespace {

using checkpoint::Weights;
using layers::Linear;

constexpr float kLowest = std::numeric_limits<float>::lowest(); // hides a pair

class BertLike final : public Backbone {
public:
    BertLike(const Weights &w, const BertLikeOptions &o)
        : m_options(o), m_embeddings(w / "embeddings", o), m_inputNames(inputNamesOf(o))
    {
        if (o.alwaysProjects || o.embeddingSize() != o.hidden)
            m_projection.emplace(w / o.names.projection,
                                 layers::LinearShape{.inputs = o.embeddingSize(), .outputs = o.hidden});
        for (int group = 0; group < o.groupCount(); ++group)
            for (int inner = 0; inner < o.blocksOfLayer; ++inner)
                m_blocks.emplace_back(w / o.names.block(group, inner), o);
        if (!o.names.pooler.empty() && (w / o.names.pooler).has("weight"))
            m_pooler.emplace(w / o.names.pooler, layers::LinearShape{.inputs = o.hidden, .outputs = o.hidden});
    }

    [[nodiscard]] BackboneOutput run(const BackboneInput &input, const RunControl &control) const override
    {
        const Tensor &ids = require(input.inputs, names::kInputIds);
        auto *cache = cacheOf(input.state);
        const auto offset = cache == nullptr ? 0 : cache->length();
        const auto mask = maskFor(input.inputs, ids, offset);

        Tensor x = m_embeddings(input.inputs, offset, control);
        tellSharing(control);
        if (m_projection)
            x = (*m_projection)(x);
        traceHiddenState(control, Stack::Encoder, 0, x);
        int block = 0; // run so far
        for (int i = 0; i < m_options.layers; ++i) {
            const BlockScope scope(control, {.layer = i, .layers = m_options.layers});
            for (int inner = 0; inner < m_options.blocksOfLayer; ++inner, ++block)
                x = blockOf(i, inner)(x, {.layer = block, .offset = offset, .mask = mask, .cache = cache}, control);
            traceHiddenState(control, Stack::Encoder, i + 1, x);
        }
        BackboneOutput out{.hidden = x};
        if (m_pooler)
            out.pooled = [this, x] { return pool(x); };
        return out;
    }

    [[nodiscard]] const std::vector<std::string_view> &inputNames() const override { return m_inputNames; }
    [[nodiscard]] const Tensor &wordEmbeddings() const override { return m_embeddings.words(); }
    [[nodiscard]] std::unique_ptr<RunState> newState() const override
    {
        return m_options.isCausal ? std::make_unique<CacheState>(m_options.layers * m_options.blocksOfLayer) : nullptr;
    }
    [[nodiscard]] NamedTensors stepInputs(const Tensor &ids, const Tensor &mask, const RunState *state) const override
    {
        const auto held = state == nullptr ? 0 : state->length();
        return {{names::kInputIds, held == 0 ? ids : columns(ids, held, ids.size(1))}, {names::kAttentionMask, mask}};
    }
    // Convolutions read padding like words, as in the reference library.
    [[nodiscard]] Behaviour behaviour() const override
    {
        return {.isIndifferentToPadding = m_options.convolutionWidth == 0};
    }
    [[nodiscard]] std::int64_t maxPositions() const override { return m_options.longestText(); }
    [[nodiscard]] int layerCount() const override { return m_options.layers; }
    [[nodiscard]] int headCount() const override { return m_options.heads; }
    [[nodiscard]] std::int64_t hiddenSize() const override { return m_options.hidden; }

private:
    static std::vector<std::string_view> inputNamesOf(const BertLikeOptions &o)
    {
        std::vector<std::string_view> all{names::kInputIds, names::kAttentionMask};
        if (o.tokenTypes > 0)
            all.emplace_back(names::kTokenTypeIds);
        if (o.takesPositionIds)
            all.emplace_back(names::kPositionIds);
        return all;
    }

    [[nodiscard]] int groupOf(int layer) const
    {
        // In doubles, as the reference library divides.
        const double layersOfGroup = static_cast<double>(m_options.layers) / m_options.groupCount();
        return static_cast<int>(layer / layersOfGroup);
    }

    [[nodiscard]] const BertBlock &blockOf(int layer, int inner) const
    {
        return m_blocks[static_cast<std::size_t>(groupOf(layer) * m_options.blocksOfLayer + inner)];
    }

    // "layer_groups" (layers): whose parameters each layer runs with, where several share some; "embedding_sizes"
    // (vocabulary, embedding, hidden): where a matrix brings narrower embeddings to the width of the blocks.
    void tellSharing(const RunControl &control) const
    {
        if (control.trace == nullptr || !control.trace->wants(Stack::Encoder, 0, TraceKind::Mechanism))
            return;
        std::vector<std::int64_t> groups;
        for (int i = 0; i < m_options.layers; ++i)
            groups.push_back(groupOf(i));
        if (m_options.groupCount() < m_options.layers)
            control.trace->mechanism({.name = "layer_groups", .tensor = Tensor::fromInts({m_options.layers}, groups)});
        if (m_projection && m_options.embeddingSize() < m_options.hidden)
            control.trace->mechanism(
                {.name = "embedding_sizes",
                 .tensor = Tensor::fromInts(
                     {3}, std::vector{m_options.vocabulary, m_options.embeddingSize(), m_options.hidden})});
    }

    // The lowest float stands once for whatever is hidden, the future and padding taken together.
    [[nodiscard]] AppliedMask maskFor(const NamedTensors &inputs, const Tensor &ids, std::int64_t offset) const
    {
        std::vector<MaskRule> rules{
            paddingRule(find(inputs, names::kAttentionMask), ids.size(0), offset + ids.size(1))};
        if (m_options.isCausal)
            rules.insert(rules.begin(), MaskRule::causal(offset));
        return {{{.rule = MaskRule::all(std::move(rules)), .mode = m_options.maskMode, .value = kLowest}}};
    }

    // tanh(W · first token + b), (rows, hidden)
    [[nodiscard]] Tensor pool(const Tensor &hidden) const
    {
        const NamedTensors none;
        const Tensor first = heads::poolPosition(0)({.hidden = hidden, .pooled = {}, .inputs = none, .leading = {}});
        return (*m_pooler)(first, {.activation = ops::Activation::Tanh});
    }

    BertLikeOptions m_options;
    BertEmbeddings m_embeddings;
    std::vector<std::string_view> m_inputNames;
    std::optional<Linear> m_projection;
    std::vector<BertBlock> m_blocks; // group by group
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

std::int64_t BertLikeOptions::longestText() const
{
    // Rows up to that of padding are never a token's.
    return padding && positions == PositionType::Absolute ? maxPositions - *padding - 1 : maxPositions;
}

BertLikeOptions bertLikeOptions(const files::Config &config, BertLikeOptions o)
{
    constexpr std::int64_t kMost = std::int64_t{1} << 31;
    o.vocabulary = config.integer("vocab_size", o.vocabulary, 1, kMost);
    o.hidden = config.integer("hidden_size", o.hidden, 1, kMost);
    if (o.embedding > 0)
        o.embedding = config.integer("embedding_size", o.embedding, 1, kMost);
    o.layers = static_cast<int>(config.integer("num_hidden_layers", o.layers, 0, 10000));
    o.heads = static_cast<int>(config.integer("num_attention_heads", o.heads, 1, 10000));
    o.intermediate = config.integer("intermediate_size", o.intermediate, 1, kMost);
    o.maxPositions = config.integer("max_position_embeddings", o.maxPositions, 1, kMost);
    o.tokenTypes = config.integer("type_vocab_size", o.tokenTypes, 1, kMost);
    o.epsilon = config.number("layer_norm_eps", o.epsilon);
    if (config.has("hidden_act"))
        o.activation = ops::activationFromName(config.text("hidden_act", ""));
    o.positions = positionType(config);
    if (o.padding)
        o.padding = config.integer("pad_token_id", *o.padding, 0, o.maxPositions - 2);
    o.isCausal = config.boolean("is_decoder", false);
    if (config.boolean("add_cross_attention", false))
        config.fail("add_cross_attention", "false", "true");
    return o;
}

void requireWholeHeads(const files::Config &config, const BertLikeOptions &options)
{
    if (options.hidden % options.heads != 0)
        config.fail("num_attention_heads", "a divisor of hidden_size " + std::to_string(options.hidden),
                    std::to_string(options.heads));
}

std::shared_ptr<const Backbone> bertLike(const checkpoint::Weights &w, const BertLikeOptions &options)
{
    return std::make_shared<BertLike>(w, options);
}

} // namespace engine::models
