// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/recipes/t5_like.h"

#include "heads/head.h"
#include "layers/attention/multi_head.h"
#include "layers/attention/relative_buckets.h"
#include "layers/linear.h"
#include "models/recipes/seq2seq.h"

#include <cmath>
#include <limits>
#include <optional>
#include <utility>

namespace engine::models {
namespace {

using checkpoint::Weights;
using layers::Linear;
using layers::LinearShape;
using layers::RmsNorm;

constexpr float kLowest = std::numeric_limits<float>::lowest(); // added to the score of a hidden pair
constexpr std::int64_t kEnd = 1;

const layers::MultiHeadNames kNames{.query = "q", .key = "k", .value = "v", .out = "o"};

layers::MultiHeadShape attentionShape(const T5LikeOptions &o)
{
    return {.hidden = o.hidden, .heads = o.heads, .headSize = o.headSize, .hasBias = false};
}

class FeedForward {
public:
    FeedForward(const Weights &w, const T5LikeOptions &o)
        : m_activation(o.activation), m_isGated(o.isGated), m_up(up(w, o)),
          m_down(w / "wo", {.inputs = o.intermediate, .outputs = o.hidden, .hasBias = false})
    {
    }

    [[nodiscard]] Tensor operator()(const Tensor &x, const Tensor &residual) const
    {
        const Tensor wide = m_isGated ? ops::gate(m_up(x), m_activation) : m_up(x, {.activation = m_activation});
        return m_down(wide, {.residual = residual});
    }

private:
    static Linear up(const Weights &w, const T5LikeOptions &o)
    {
        const LinearShape shape{.inputs = o.hidden, .outputs = o.intermediate, .hasBias = false};
        return o.isGated ? Linear::stacked({w / "wi_0", w / "wi_1"}, shape) : Linear(w / "wi", shape);
    }

    ops::Activation m_activation;
    bool m_isGated;
    Linear m_up;
    Linear m_down;
};

class Block {
public:
    Block(const Weights &w, const T5LikeOptions &o, Stack stack)
        : m_attentionNorm(w / "layer" / 0 / "layer_norm", o.hidden, o.epsilon),
          m_attention(w / "layer" / 0 / "SelfAttention", attentionShape(o), kNames),
          m_norm(w / "layer" / lastOf(stack) / "layer_norm", o.hidden, o.epsilon),
          m_feedForward(w / "layer" / lastOf(stack) / "DenseReluDense", o)
    {
        if (stack != Stack::Decoder)
            return;
        m_crossNorm.emplace(w / "layer" / 1 / "layer_norm", o.hidden, o.epsilon);
        m_cross.emplace(w / "layer" / 1 / "EncDecAttention", attentionShape(o), kNames);
    }

    struct Place {
        layers::MultiHeadCall self;
        const layers::SourceMemory *source = nullptr; // null: no cross-attention
        layers::MultiHeadCall cross = {};
    };

    [[nodiscard]] layers::KeyValueCache::KeyValue project(const Tensor &states) const
    {
        return m_cross->project(states);
    }

    [[nodiscard]] Tensor operator()(Tensor x, Place place, const RunControl &control) const
    {
        place.self.residual = x;
        x = m_attention(m_attentionNorm(x), place.self, control);
        if (place.source != nullptr) {
            place.cross.residual = x;
            x = (*m_cross)((*m_crossNorm)(x), *place.source, place.cross, control);
        }
        return m_feedForward(m_norm(x), x);
    }

private:
    static int lastOf(Stack stack) { return stack == Stack::Decoder ? 2 : 1; }

    RmsNorm m_attentionNorm;
    layers::SelfAttention m_attention;
    RmsNorm m_norm;
    FeedForward m_feedForward;
    std::optional<RmsNorm> m_crossNorm;
    std::optional<layers::CrossAttention> m_cross;
};

// Blocks of one side and the bias that they all share.
class BlockStack {
public:
    BlockStack(const Weights &w, const T5LikeOptions &o, Stack stack)
        : m_stack(stack),
          m_bias(w / "block" / 0 / "layer" / 0 / "SelfAttention" / "relative_attention_bias", o.heads,
                 {.buckets = o.buckets, .maxDistance = o.maxDistance, .isBidirectional = stack == Stack::Encoder}),
          m_norm(w / "final_layer_norm", o.hidden, o.epsilon)
    {
        const int layers = stack == Stack::Encoder ? o.encoderLayers : o.decoderLayers;
        for (int i = 0; i < layers; ++i)
            m_blocks.emplace_back(w / "block" / i, o, stack);
    }

    [[nodiscard]] const std::vector<Block> &blocks() const { return m_blocks; }
    [[nodiscard]] const layers::RelativeBias &bias() const { return m_bias; }

    struct Call {
        AppliedMask mask = {};
        std::int64_t offset = 0; // positions that the cache holds
        layers::KeyValueCache *cache = nullptr;
        const layers::SourceMemory *source = nullptr;
        AppliedMask sourceMask = {};
        int before = 0; // layers that ran in another stack
        int total = 0;
    };

    [[nodiscard]] Tensor operator()(Tensor x, const Call &call, const RunControl &control) const
    {
        const layers::PositionRange range{
            .queries = x.size(1), .keys = call.offset + x.size(1), .firstQuery = call.offset};
        const Tensor bias = m_bias(range);
        tellBias(range, bias, control);
        for (int i = 0; i < static_cast<int>(m_blocks.size()); ++i) {
            traceHiddenState(control, m_stack, i, x);
            const BlockScope scope(control,
                                   {.stack = m_stack, .layer = i, .layers = call.total, .before = call.before});
            x = m_blocks[static_cast<std::size_t>(i)](x,
                                                      {.self = {.mask = call.mask,
                                                                .cache = call.cache,
                                                                .positionScores = [&bias] { return bias; },
                                                                .stack = m_stack,
                                                                .layer = i},
                                                       .source = call.source,
                                                       .cross = {.mask = call.sourceMask, .layer = i}},
                                                      control);
        }
        x = m_norm(x);
        traceHiddenState(control, m_stack, static_cast<int>(m_blocks.size()), x);
        return x;
    }

private:
    void tellBias(const layers::PositionRange &range, const Tensor &bias, const RunControl &control) const
    {
        if (control.trace == nullptr || !control.trace->wants(m_stack, 0, TraceKind::Mechanism))
            return;
        control.trace->mechanism({.stack = m_stack, .layer = 0, .name = "relative_position_bias", .tensor = bias});
        control.trace->mechanism({.stack = m_stack,
                                  .layer = 0,
                                  .name = "relative_position_buckets",
                                  .tensor = layers::relativeBuckets(range, m_bias.options())});
    }

    Stack m_stack;
    layers::RelativeBias m_bias;
    std::vector<Block> m_blocks;
    RmsNorm m_norm;
};

class T5Like final : public Seq2SeqBackbone {
public:
    T5Like(const Weights &w, const T5LikeOptions &o)
        : Seq2SeqBackbone(o.decoderLayers), m_options(o), m_words(wordTable(w, o)),
          m_encoder(w / "encoder", o, Stack::Encoder), m_decoder(w / "decoder", o, Stack::Decoder)
    {
    }

    [[nodiscard]] const Tensor &wordEmbeddings() const override { return m_words; }
    [[nodiscard]] Tensor decoderInputs(const Tensor &labels) const override
    {
        return shiftedRight(labels, {.start = m_options.start, .pad = m_options.pad});
    }
    [[nodiscard]] NamedTensors relativeBuckets(const BucketRange &range) const override
    {
        const auto &stack = range.stack == Stack::Encoder ? m_encoder : m_decoder;
        return {{"buckets",
                 layers::relativeBuckets({.queries = range.queries, .keys = range.keys, .firstQuery = range.firstQuery},
                                         stack.bias().options())}};
    }
    [[nodiscard]] std::int64_t maxPositions() const override { return 0; }
    [[nodiscard]] int layerCount() const override { return m_options.encoderLayers + m_options.decoderLayers; }
    [[nodiscard]] int headCount() const override { return m_options.heads; }
    [[nodiscard]] std::int64_t hiddenSize() const override { return m_options.hidden; }

private:
    // A head of its own is no copy of the table.
    static Tensor wordTable(const Weights &w, const T5LikeOptions &o)
    {
        std::vector<Weights> places{w / "shared", w / "encoder" / "embed_tokens", w / "decoder" / "embed_tokens"};
        if (o.tiesWords)
            places.push_back(w / "lm_head");
        return firstTable(places, {o.vocabulary, o.hidden});
    }

    [[nodiscard]] Tensor encodeSource(const Source &source, const RunControl &control) const override
    {
        const auto &ids = source.ids;
        return m_encoder(ops::embedding(m_words, ids, "token id"),
                         {.mask = paddingMask(source.mask, ids.size(0), ids.size(1)), .total = layerCount()}, control);
    }
    [[nodiscard]] layers::KeyValueCache::KeyValue project(int layer, const Tensor &states) const override
    {
        return m_decoder.blocks()[static_cast<std::size_t>(layer)].project(states);
    }
    // The lowest float is added once to whatever is hidden, the future and padding taken together.
    [[nodiscard]] BackboneOutput decode(const Step &step, const RunControl &control) const override
    {
        const auto rows = step.ids.size(0);
        auto rule = MaskRule::all(
            {MaskRule::causal(step.offset), paddingRule(step.mask, rows, step.offset + step.ids.size(1))});
        return {.hidden = m_decoder(ops::embedding(m_words, step.ids, "token id"),
                                    {.mask = {{{.rule = std::move(rule), .mode = MaskMode::Add, .value = kLowest}}},
                                     .offset = step.offset,
                                     .cache = step.cache,
                                     .source = &step.source,
                                     .sourceMask = paddingMask(step.source),
                                     .before = m_options.encoderLayers,
                                     .total = layerCount()},
                                    control)};
    }

    T5LikeOptions m_options;
    Tensor m_words;
    BlockStack m_encoder;
    BlockStack m_decoder;
};

// "relu", "gated-gelu", "gated-silu": the activation, gated or not. T5's gated gelu is the tanh form.
void readFeedForward(const files::Config &config, T5LikeOptions &o)
{
    constexpr std::string_view kGated = "gated-";
    const auto name = config.text("feed_forward_proj", "");
    if (name.empty())
        return;
    std::string_view activation = name;
    o.isGated = activation.starts_with(kGated);
    if (o.isGated)
        activation.remove_prefix(kGated.size());
    o.activation = name == "gated-gelu" ? ops::Activation::GeluTanh : ops::activationFromName(activation);
}

} // namespace

T5LikeOptions t5LikeOptions(const files::Config &config, T5LikeOptions o)
{
    constexpr std::int64_t kMost = std::int64_t{1} << 31;
    constexpr std::int64_t kMostLayers = 10000;
    const auto size = [&](const char *key, std::int64_t &value) { value = config.integer(key, value, 1, kMost); };
    size("vocab_size", o.vocabulary);
    size("d_model", o.hidden);
    size("d_kv", o.headSize);
    size("d_ff", o.intermediate);
    o.encoderLayers = static_cast<int>(config.integer("num_layers", o.encoderLayers, 1, kMostLayers));
    o.decoderLayers = static_cast<int>(config.integer("num_decoder_layers", o.encoderLayers, 1, kMostLayers));
    o.heads = static_cast<int>(config.integer("num_heads", o.heads, 1, kMostLayers));
    o.buckets = config.integer("relative_attention_num_buckets", o.buckets, 4, kMost);
    o.maxDistance = config.integer("relative_attention_max_distance", o.maxDistance, 1, kMost);
    o.epsilon = config.number("layer_norm_epsilon", o.epsilon);
    o.tiesWords = config.boolean("tie_word_embeddings", o.tiesWords);
    o.pad = config.integer("pad_token_id", o.pad);
    o.start = config.integer("decoder_start_token_id", o.pad);
    readFeedForward(config, o);
    if (o.maxDistance <= o.buckets / 2)
        config.fail("relative_attention_max_distance", "more than half of relative_attention_num_buckets",
                    std::to_string(o.maxDistance));
    return o;
}

Dimensions t5LikeDimensions(const T5LikeOptions &o)
{
    return {o.encoderLayers + o.decoderLayers, o.heads, o.hidden, o.vocabulary, 0};
}

std::shared_ptr<const Backbone> t5Like(const checkpoint::Weights &w, const T5LikeOptions &options)
{
    return std::make_shared<T5Like>(w, options);
}

HeadSpec t5LikeHead(std::string className, T5LikeOptions defaults)
{
    const auto bind = [defaults](const HeadContext &c) {
        const auto o = t5LikeOptions(c.config, defaults);
        const Tensor matrix = o.tiesWords ? c.backbone.wordEmbeddings()
                                          : (c.weights / "lm_head").tensor("weight", {o.vocabulary, o.hidden});
        return heads::together(
            {heads::wordScores({.decoder = Linear(matrix, Tensor()),
                                .scale = o.tiesWords ? 1.0F / std::sqrt(static_cast<float>(o.hidden)) : 1.0F}),
             heads::wordLoss()});
    };
    return {.id = std::string(id(TaskKind::Text2TextGeneration)),
            .className = std::move(className),
            .tasks = {TaskKind::Text2TextGeneration, TaskKind::Translation, TaskKind::Summarization},
            .evidence = "decoder.final_layer_norm.weight",
            .bind = bind};
}

checkpoint::NameRules t5LikeNames()
{
    // Old files carry a bias of cross-attention that nothing reads, and further copies of the word table.
    return {.prefixes = {"transformer."},
            .ignored = {"EncDecAttention.relative_attention_bias.weight", "embed_tokens.weight", "lm_head.weight",
                        "shared.weight"}};
}

GenerationOptions t5LikeGeneration(const files::Config &config)
{
    const T5LikeOptions defaults;
    GenerationOptions options;
    options.eosTokenIds = {kEnd};
    options.padTokenId = config.integer("pad_token_id", defaults.pad);
    options.decoderStartToken = options.padTokenId;
    return options;
}

} // namespace engine::models
