// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/recipes/prophet_like.h"

#include "layers/attention/multi_head.h"
#include "layers/attention/relative_buckets.h"
#include "layers/linear.h"
#include "models/recipes/ngram_attention.h"
#include "models/recipes/seq2seq.h"

#include <cmath>
#include <optional>
#include <utility>

namespace engine::models {
namespace {

using checkpoint::Weights;
using layers::LayerNorm;
using layers::Linear;

constexpr double kEpsilon = 1e-5;          // of all norms, in no configuration
constexpr std::int64_t kFirstPosition = 1; // behind the row of padding

const layers::MultiHeadNames kNames{.query = "query_proj", .key = "key_proj", .value = "value_proj", .out = "out_proj"};

layers::MultiHeadShape shapeOf(const ProphetLikeOptions &o, int heads)
{
    const auto headSize = o.hidden / heads;
    return {.hidden = o.hidden,
            .heads = heads,
            .headSize = headSize,
            .scale = 1.0F / std::sqrt(static_cast<float>(headSize))};
}

class FeedForward {
public:
    FeedForward(const Weights &w, const ProphetLikeOptions &o, std::int64_t intermediate)
        : m_activation(o.activation),
          m_up(w / "feed_forward" / "intermediate", {.inputs = o.hidden, .outputs = intermediate}),
          m_down(w / "feed_forward" / "output", {.inputs = intermediate, .outputs = o.hidden}),
          m_norm(w / "feed_forward_layer_norm", o.hidden, kEpsilon)
    {
    }

    [[nodiscard]] Tensor operator()(const Tensor &x) const
    {
        return m_norm(m_down(m_up(x, {.activation = m_activation}), {.residual = x}));
    }

private:
    ops::Activation m_activation;
    Linear m_up;
    Linear m_down;
    LayerNorm m_norm;
};

// Rows `first` … `first` + length − 1 of a table of positions.
Tensor positionsOf(const Tensor &table, std::int64_t first, std::int64_t length)
{
    if (first + length > table.size(0))
        failArgument("the text has " + std::to_string(length + first - kFirstPosition) +
                     " positions, the model takes " + std::to_string(table.size(0) - kFirstPosition - 1));
    return table.rows(first, first + length);
}

Tensor positionTable(const Weights &w, const ProphetLikeOptions &o)
{
    return (w / "position_embeddings").tensor("weight", {o.maxPositions, o.hidden});
}

class Encoder {
public:
    Encoder(const Weights &w, const ProphetLikeOptions &o)
        : m_positions(positionTable(w, o)), m_norm(w / "embeddings_layer_norm", o.hidden, kEpsilon)
    {
        for (int i = 0; i < o.encoderLayers; ++i) {
            const auto at = w / "layers" / i;
            m_attentions.emplace_back(at / "self_attn", shapeOf(o, o.encoderHeads), kNames);
            m_attentionNorms.emplace_back(at / "self_attn_layer_norm", o.hidden, kEpsilon);
            m_feedForwards.emplace_back(at, o, o.encoderIntermediate);
        }
    }

    struct Call {
        AppliedMask mask = {};
        int total = 0; // layers of the whole pass
    };

    // Words (rows, length, hidden) → the same shape. Positions count padding.
    [[nodiscard]] Tensor operator()(const Tensor &words, const Call &call, const RunControl &control) const
    {
        Tensor x = m_norm(ops::add(words, positionsOf(m_positions, kFirstPosition, words.size(1))));
        for (std::size_t i = 0; i < m_attentions.size(); ++i) {
            const int layer = static_cast<int>(i);
            traceHiddenState(control, Stack::Encoder, layer, x);
            const BlockScope scope(control, {.layer = layer, .layers = call.total});
            x = m_attentionNorms[i](m_attentions[i](x, {.mask = call.mask, .layer = layer, .residual = x}, control));
            x = m_feedForwards[i](x);
        }
        traceHiddenState(control, Stack::Encoder, static_cast<int>(m_attentions.size()), x);
        return x;
    }

private:
    Tensor m_positions;
    LayerNorm m_norm;
    std::vector<layers::SelfAttention> m_attentions;
    std::vector<LayerNorm> m_attentionNorms;
    std::vector<FeedForward> m_feedForwards;
};

class DecoderBlock {
public:
    DecoderBlock(const Weights &w, const ProphetLikeOptions &o, bool hasSource)
        : m_attention(w / "self_attn", o), m_attentionNorm(w / "self_attn_layer_norm", o.hidden, kEpsilon),
          m_feedForward(w, o, o.decoderIntermediate)
    {
        if (!hasSource)
            return;
        m_cross.emplace(w / "cross_attn", shapeOf(o, o.decoderHeads), kNames);
        m_crossNorm.emplace(w / "cross_attn_layer_norm", o.hidden, kEpsilon);
    }

    [[nodiscard]] layers::KeyValueCache::KeyValue project(const Tensor &states) const
    {
        return m_cross->project(states);
    }

    struct Place {
        NgramCall self;
        const layers::SourceMemory *source = nullptr; // null: no cross-attention
        layers::MultiHeadCall cross = {};
    };

    [[nodiscard]] Tensor operator()(Tensor x, Place place, const RunControl &control) const
    {
        place.self.residual = x;
        x = m_attentionNorm(m_attention(x, place.self, control));
        if (place.source != nullptr) {
            place.cross.residual = x;
            x = (*m_crossNorm)((*m_cross)(x, *place.source, place.cross, control));
        }
        return m_feedForward(x);
    }

private:
    NgramAttention m_attention;
    LayerNorm m_attentionNorm;
    FeedForward m_feedForward;
    std::optional<layers::CrossAttention> m_cross;
    std::optional<LayerNorm> m_crossNorm;
};

// Names of a decoder's records: those of the reference's two classes.
struct RecordNames {
    const char *streamStates = "decoder_ngram_hidden_states";
    const char *streamAttentions = "decoder_ngram_attentions";
};

class Decoder {
public:
    Decoder(const Weights &w, const ProphetLikeOptions &o, bool hasSource)
        : m_options(o), m_positions(positionTable(w, o)),
          m_streams((w / "ngram_embeddings").tensor("weight", {o.streams, o.hidden})),
          m_norm(w / "embeddings_layer_norm", o.hidden, kEpsilon)
    {
        for (int i = 0; i < o.decoderLayers; ++i)
            m_blocks.emplace_back(w / "layers" / i, o, hasSource);
    }

    [[nodiscard]] const std::vector<DecoderBlock> &blocks() const { return m_blocks; }

    struct Call {
        Tensor mask = {};        // (rows, offset + length), or null
        std::int64_t offset = 0; // positions that the cache holds
        layers::KeyValueCache *cache = nullptr;
        const layers::SourceMemory *source = nullptr;
        AppliedMask sourceMask = {};
        RecordNames names = {};
        int before = 0; // layers that ran in another stack
        int total = 0;
    };

    // Words (rows, length, hidden) → the first predicting stream, and all of them as a further output.
    [[nodiscard]] BackboneOutput operator()(const Tensor &words, const Call &call, const RunControl &control) const
    {
        const auto length = words.size(1);
        // A step is asked for the next token alone: the first predicting stream's.
        const std::int64_t streams = call.offset > 0 ? 1 : m_options.streams;
        Tensor x = embed(words, call.offset, streams);
        tellMask(length, call, streams, control);
        for (int i = 0; i < m_options.decoderLayers; ++i) {
            tellStates(x, {length, i}, call, control);
            const BlockScope scope(control,
                                   {.stack = Stack::Decoder, .layer = i, .layers = call.total, .before = call.before});
            x = m_blocks[static_cast<std::size_t>(i)](x,
                                                      {.self = {.streams = streams,
                                                                .offset = call.offset,
                                                                .mask = call.mask,
                                                                .cache = call.cache,
                                                                .layer = i,
                                                                .recordName = call.names.streamAttentions},
                                                       .source = call.source,
                                                       .cross = {.mask = call.sourceMask, .layer = i}},
                                                      control);
        }
        tellStates(x, {length, m_options.decoderLayers}, call, control);
        BackboneOutput out{.hidden = slicePositions(x, length, 2 * length)};
        const auto all = slicePositions(x, length, x.size(1));
        out.further[kStreamStates] = all.reshaped({all.size(0), streams, length, all.size(2)});
        return out;
    }

private:
    // Main stream: word + position p. Stream k: the vector k − 1 (of stream 0 the last) + position p + 1, no word.
    [[nodiscard]] Tensor embed(const Tensor &words, std::int64_t offset, std::int64_t streams) const
    {
        const auto rows = words.size(0);
        const auto length = words.size(1);
        Tensor x = ops::add(words, positionsOf(m_positions, kFirstPosition + offset, length));
        const Tensor ahead = positionsOf(m_positions, kFirstPosition + offset + 1, length);
        for (std::int64_t k = 0; k < streams; ++k) {
            const auto vector = (k + m_streams.size(0) - 1) % m_streams.size(0);
            const Tensor own = ops::add(ahead, m_streams.rows(vector, vector + 1).reshaped({m_streams.size(1)}));
            x = ops::concat(x, ops::add(Tensor::zeros(words.shape()), own), 1);
        }
        return m_norm(x.reshaped({rows, (1 + streams) * length, words.size(2)}));
    }

    struct At {
        std::int64_t length;
        int layer;
    };
    void tellStates(const Tensor &x, const At &at, const Call &call, const RunControl &control) const
    {
        if (control.trace == nullptr)
            return;
        traceHiddenState(control, Stack::Decoder, at.layer, slicePositions(x, 0, at.length));
        if (control.trace->wants(Stack::Decoder, at.layer, TraceKind::Mechanism))
            control.trace->mechanism({.stack = Stack::Decoder,
                                      .layer = at.layer,
                                      .name = call.names.streamStates,
                                      .tensor = slicePositions(x, at.length, x.size(1))});
    }

    // "ngram_mask", (streams, length, main keys + own keys): 1 where a row of a predicting stream sees a key.
    void tellMask(std::int64_t length, const Call &call, std::int64_t streams, const RunControl &control) const
    {
        if (control.trace == nullptr || !control.trace->wants(Stack::Decoder, 0, TraceKind::Mechanism))
            return;
        const auto keys = call.offset + length;
        Tensor visible = Tensor::zeros({streams, length, keys + length}, DType::I64);
        auto row = visible.mutableInts().begin();
        for (std::int64_t n = 0; n < streams; ++n)
            for (std::int64_t t = 0; t < length; ++t, row += keys + length) {
                for (std::int64_t k = 0; k < keys; ++k)
                    row[k] = seesMainKey(n, call.offset + t, k) ? 1 : 0;
                row[keys + t] = 1;
            }
        control.trace->mechanism({.stack = Stack::Decoder, .layer = 0, .name = "ngram_mask", .tensor = visible});
    }

    ProphetLikeOptions m_options;
    Tensor m_positions;
    Tensor m_streams;
    LayerNorm m_norm;
    std::vector<DecoderBlock> m_blocks;
};

// Answers of the whole model and of a decoder alone.
Tensor shiftedTargets(const Tensor &labels, const ProphetLikeOptions &o)
{
    return shiftedRight(labels, {.start = o.start, .pad = o.pad});
}

NamedTensors bucketsOf(const BucketRange &range, const ProphetLikeOptions &o)
{
    const layers::BucketOptions options{.buckets = o.buckets, .maxDistance = o.maxDistance, .isBidirectional = false};
    const layers::PositionRange main{.queries = range.queries, .keys = range.keys, .firstQuery = range.firstQuery};
    // Over the main stream's keys everything stands one further back. Own keys stand one further on, which shows
    // nowhere: a row sees only the one beside it, in bucket 0 either way.
    auto predicting = main;
    ++predicting.firstQuery;
    auto own = main;
    --own.firstQuery;
    return {{"main", layers::relativeBuckets(main, options)},
            {"predict",
             ops::concat(layers::relativeBuckets(predicting, options), layers::relativeBuckets(own, options), 1)}};
}

class ProphetLike final : public Seq2SeqBackbone {
public:
    ProphetLike(const Weights &w, const Weights &output, const ProphetLikeOptions &o)
        : Seq2SeqBackbone(o.decoderLayers), m_options(o),
          m_words(firstTable(
              {w / "word_embeddings", w / "encoder" / "word_embeddings", w / "decoder" / "word_embeddings", output},
              {o.vocabulary, o.hidden})),
          m_encoder(w / "encoder", o), m_decoder(w / "decoder", o, true)
    {
    }

    [[nodiscard]] const Tensor &wordEmbeddings() const override { return m_words; }
    [[nodiscard]] Tensor decoderInputs(const Tensor &labels) const override
    {
        return shiftedTargets(labels, m_options);
    }
    [[nodiscard]] NamedTensors relativeBuckets(const BucketRange &range) const override
    {
        return bucketsOf(range, m_options);
    }
    [[nodiscard]] std::int64_t maxPositions() const override { return prophetPositions(m_options); }
    [[nodiscard]] std::int64_t hiddenSize() const override { return m_options.hidden; }
    [[nodiscard]] int headCount() const override { return m_options.decoderHeads; }
    [[nodiscard]] int layerCount() const override { return m_options.encoderLayers + m_options.decoderLayers; }

private:
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
    [[nodiscard]] BackboneOutput decode(const Step &step, const RunControl &control) const override
    {
        return m_decoder(ops::embedding(m_words, step.ids, "token id"),
                         {.mask = step.mask,
                          .offset = step.offset,
                          .cache = step.cache,
                          .source = &step.source,
                          .sourceMask = paddingMask(step.source),
                          .before = m_options.encoderLayers,
                          .total = layerCount()},
                         control);
    }

    ProphetLikeOptions m_options;
    Tensor m_words;
    Encoder m_encoder;
    Decoder m_decoder;
};

class DecoderAlone final : public LoneDecoder {
public:
    DecoderAlone(const Weights &w, const Weights &output, const ProphetLikeOptions &o)
        : LoneDecoder(o.decoderLayers), m_options(o),
          m_words(
              firstTable({w / "decoder" / "word_embeddings", w / "word_embeddings", output}, {o.vocabulary, o.hidden})),
          m_decoder(w / "decoder", o, false)
    {
    }

    [[nodiscard]] const Tensor &wordEmbeddings() const override { return m_words; }
    [[nodiscard]] Tensor decoderInputs(const Tensor &labels) const override
    {
        return shiftedTargets(labels, m_options);
    }
    [[nodiscard]] NamedTensors relativeBuckets(const BucketRange &range) const override
    {
        return bucketsOf(range, m_options);
    }
    [[nodiscard]] std::int64_t maxPositions() const override { return prophetPositions(m_options); }
    [[nodiscard]] std::int64_t hiddenSize() const override { return m_options.hidden; }
    [[nodiscard]] int headCount() const override { return m_options.decoderHeads; }

private:
    [[nodiscard]] BackboneOutput decode(const Step &step, const RunControl &control) const override
    {
        return m_decoder(ops::embedding(m_words, step.ids, "token id"),
                         {.mask = step.mask,
                          .offset = step.offset,
                          .cache = step.cache,
                          .names = {.streamStates = "hidden_states_ngram", .streamAttentions = "ngram_attentions"},
                          .total = layerCount()},
                         control);
    }

    ProphetLikeOptions m_options;
    Tensor m_words;
    Decoder m_decoder;
};

} // namespace

std::int64_t prophetPositions(const ProphetLikeOptions &options)
{
    return options.maxPositions - kFirstPosition - 1;
}

std::shared_ptr<const Backbone> prophetLike(const files::Config &config, const checkpoint::Weights &weights,
                                            StreamOrder order)
{
    auto options = prophetLikeOptions(config);
    options.order = order;
    if (isDecoderAlone(config))
        return std::make_shared<DecoderAlone>(weights / "prophetnet", weights / "lm_head", options);
    return std::make_shared<ProphetLike>(weights / "prophetnet", weights / "lm_head", options);
}

} // namespace engine::models
