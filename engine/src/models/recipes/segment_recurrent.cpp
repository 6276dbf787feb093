// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/recipes/segment_recurrent.h"

#include "engine/names.h"
#include "layers/attention/attention.h"
#include "layers/linear.h"
#include "models/recipes/segment_state.h"
#include "models/recipes/segment_trace.h"
#include "ops/ops.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace engine::models {
namespace {

using checkpoint::Weights;
using layers::LayerNorm;
using layers::Linear;
using Options = SegmentRecurrentOptions;
using Memory = SegmentState::Memory;

constexpr float kLowest = std::numeric_limits<float>::lowest();
constexpr std::int64_t kSegment = 512; // shortest segment into which a long text is cut by itself

// (keys, features): [sin | cos] of distances keys − 1 … 0, Vaswani et al. 2017 in halves.
Tensor distanceTable(std::int64_t keys, const Options &o)
{
    const auto features = o.words.features;
    const auto half = (features + 1) / 2;
    Tensor table = Tensor::uninitialised({1, keys, features});
    auto to = table.mutableFloats();
    for (std::int64_t row = 0; row < keys; ++row) {
        const auto distance = keys - 1 - row;
        const auto at = static_cast<float>(o.clampLength > 0 ? std::min(distance, o.clampLength) : distance);
        for (std::int64_t i = 0; i < features; ++i) {
            const auto pair = i < half ? i : i - half;
            const float rate = 1.0F / std::pow(10000.0F, static_cast<float>(2 * pair) / static_cast<float>(features));
            const float angle = at * rate;
            to[static_cast<std::size_t>(row * features + i)] = i < half ? std::sin(angle) : std::cos(angle);
        }
    }
    return table;
}

// The same for each row of the batch: (1, …) → (rows, …).
Tensor repeated(const Tensor &x, std::int64_t rows)
{
    if (rows == 1)
        return x;
    auto sizes = x.shape().sizes();
    sizes[0] = rows;
    Tensor out = Tensor::uninitialised(Shape(sizes));
    auto to = out.mutableFloats().begin();
    for (std::int64_t row = 0; row < rows; ++row)
        to = std::ranges::copy(x.floats(), to).out;
    return out;
}

// x (batch, heads, length, d) + bias (heads, d)
Tensor withBias(const Tensor &x, const Tensor &bias)
{
    const auto heads = x.size(1);
    const auto length = x.size(2);
    const auto d = x.size(3);
    Tensor out = Tensor::uninitialised(x.shape());
    float *to = out.mutableFloats().data();
    for (std::int64_t row = 0; row < x.size(0) * heads * length; ++row)
        std::transform(x.floats().data() + row * d, x.floats().data() + (row + 1) * d,
                       bias.floats().data() + row / length % heads * d, to + row * d, std::plus<>());
    return out;
}

// The last `count` of the positions along axis 1 of (batch, positions, …) or 2 of (batch, heads, positions, d).
Tensor lastOf(const Tensor &x, std::int64_t count, int axis)
{
    const auto positions = x.size(axis);
    if (count >= positions)
        return x;
    auto sizes = x.shape().sizes();
    sizes[static_cast<std::size_t>(axis)] = count;
    Tensor out = Tensor::uninitialised(Shape(sizes));
    std::int64_t outer = 1;
    for (int i = 0; i < axis; ++i)
        outer *= x.size(i);
    const auto each = x.elements() / outer / positions;
    for (std::int64_t row = 0; row < outer; ++row)
        std::copy_n(x.floats().data() + (row * positions + positions - count) * each, count * each,
                    out.mutableFloats().data() + row * count * each);
    return out;
}

class Layer {
public:
    struct Biases {
        Tensor content;  // r_w_bias, (heads, d)
        Tensor position; // r_r_bias, (heads, d)
    };

    Layer(const Weights &w, const Options &o, Biases biases)
        : m_options(o), m_biases(std::move(biases)), m_query(part(w, o, 0, 1)), m_keyValue(part(w, o, 1, 3)),
          m_position(w / "dec_attn" / "r_net", {.inputs = o.words.features, .outputs = width(), .hasBias = false}),
          m_out(w / "dec_attn" / "o_net", {.inputs = width(), .outputs = o.words.features, .hasBias = false}),
          m_attentionNorm(w / "dec_attn" / "layer_norm", o.words.features, o.epsilon),
          m_up(w / "pos_ff" / "CoreNet" / 0, {.inputs = o.words.features, .outputs = o.intermediate}),
          m_down(w / "pos_ff" / "CoreNet" / 3, {.inputs = o.intermediate, .outputs = o.words.features}),
          m_norm(w / "pos_ff" / "layer_norm", o.words.features, o.epsilon)
    {
    }

    // (1, heads, keys, d) of a distance table
    [[nodiscard]] Tensor positions(const Tensor &table) const
    {
        return ops::splitHeads(m_position(table), m_options.heads, 0, width());
    }

    struct Place {
        int layer = 0;
        Tensor positions; // (1, heads, keys, d)
        AppliedMask mask;
    };

    // x (batch, length, features) → the same; the memory goes on to the last of itself and x.
    [[nodiscard]] Tensor operator()(const Tensor &x, Memory &memory, const Place &place,
                                    const RunControl &control) const
    {
        const Tensor own = m_options.isPreNorm ? m_attentionNorm(x) : x;
        const auto [key, value] = keysAndValues(own, memory);
        const Tensor query = ops::splitHeads(m_query(own), m_options.heads, 0, width());
        const auto length = x.size(1);
        const auto keys = key.size(2);
        const Tensor attended =
            layers::attend({.query = withBias(query, m_biases.content),
                            .key = key,
                            .value = value,
                            .scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(m_options.headSize))),
                            .mask = place.mask,
                            .positionScores =
                                [&] {
                                    const Tensor scores = ops::matmulTransposed(
                                        withBias(query, m_biases.position), repeated(place.positions, x.size(0)), 1.0F);
                                    return ops::relativeShift(scores, {.first = length - 1, .keys = keys});
                                },
                            .stack = Stack::Decoder,
                            .layer = place.layer},
                           control);
        remember(memory, x, key, value);
        const Tensor sum = m_out(attended, {.residual = x});
        if (m_options.isPreNorm)
            return m_down(m_up(m_norm(sum), {.activation = ops::Activation::Relu}), {.residual = sum});
        const Tensor middle = m_attentionNorm(sum);
        return m_norm(m_down(m_up(middle, {.activation = ops::Activation::Relu}), {.residual = middle}));
    }

private:
    [[nodiscard]] std::int64_t width() const { return m_options.heads * m_options.headSize; }

    // Rows of qkv_net, which holds queries, keys and values one below the other.
    static Linear part(const Weights &w, const Options &o, std::int64_t begin, std::int64_t end)
    {
        const auto width = o.heads * o.headSize;
        const Tensor all = (w / "dec_attn" / "qkv_net").tensor("weight", {3 * width, o.words.features});
        return {all.rows(begin * width, end * width), Tensor()};
    }

    struct KeyValue {
        Tensor key;
        Tensor value;
    };
    [[nodiscard]] KeyValue projected(const Tensor &x) const
    {
        const Tensor both = m_keyValue(x);
        return {.key = ops::splitHeads(both, m_options.heads, 0, width()),
                .value = ops::splitHeads(both, m_options.heads, width(), width())};
    }

    // Of the memory and the text behind it.
    [[nodiscard]] KeyValue keysAndValues(const Tensor &own, Memory &memory) const
    {
        const KeyValue now = projected(own);
        if (memory.hidden.isNull())
            return now;
        if (memory.key.isNull()) {
            const auto past = projected(m_options.isPreNorm ? m_attentionNorm(memory.hidden) : memory.hidden);
            memory.key = past.key;
            memory.value = past.value;
        }
        return {.key = ops::concat(memory.key, now.key, 2), .value = ops::concat(memory.value, now.value, 2)};
    }

    void remember(Memory &memory, const Tensor &x, const Tensor &key, const Tensor &value) const
    {
        if (m_options.memory == 0)
            return;
        memory = {.hidden = lastOf(ops::concat(memory.hidden, x, 1), m_options.memory, 1),
                  .key = lastOf(key, m_options.memory, 2),
                  .value = lastOf(value, m_options.memory, 2)};
    }

    Options m_options;
    Biases m_biases;
    Linear m_query;
    Linear m_keyValue;
    Linear m_position;
    Linear m_out;
    LayerNorm m_attentionNorm;
    Linear m_up;
    Linear m_down;
    LayerNorm m_norm;
};

class SegmentRecurrent final : public AdaptiveBackbone {
public:
    SegmentRecurrent(const Weights &w, const Options &o) : m_options(o), m_words(w / "word_emb", o.words)
    {
        for (int i = 0; i < o.layers; ++i)
            m_layers.emplace_back(w / "layers" / i, o, biasesOf(w, o, i));
    }

    [[nodiscard]] BackboneOutput run(const BackboneInput &input, const RunControl &control) const override
    {
        const Tensor &ids = require(input.inputs, names::kInputIds);
        SegmentState own(m_layers.size());
        SegmentState &state = input.state == nullptr ? own : stateOf(*input.state);
        if (m_options.memory > 0 && state.memories.front().hidden.isNull())
            for (auto &memory : state.memories)
                memory.hidden = Tensor::zeros({ids.size(0), m_options.memory, m_options.words.features});
        const auto length = ids.size(1);
        const auto segment = segmentLength(input.inputs);
        if (length <= segment) {
            if (m_options.memory > 0)
                tellSegments({.segments = {segmentOf(0, length, state.memories.front().hidden.size(1))}},
                             control.trace);
            return {.hidden = pass(ids, state, control)};
        }

        SegmentTrace trace(control.trace);
        RunControl each = control;
        each.trace = control.trace == nullptr ? nullptr : &trace;
        Tensor hidden = Tensor::uninitialised({ids.size(0), length, m_options.words.features});
        for (std::int64_t begin = 0; begin < length; begin += segment) {
            const auto end = std::min(length, begin + segment);
            const auto memory = m_options.memory == 0 ? 0 : state.memories.front().hidden.size(1);
            trace.begin(segmentOf(begin, end - begin, memory));
            place(pass(columns(ids, begin, end), state, each), begin, hidden);
            control.report({.what = "running", .done = end, .total = length, .unit = "tokens"});
        }
        trace.finish();
        return {.hidden = hidden};
    }

    [[nodiscard]] const std::vector<std::string_view> &inputNames() const override
    {
        static const std::vector<std::string_view> kNames{names::kInputIds, names::kSegmentLength};
        return kNames;
    }
    [[nodiscard]] const layers::AdaptiveEmbedding &words() const override { return m_words; }
    // Of the most frequent words.
    [[nodiscard]] const Tensor &wordEmbeddings() const override { return m_firstWords; }
    [[nodiscard]] std::int64_t vocabularySize() const override { return m_options.words.vocabulary; }
    [[nodiscard]] std::unique_ptr<RunState> newState() const override
    {
        return m_options.memory > 0 ? std::make_unique<SegmentState>(m_layers.size()) : nullptr;
    }
    [[nodiscard]] NamedTensors stepInputs(const Tensor &ids, const Tensor & /*mask*/,
                                          const RunState *state) const override
    {
        const auto held = state == nullptr ? 0 : state->length();
        return {{names::kInputIds, held == 0 ? ids : columns(ids, held, ids.size(1))}};
    }
    [[nodiscard]] std::int64_t maxPositions() const override { return 0; }
    [[nodiscard]] int layerCount() const override { return m_options.layers; }
    [[nodiscard]] int headCount() const override { return static_cast<int>(m_options.heads); }
    [[nodiscard]] std::int64_t hiddenSize() const override { return m_options.words.features; }
    [[nodiscard]] Behaviour behaviour() const override { return {.isIndifferentToPadding = false}; }
    // In one pass a later query sees further back than it does when its memory has moved on.
    [[nodiscard]] bool scoresAsItSteps() const override { return m_options.memory == 0 || m_options.seesEquallyMuch; }

private:
    static Layer::Biases biasesOf(const Weights &w, const Options &o, int layer)
    {
        const Shape shape{o.heads, o.headSize};
        const auto own = w / "layers" / layer / "dec_attn";
        const auto &at = o.sharesBiases && w.has("r_w_bias") ? w : o.sharesBiases ? w / "layers" / 0 / "dec_attn" : own;
        return {.content = at.tensor("r_w_bias", shape), .position = at.tensor("r_r_bias", shape)};
    }

    static SegmentState &stateOf(RunState &state)
    {
        auto *own = dynamic_cast<SegmentState *>(&state);
        if (own == nullptr)
            failInternal("the run state belongs to another kind of model");
        return *own;
    }

    [[nodiscard]] std::int64_t segmentLength(const NamedTensors &inputs) const
    {
        const Tensor wanted = find(inputs, names::kSegmentLength);
        if (wanted.isNull())
            return m_options.memory == 0 ? std::numeric_limits<std::int64_t>::max()
                                         : std::max(kSegment, m_options.memory);
        const auto length = wanted.ints().front();
        if (length < 1)
            failArgument("segment_length: expected at least 1, found " + std::to_string(length));
        return length;
    }

    static void place(const Tensor &part, std::int64_t begin, Tensor &whole)
    {
        const auto features = whole.size(2);
        for (std::int64_t row = 0; row < whole.size(0); ++row)
            std::copy_n(part.floats().data() + row * part.size(1) * features, part.size(1) * features,
                        whole.mutableFloats().data() + (row * whole.size(1) + begin) * features);
    }

    // One segment: (batch, length, features).
    [[nodiscard]] Tensor pass(const Tensor &ids, SegmentState &state, const RunControl &control) const
    {
        const auto length = ids.size(1);
        const auto memory = m_options.memory == 0 ? 0 : state.memories.front().hidden.size(1);
        if (memory > 0 && state.memories.front().hidden.size(0) != ids.size(0))
            failArgument("mems: " + std::to_string(state.memories.front().hidden.size(0)) + " rows for " +
                         std::to_string(ids.size(0)) + " rows of input_ids");
        const AppliedMask mask = maskFor(length, memory);
        const Tensor table = distanceTable(memory + length, m_options);
        Tensor x = m_words(ids);
        for (int i = 0; i < m_options.layers; ++i) {
            traceHiddenState(control, Stack::Decoder, i, x);
            const BlockScope scope(control, {.stack = Stack::Decoder, .layer = i, .layers = m_options.layers});
            const auto &layer = m_layers[static_cast<std::size_t>(i)];
            x = layer(x, state.memories[static_cast<std::size_t>(i)],
                      {.layer = i, .positions = layer.positions(table), .mask = mask}, control);
        }
        traceHiddenState(control, Stack::Decoder, m_options.layers, x);
        state.consumed += length;
        return x;
    }

    [[nodiscard]] SegmentLayout::Segment segmentOf(std::int64_t first, std::int64_t length, std::int64_t memory) const
    {
        SegmentLayout::Segment segment{.first = first, .queries = length, .memory = memory};
        if (m_options.seesEquallyMuch && memory + length > m_options.memory)
            segment.slack = m_options.memory - memory;
        return segment;
    }

    [[nodiscard]] AppliedMask maskFor(std::int64_t length, std::int64_t memory) const
    {
        return {{{.rule = segmentMask({.segments = {segmentOf(0, length, memory)}}),
                  .mode = MaskMode::Replace,
                  .value = kLowest},
                 {.rule = MaskRule::causal(memory), .mode = MaskMode::Replace, .value = kLowest}}};
    }

    Options m_options;
    layers::AdaptiveEmbedding m_words;
    Tensor m_firstWords = m_words.table(0);
    std::vector<Layer> m_layers;
};

} // namespace

std::shared_ptr<const AdaptiveBackbone> segmentRecurrent(const Weights &w, const SegmentRecurrentOptions &options)
{
    return std::make_shared<SegmentRecurrent>(w, options);
}

} // namespace engine::models
