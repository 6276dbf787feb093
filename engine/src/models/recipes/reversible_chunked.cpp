// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/recipes/reversible_chunked.h"

#include "engine/names.h"
#include "layers/linear.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

namespace engine::models {
namespace {

using checkpoint::Weights;
using layers::ChunkedSelfAttention;
using layers::ChunkMemory;
using layers::LayerNorm;
using layers::Linear;
using Options = ReversibleChunkedOptions;

constexpr std::int64_t kBlockRows = 1024;

class ChunkState final : public RunState {
public:
    explicit ChunkState(std::size_t layers) : memories(layers) {}

    [[nodiscard]] std::int64_t length() const override { return memories.front().length; }
    void truncate(std::int64_t length) override
    {
        for (auto &memory : memories)
            memory.truncate(length);
    }
    void reorder(std::span<const std::int64_t> rows) override
    {
        for (auto &memory : memories)
            memory.reorder(rows);
    }
    [[nodiscard]] std::unique_ptr<RunState> clone() const override { return std::make_unique<ChunkState>(*this); }

    // Keys and values as other decoders name them, and "buckets.<layer>" where a layer has hashed.
    [[nodiscard]] NamedTensors tensors() const override
    {
        NamedTensors out;
        for (std::size_t i = 0; i < memories.size(); ++i) {
            const auto &memory = memories[i];
            if (memory.length == 0)
                continue;
            out[nameOf("past_key_values.", i, ".0")] = ops::firstPositions(memory.key, memory.length);
            out[nameOf("past_key_values.", i, ".1")] = ops::firstPositions(memory.value, memory.length);
            if (!memory.buckets.isNull())
                out[nameOf("buckets.", i, "")] = memory.buckets;
        }
        return out;
    }
    void assign(const NamedTensors &tensors) override
    {
        for (std::size_t i = 0; i < memories.size(); ++i) {
            auto &memory = memories[i];
            memory = {.key = require(tensors, nameOf("past_key_values.", i, ".0")),
                      .value = require(tensors, nameOf("past_key_values.", i, ".1")),
                      .length = 0,
                      .buckets = find(tensors, nameOf("buckets.", i, ""))};
            memory.length = memory.key.size(2);
        }
    }

    std::vector<ChunkMemory> memories; // one a layer

private:
    static std::string nameOf(const char *before, std::size_t layer, const char *after)
    {
        return before + std::to_string(layer) + after;
    }
};

// stream + rows(begin, end), block by block; in place when nobody else holds the stream. `rows` gives (end − begin,
// features) for rows of the stream viewed as a matrix.
template <typename Rows> Tensor added(Tensor stream, std::int64_t blockRows, Rows &&rows)
{
    const auto features = stream.size(-1);
    if (!stream.isWritable()) {
        Tensor copy = Tensor::uninitialised(stream.shape());
        std::ranges::copy(stream.floats(), copy.mutableFloats().begin());
        stream = std::move(copy);
    }
    const auto count = stream.elements() / features;
    for (std::int64_t begin = 0; begin < count; begin += blockRows) {
        const Tensor part = rows(begin, std::min(count, begin + blockRows));
        ops::addInto(stream, begin * features, part);
    }
    return stream;
}

Tensor asRows(const Tensor &x)
{
    return x.reshaped({x.elements() / x.size(-1), x.size(-1)});
}

class Layer {
public:
    Layer(const Weights &w, const Options &o, bool isHashing)
        : m_attentionNorm(w / "attention" / "layer_norm", o.hidden, o.epsilon),
          m_attention(attentionOf(w / "attention" / "self_attention", o, isHashing)),
          m_attentionOut(w / "attention" / "output" / "dense",
                         {.inputs = o.heads * o.headSize, .outputs = o.hidden, .hasBias = false}),
          m_norm(w / "feed_forward" / "layer_norm", o.hidden, o.epsilon),
          m_up(w / "feed_forward" / "dense" / "dense", {.inputs = o.hidden, .outputs = o.intermediate}),
          m_down(w / "feed_forward" / "output" / "dense", {.inputs = o.intermediate, .outputs = o.hidden}),
          m_activation(o.activation), m_blockRows(o.blockRows > 0 ? o.blockRows : kBlockRows)
    {
    }

    struct Streams {
        Tensor first;  // x1, y1
        Tensor second; // x2, y2
    };

    // y1 = x1 + attention(norm(x2)), y2 = x2 + feedForward(norm(y1)): x1 and x2 follow from y1 and y2, so none of them
    // has to be kept.
    void operator()(Streams &streams, ChunkedSelfAttention::Input in, const RunControl &control) const
    {
        in.hidden = m_attentionNorm(streams.second);
        {
            const Tensor attended = asRows((*m_attention)(in, control));
            in.hidden = {};
            streams.first = added(std::move(streams.first), m_blockRows, [&](std::int64_t begin, std::int64_t end) {
                return m_attentionOut(attended.rows(begin, end));
            });
        }
        control.checkpoint();
        const Tensor rows = asRows(streams.first);
        streams.second = added(std::move(streams.second), m_blockRows, [&](std::int64_t begin, std::int64_t end) {
            return m_down(m_up(m_norm(rows.rows(begin, end)), {.activation = m_activation}));
        });
    }

    [[nodiscard]] bool isHashing() const { return m_attention->isHashing(); }
    // Of the feed-forward's inner states for so many rows of a stream: as they are computed, and all at once.
    struct InnerBytes {
        std::int64_t atATime;
        std::int64_t atOnce;
    };
    [[nodiscard]] InnerBytes innerBytes(std::int64_t rows) const
    {
        const auto row = m_up.outputs() * static_cast<std::int64_t>(sizeof(float));
        return {.atATime = std::min(rows, m_blockRows) * row, .atOnce = rows * row};
    }

private:
    static std::shared_ptr<const ChunkedSelfAttention> attentionOf(const Weights &w, const Options &o, bool isHashing)
    {
        const auto &chunks = isHashing ? o.hashed : o.local;
        const layers::ChunkedShape shape{.hidden = o.hidden,
                                         .heads = o.heads,
                                         .headSize = o.headSize,
                                         .chunk = chunks.length,
                                         .before = chunks.before,
                                         .after = chunks.after,
                                         .isCausal = o.isCausal};
        return isHashing ? layers::hashedAttention(w, shape) : layers::localAttention(w, shape);
    }

    LayerNorm m_attentionNorm;
    std::shared_ptr<const ChunkedSelfAttention> m_attention;
    Linear m_attentionOut;
    LayerNorm m_norm;
    Linear m_up;
    Linear m_down;
    ops::Activation m_activation;
    std::int64_t m_blockRows;
};

// Lengths of the chunks of the layers' attentions.
struct ChunkLengths {
    std::int64_t smallest;
    std::int64_t common; // least common multiple
};

ChunkLengths chunkLengths(const Options &o)
{
    const bool hasLocal = std::ranges::find(o.hashes, false) != o.hashes.end();
    const bool hasHashed = std::ranges::find(o.hashes, true) != o.hashes.end();
    const auto local = hasLocal ? o.local.length : o.hashed.length;
    const auto hashed = hasHashed ? o.hashed.length : o.local.length;
    return {.smallest = std::min(local, hashed), .common = std::lcm(local, hashed)};
}

// About twice as many buckets as chunks, a power of two; split in two factors where they are many.
std::vector<std::int64_t> bucketFactors(const Options &o, std::int64_t length)
{
    const auto chunk = o.hashed.length;
    const auto power = std::bit_width(static_cast<std::uint64_t>(2 * (length / chunk))) - 1;
    const auto root = static_cast<std::int64_t>(std::sqrt(static_cast<double>(o.maxPositions / chunk)));
    const auto count = std::int64_t{1} << power;
    if (count <= 2 * std::max(root, chunk))
        return {count};
    return {std::int64_t{1} << (power / 2), std::int64_t{1} << (power - power / 2)};
}

struct Padded {
    Tensor ids;  // (batch, length)
    Tensor mask; // like the ids; null when nothing is hidden
};

class ReversibleChunked final : public Backbone {
public:
    ReversibleChunked(const Weights &w, const Options &o)
        : m_options(o), m_words(w / "embeddings" / "word_embeddings", o.vocabulary, o.hidden, "token id"),
          m_norm(w / "encoder" / "layer_norm", 2 * o.hidden, o.epsilon)
    {
        const auto positions = w / "embeddings" / "position_embeddings";
        if (o.axes.empty())
            m_positions.emplace(positions / "embedding", o.maxPositions, o.hidden, "position");
        else
            m_axial.emplace(positions / "weights", o.axes);
        for (std::size_t i = 0; i < o.hashes.size(); ++i)
            m_layers.emplace_back(w / "encoder" / "layers" / static_cast<std::int64_t>(i), o, o.hashes[i]);
    }

    [[nodiscard]] BackboneOutput run(const BackboneInput &input, const RunControl &control) const override
    {
        const Tensor &ids = require(input.inputs, names::kInputIds);
        ChunkState *state = stateOf(input.state);
        if (state == nullptr || state->length() == 0)
            return {.hidden = pass(input, padded(input.inputs), control)};
        Tensor hidden; // one position at a time: that is how the memory can be asked
        for (std::int64_t i = 0; i < ids.size(1); ++i)
            hidden = ops::concat(hidden, pass(input, {.ids = columns(ids, i, i + 1), .mask = {}}, control), 1);
        return {.hidden = hidden};
    }

    [[nodiscard]] const std::vector<std::string_view> &inputNames() const override
    {
        static const std::vector<std::string_view> kNames{names::kInputIds, names::kAttentionMask, names::kNumHashes};
        static const std::vector<std::string_view> kLocalNames{names::kInputIds, names::kAttentionMask};
        return std::ranges::find(m_options.hashes, true) != m_options.hashes.end() ? kNames : kLocalNames;
    }
    [[nodiscard]] const Tensor &wordEmbeddings() const override { return m_words.table(); }
    [[nodiscard]] std::unique_ptr<RunState> newState() const override
    {
        return m_options.isCausal ? std::make_unique<ChunkState>(m_layers.size()) : nullptr;
    }
    // Without a mask, as the reference feeds it.
    [[nodiscard]] NamedTensors stepInputs(const Tensor &ids, const Tensor & /*mask*/,
                                          const RunState *state) const override
    {
        const auto held = state == nullptr ? 0 : state->length();
        return {{names::kInputIds, held == 0 ? ids : columns(ids, held, ids.size(1))}};
    }
    [[nodiscard]] std::int64_t maxPositions() const override { return usablePositions(m_options); }
    [[nodiscard]] int layerCount() const override { return static_cast<int>(m_layers.size()); }
    [[nodiscard]] int headCount() const override { return static_cast<int>(m_options.heads); }
    [[nodiscard]] std::int64_t hiddenSize() const override { return m_options.hidden; }
    // What shares a chunk depends on the length, padding included, and with a memory on the position.
    [[nodiscard]] Behaviour behaviour() const override { return {.isIndifferentToPadding = false}; }
    [[nodiscard]] bool scoresAsItSteps() const override { return false; }

private:
    static ChunkState *stateOf(RunState *state)
    {
        auto *own = dynamic_cast<ChunkState *>(state);
        if (state != nullptr && own == nullptr)
            failInternal("the run state belongs to another kind of model");
        return own;
    }

    // Filled up to whole chunks, where it is longer than the smallest chunk.
    [[nodiscard]] Padded padded(const NamedTensors &inputs) const
    {
        const Tensor &ids = require(inputs, names::kInputIds);
        const Tensor mask = find(inputs, names::kAttentionMask);
        if (!mask.isNull() && mask.shape() != ids.shape())
            failArgument("attention_mask: expected shape " + ids.shape().text() + ", found " + mask.shape().text());
        const auto [smallest, common] = chunkLengths(m_options);
        const auto length = ids.size(1);
        const auto whole = length > smallest ? (length + common - 1) / common * common : length;
        if (whole > m_options.maxPositions)
            failArgument("input_ids: " + std::to_string(length) + " tokens need " + std::to_string(whole) +
                         " positions in whole chunks of " + std::to_string(common) + ", the model takes " +
                         std::to_string(m_options.maxPositions));
        Padded out{.ids = Tensor::uninitialised({ids.size(0), whole}, DType::I64), .mask = {}};
        Tensor keep = Tensor::zeros({ids.size(0), whole}, DType::I64);
        std::ranges::fill(out.ids.mutableInts(), m_options.padId);
        for (std::int64_t row = 0; row < ids.size(0); ++row) {
            std::copy_n(ids.ints().begin() + row * length, length, out.ids.mutableInts().begin() + row * whole);
            const auto to = keep.mutableInts().begin() + row * whole;
            if (mask.isNull())
                std::fill_n(to, length, 1);
            else
                std::copy_n(mask.ints().begin() + row * length, length, to);
        }
        if (std::ranges::find(keep.ints(), 0) != keep.ints().end())
            out.mask = std::move(keep);
        return out;
    }

    [[nodiscard]] Tensor embed(const Tensor &ids, std::int64_t first, const RunControl &control) const
    {
        Tensor x = m_words(ids);
        if (!m_axial) {
            const Tensor at = (*m_positions)(positionRange(1, ids.size(1), first));
            return ops::add(x, at.reshaped({at.size(1), at.size(2)}));
        }
        const bool isHeard = control.trace != nullptr && control.trace->wants(stack(), 0, TraceKind::Mechanism);
        for (std::size_t axis = 0; isHeard && axis < m_axial->axes(); ++axis)
            control.trace->mechanism({.stack = stack(),
                                      .layer = 0,
                                      .name = "axial_positions." + std::to_string(axis),
                                      .tensor = m_axial->table(axis)});
        return m_axial->addTo(std::move(x), first);
    }

    // The normalised streams of the real positions, (batch, length, 2 · hidden).
    [[nodiscard]] Tensor pass(const BackboneInput &input, const Padded &text, const RunControl &control) const
    {
        ChunkState *state = stateOf(input.state);
        const auto held = state == nullptr ? 0 : state->length();
        const auto length = held > 0 ? 1 : require(input.inputs, names::kInputIds).size(1);
        ChunkedSelfAttention::Input in{.hidden = {}, .mask = text.mask, .kept = length, .stack = stack()};
        Layer::Streams streams{.first = embed(text.ids, held, control), .second = {}};
        streams.second = streams.first;
        for (std::size_t i = 0; i < m_layers.size(); ++i) {
            const int layer = static_cast<int>(i);
            traceHiddenState(control, stack(), layer, streams.second);
            const BlockScope scope(control, {.stack = stack(), .layer = layer, .layers = layerCount()});
            in.layer = layer;
            in.memory = state == nullptr ? nullptr : &state->memories[i];
            if (m_layers[i].isHashing())
                prepareHashing(input, held + text.ids.size(1), in);
            m_layers[i](streams, in, control);
        }
        traceHiddenState(control, stack(), layerCount(), streams.second);
        tellMemory(streams, control);
        return joined(streams, length, control);
    }

    // "reversible_memory" (4): layers, bytes of both streams, bytes of the feed-forward's inner states as they are
    // computed, and all at once.
    void tellMemory(const Layer::Streams &streams, const RunControl &control) const
    {
        if (m_layers.empty() || control.trace == nullptr || !control.trace->wants(stack(), 0, TraceKind::Mechanism))
            return;
        const auto inner = m_layers.front().innerBytes(streams.second.elements() / streams.second.size(-1));
        const auto bytes = static_cast<std::int64_t>(streams.first.bytes() + streams.second.bytes());
        control.trace->mechanism(
            {.stack = stack(),
             .layer = 0,
             .name = "reversible_memory",
             .tensor =
                 Tensor::fromInts({4}, std::vector<std::int64_t>{layerCount(), bytes, inner.atATime, inner.atOnce})});
    }

    void prepareHashing(const BackboneInput &input, std::int64_t length, ChunkedSelfAttention::Input &in) const
    {
        const Tensor rounds = find(input.inputs, names::kNumHashes);
        in.rounds = rounds.isNull() ? m_options.rounds : rounds.ints().front();
        if (in.rounds < 1)
            failArgument("num_hashes: expected at least 1, found " + std::to_string(in.rounds));
        in.bucketFactors = m_options.bucketFactors;
        // Where the length decides, that of the run's first hashing does: later steps must find the same buckets.
        const bool isStep = in.memory != nullptr && in.memory->length > 0;
        if (in.bucketFactors.empty() && length >= m_options.hashed.length + (isStep ? 0 : 1))
            in.bucketFactors = bucketFactors(m_options, input.choices->settled("hashed length", length));
        in.rotations = [layer = in.layer, choices = input.choices](const Shape &shape) {
            return choices->normal({.shape = shape, .stream = static_cast<std::uint64_t>(layer), .what = "rotations"});
        };
    }

    [[nodiscard]] Tensor joined(const Layer::Streams &streams, std::int64_t length, const RunControl &control) const
    {
        const auto batch = streams.first.size(0);
        const auto whole = streams.first.size(1);
        const Tensor first = asRows(streams.first);
        const Tensor second = asRows(streams.second);
        Tensor out = Tensor::uninitialised({batch, length, 2 * m_options.hidden});
        auto to = out.mutableFloats().begin();
        for (std::int64_t b = 0; b < batch; ++b)
            for (std::int64_t begin = 0; begin < length; begin += kBlockRows) {
                control.checkpoint();
                const auto from = b * whole + begin;
                const auto end = b * whole + std::min(length, begin + kBlockRows);
                const Tensor block = m_norm(ops::concat(first.rows(from, end), second.rows(from, end), 1));
                to = std::ranges::copy(block.floats(), to).out;
            }
        return out;
    }

    [[nodiscard]] Stack stack() const { return m_options.isCausal ? Stack::Decoder : Stack::Encoder; }

    Options m_options;
    layers::Embedding m_words;
    std::optional<layers::Embedding> m_positions;
    std::optional<layers::AxialPositions> m_axial;
    std::vector<Layer> m_layers;
    LayerNorm m_norm;
};

} // namespace

std::int64_t usablePositions(const ReversibleChunkedOptions &options)
{
    const auto [smallest, common] = chunkLengths(options);
    return options.maxPositions < common ? std::min(options.maxPositions, smallest)
                                         : options.maxPositions / common * common;
}

std::shared_ptr<const Backbone> reversibleChunked(const checkpoint::Weights &w, const ReversibleChunkedOptions &options)
{
    return std::make_shared<ReversibleChunked>(w, options);
}

} // namespace engine::models
