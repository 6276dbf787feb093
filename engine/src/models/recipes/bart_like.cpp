// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/recipes/bart_like.h"

#include "layers/attention/multi_head.h"
#include "layers/linear.h"
#include "models/recipes/seq2seq.h"

#include <cmath>
#include <optional>
#include <utility>

namespace engine::models {
namespace {

using checkpoint::Weights;
using layers::Embedding;
using layers::LayerNorm;
using layers::Linear;

constexpr double kEpsilon = 1e-5; // of all norms, in no configuration

// What the two stacks do not share.
struct StackOptions {
    Stack stack = Stack::Encoder;
    int layers = 0;
    int heads = 0;
    std::int64_t intermediate = 0;
    bool hasSource = false; // cross-attention
};

StackOptions encoderOptions(const BartLikeOptions &o)
{
    return {Stack::Encoder, o.encoderLayers, o.encoderHeads, o.encoderIntermediate, false};
}

StackOptions decoderOptions(const BartLikeOptions &o)
{
    return {Stack::Decoder, o.decoderLayers, o.decoderHeads, o.decoderIntermediate, true};
}

// Row p: sin(p · 10000^(−2i/d)) for i = 0 …, then the cosines (Vaswani et al. 2017, the halves not interleaved).
Tensor sinusoids(std::int64_t positions, std::int64_t width)
{
    constexpr double kBase = 10000.0;
    Tensor table = Tensor::uninitialised({positions, width});
    auto out = table.mutableFloats().begin();
    const std::int64_t sines = (width + 1) / 2;
    for (std::int64_t p = 0; p < positions; ++p)
        for (std::int64_t i = 0; i < width; ++i) {
            const bool isSine = i < sines;
            const auto pair = static_cast<double>(2 * (isSine ? i : i - sines));
            const double angle = static_cast<double>(p) / std::pow(kBase, pair / static_cast<double>(width));
            *out++ = static_cast<float>(isSine ? std::sin(angle) : std::cos(angle));
        }
    return table;
}

Tensor positionTable(const Weights &w, const BartLikeOptions &o)
{
    const Shape shape{o.maxPositions + o.positionOffset, o.hidden};
    if (o.positions == TablePositions::Learned)
        return w.tensor("weight", shape);
    const Tensor stored = w.optional("weight", shape);
    return stored.isNull() ? sinusoids(shape[0], shape[1]) : stored;
}

class Embeddings {
public:
    Embeddings(const Weights &w, Tensor words, const BartLikeOptions &o)
        : m_words(std::move(words)), m_positions(positionTable(w / "embed_positions", o)), m_offset(o.positionOffset),
          m_scale(o.scalesEmbeddings ? std::sqrt(static_cast<float>(o.hidden)) : 1.0F)
    {
        if (o.normsEmbeddings)
            m_norm.emplace(w / "layernorm_embedding", o.hidden, kEpsilon);
    }

    [[nodiscard]] const Tensor &words() const { return m_words; }

    [[nodiscard]] Tensor operator()(const Tensor &ids, std::int64_t offset) const
    {
        const auto length = ids.size(1);
        const auto most = m_positions.size(0) - m_offset;
        if (offset + length > most)
            failArgument("the text has " + std::to_string(offset + length) + " positions, the model takes " +
                         std::to_string(most));
        Tensor x = ops::embedding(m_words, ids, "token id");
        if (m_scale != 1.0F)
            x = ops::scale(x, m_scale);
        const auto first = m_offset + offset;
        x = ops::add(x, m_positions.rows(first, first + length));
        return m_norm ? (*m_norm)(x) : x;
    }

private:
    Tensor m_words;
    Tensor m_positions;
    std::int64_t m_offset;
    float m_scale;
    std::optional<LayerNorm> m_norm;
};

class Block {
public:
    Block(const Weights &w, const BartLikeOptions &o, const StackOptions &s)
        : m_norms(o.norms), m_activation(o.activation), m_attention(w / "self_attn", shapeOf(o, s), {}),
          m_attentionNorm(w / "self_attn_layer_norm", o.hidden, kEpsilon),
          m_up(w / "fc1", {.inputs = o.hidden, .outputs = s.intermediate}),
          m_down(w / "fc2", {.inputs = s.intermediate, .outputs = o.hidden}),
          m_norm(w / "final_layer_norm", o.hidden, kEpsilon)
    {
        if (!s.hasSource)
            return;
        m_cross.emplace(w / "encoder_attn", shapeOf(o, s), layers::MultiHeadNames{});
        m_crossNorm.emplace(w / "encoder_attn_layer_norm", o.hidden, kEpsilon);
    }

    struct Place {
        int layer = 0;
        Stack stack = Stack::Encoder;
        const AppliedMask &mask;
        layers::KeyValueCache *cache = nullptr;
        const layers::SourceMemory *source = nullptr; // null: no cross-attention
        const AppliedMask *sourceMask = nullptr;
    };

    [[nodiscard]] layers::KeyValueCache::KeyValue project(const Tensor &states) const
    {
        return m_cross->project(states);
    }

    [[nodiscard]] Tensor operator()(Tensor x, const Place &place, const RunControl &control) const
    {
        x = around(m_attentionNorm, x, [&](const Tensor &in) {
            return m_attention(
                in,
                {.mask = place.mask, .cache = place.cache, .stack = place.stack, .layer = place.layer, .residual = x},
                control);
        });
        if (place.source != nullptr)
            x = around(*m_crossNorm, x, [&](const Tensor &in) {
                return (*m_cross)(in, *place.source, {.mask = *place.sourceMask, .layer = place.layer, .residual = x},
                                  control);
            });
        return around(m_norm, x, [&](const Tensor &in) {
            return m_down(m_up(in, {.activation = m_activation}), {.residual = x});
        });
    }

private:
    static layers::MultiHeadShape shapeOf(const BartLikeOptions &o, const StackOptions &s)
    {
        const auto headSize = o.hidden / s.heads;
        return {.hidden = o.hidden,
                .heads = s.heads,
                .headSize = headSize,
                .scale = 1.0F / std::sqrt(static_cast<float>(headSize))};
    }

    // A sublayer that adds x itself, with its norm before or after it.
    template <typename Sublayer> Tensor around(const LayerNorm &norm, const Tensor &x, Sublayer &&sublayer) const
    {
        return m_norms == NormPlace::Before ? sublayer(norm(x)) : norm(sublayer(x));
    }

    NormPlace m_norms;
    ops::Activation m_activation;
    layers::SelfAttention m_attention;
    LayerNorm m_attentionNorm;
    Linear m_up;
    Linear m_down;
    LayerNorm m_norm;
    std::optional<layers::CrossAttention> m_cross;
    std::optional<LayerNorm> m_crossNorm;
};

// Embeddings and blocks of one side.
class BlockStack {
public:
    BlockStack(const Weights &w, Tensor words, const BartLikeOptions &o, const StackOptions &s)
        : m_stack(s), m_embeddings(w, std::move(words), o)
    {
        for (int i = 0; i < s.layers; ++i)
            m_blocks.emplace_back(w / "layers" / i, o, s);
        if (o.normsEnd)
            m_norm.emplace(w / "layer_norm", o.hidden, kEpsilon);
    }

    [[nodiscard]] const Tensor &words() const { return m_embeddings.words(); }
    [[nodiscard]] const std::vector<Block> &blocks() const { return m_blocks; }

    struct Call {
        AppliedMask mask = {};
        std::int64_t offset = 0; // positions that the cache holds
        layers::KeyValueCache *cache = nullptr;
        const layers::SourceMemory *source = nullptr;
        AppliedMask sourceMask = {};
        int before = 0; // layers that ran in another stack
        int total = 0;
    };

    [[nodiscard]] Tensor operator()(const Tensor &ids, const Call &call, const RunControl &control) const
    {
        Tensor x = m_embeddings(ids, call.offset);
        for (int i = 0; i < m_stack.layers; ++i) {
            traceHiddenState(control, m_stack.stack, i, x);
            const BlockScope scope(control,
                                   {.stack = m_stack.stack, .layer = i, .layers = call.total, .before = call.before});
            x = m_blocks[static_cast<std::size_t>(i)](x,
                                                      {.layer = i,
                                                       .stack = m_stack.stack,
                                                       .mask = call.mask,
                                                       .cache = call.cache,
                                                       .source = call.source,
                                                       .sourceMask = &call.sourceMask},
                                                      control);
        }
        if (m_norm)
            x = (*m_norm)(x);
        traceHiddenState(control, m_stack.stack, m_stack.layers, x);
        return x;
    }

private:
    StackOptions m_stack;
    Embeddings m_embeddings;
    std::vector<Block> m_blocks;
    std::optional<LayerNorm> m_norm;
};

class BartLike final : public Seq2SeqBackbone {
public:
    BartLike(const Weights &w, const Weights &output, const BartLikeOptions &o)
        : Seq2SeqBackbone(o.decoderLayers), m_options(o),
          m_encoder(w / "encoder", encoderWords(w, output, o), o, encoderOptions(o)),
          m_decoder(w / "decoder", o.sharesEmbeddings ? m_encoder.words() : decoderWords(w, output, o), o,
                    decoderOptions(o))
    {
    }

    [[nodiscard]] const Tensor &wordEmbeddings() const override { return m_decoder.words(); }
    [[nodiscard]] Tensor decoderInputs(const Tensor &labels) const override
    {
        return m_options.decoderStart == DecoderStart::LastToken
                   ? rotatedRight(labels, m_options.pad)
                   : shiftedRight(labels, {.start = m_options.start, .pad = m_options.pad});
    }
    [[nodiscard]] std::int64_t maxPositions() const override { return m_options.maxPositions; }
    [[nodiscard]] int layerCount() const override { return m_options.encoderLayers + m_options.decoderLayers; }
    [[nodiscard]] int headCount() const override { return m_options.encoderHeads; }
    [[nodiscard]] std::int64_t hiddenSize() const override { return m_options.hidden; }

private:
    static Tensor encoderWords(const Weights &w, const Weights &output, const BartLikeOptions &o)
    {
        const auto own = w / "encoder" / "embed_tokens";
        const Shape shape{o.vocabulary, o.hidden};
        return o.sharesEmbeddings ? firstTable({w / "shared", own, w / "decoder" / "embed_tokens", output}, shape)
                                  : firstTable({own}, shape);
    }
    static Tensor decoderWords(const Weights &w, const Weights &output, const BartLikeOptions &o)
    {
        return firstTable({w / "decoder" / "embed_tokens", output}, {o.vocabulary, o.hidden});
    }

    [[nodiscard]] Tensor encodeSource(const Source &source, const RunControl &control) const override
    {
        const auto &ids = source.ids;
        return m_encoder(ids, {.mask = paddingMask(source.mask, ids.size(0), ids.size(1)), .total = layerCount()},
                         control);
    }
    [[nodiscard]] layers::KeyValueCache::KeyValue project(int layer, const Tensor &states) const override
    {
        return m_decoder.blocks()[static_cast<std::size_t>(layer)].project(states);
    }
    [[nodiscard]] BackboneOutput decode(const Step &step, const RunControl &control) const override
    {
        return {.hidden = m_decoder(step.ids,
                                    {.mask = causalMask(step.mask, step.ids, step.offset),
                                     .offset = step.offset,
                                     .cache = step.cache,
                                     .source = &step.source,
                                     .sourceMask = paddingMask(step.source),
                                     .before = m_options.encoderLayers,
                                     .total = layerCount()},
                                    control)};
    }

    BartLikeOptions m_options;
    BlockStack m_encoder;
    BlockStack m_decoder;
};

class DecoderAlone final : public LoneDecoder {
public:
    DecoderAlone(const Weights &w, const Weights &output, const BartLikeOptions &o)
        : LoneDecoder(o.decoderLayers), m_options(o),
          m_decoder(w / "decoder",
                    firstTable({w / "decoder" / "embed_tokens", output, w / "shared"}, {o.vocabulary, o.hidden}), o,
                    stackOptions(o))
    {
    }

    [[nodiscard]] const Tensor &wordEmbeddings() const override { return m_decoder.words(); }
    [[nodiscard]] std::int64_t maxPositions() const override { return m_options.maxPositions; }
    [[nodiscard]] int headCount() const override { return m_options.decoderHeads; }
    [[nodiscard]] std::int64_t hiddenSize() const override { return m_options.hidden; }

private:
    static StackOptions stackOptions(const BartLikeOptions &o)
    {
        auto stack = decoderOptions(o);
        stack.hasSource = false;
        return stack;
    }

    [[nodiscard]] BackboneOutput decode(const Step &step, const RunControl &control) const override
    {
        return {.hidden = m_decoder(step.ids,
                                    {.mask = causalMask(step.mask, step.ids, step.offset),
                                     .offset = step.offset,
                                     .cache = step.cache,
                                     .total = layerCount()},
                                    control)};
    }

    BartLikeOptions m_options;
    BlockStack m_decoder;
};

} // namespace

BartLikeOptions bartLikeOptions(const files::Config &config, BartLikeOptions o)
{
    constexpr std::int64_t kMost = std::int64_t{1} << 31;
    constexpr int kMostLayers = 10000;
    const auto size = [&](const char *key, std::int64_t &value) { value = config.integer(key, value, 1, kMost); };
    const auto count = [&](const char *key, int &value, int least) {
        value = static_cast<int>(config.integer(key, value, least, kMostLayers));
    };
    size("vocab_size", o.vocabulary);
    size("d_model", o.hidden);
    count("encoder_layers", o.encoderLayers, 0);
    count("decoder_layers", o.decoderLayers, 0);
    count("encoder_attention_heads", o.encoderHeads, 1);
    count("decoder_attention_heads", o.decoderHeads, 1);
    size("encoder_ffn_dim", o.encoderIntermediate);
    size("decoder_ffn_dim", o.decoderIntermediate);
    size("max_position_embeddings", o.maxPositions);
    if (const auto name = config.text("activation_function", ""); !name.empty())
        o.activation = ops::activationFromName(name);
    o.scalesEmbeddings = config.boolean("scale_embedding", o.scalesEmbeddings);
    o.sharesEmbeddings = config.boolean("share_encoder_decoder_embeddings", o.sharesEmbeddings);
    o.pad = config.integer("pad_token_id", o.pad);
    o.start = config.integer("decoder_start_token_id", o.start);
    for (const auto &[key, heads] :
         {std::pair("encoder_attention_heads", o.encoderHeads), std::pair("decoder_attention_heads", o.decoderHeads)})
        if (o.hidden % heads != 0)
            config.fail(key, "a divisor of d_model " + std::to_string(o.hidden), std::to_string(heads));
    return o;
}

Dimensions bartLikeDimensions(const BartLikeOptions &o)
{
    return {o.encoderLayers + o.decoderLayers, o.encoderHeads, o.hidden, o.vocabulary, o.maxPositions};
}

std::shared_ptr<const Backbone> bartLike(const checkpoint::Weights &w, const checkpoint::Weights &output,
                                         const BartLikeOptions &options)
{
    return std::make_shared<BartLike>(w, output, options);
}

std::shared_ptr<const Backbone> bartLikeDecoder(const checkpoint::Weights &w, const checkpoint::Weights &output,
                                                const BartLikeOptions &options)
{
    return std::make_shared<DecoderAlone>(w, output, options);
}

} // namespace engine::models
