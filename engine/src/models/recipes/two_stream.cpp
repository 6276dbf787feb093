// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/recipes/two_stream.h"

#include "engine/names.h"
#include "layers/attention/attention.h"
#include "layers/attention/two_stream_mask.h"
#include "layers/linear.h"
#include "models/recipes/memory_state.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace engine::models {
namespace {

using checkpoint::Weights;
using layers::LayerNorm;
using layers::Linear;
using layers::Stream;

constexpr float kHidden = -1e30F;      // added to the score of a hidden pair
constexpr std::int64_t kDummy = 0;     // stands where the next word is predicted
constexpr std::int64_t kStepsBack = 2; // words that a step computes again with memory, as the reference does

struct Streams {
    Tensor content; // (batch, length, hidden)
    Tensor query;   // (batch, targets, hidden); null without targets
};

// What all layers of one pass share.
struct Pass {
    AppliedMask contentMask;
    AppliedMask queryMask;
    Tensor positions;   // (batch or 1, positions, hidden): every relative position from the farthest back on
    Tensor classes;     // (batch, length, keys): 0 same segment, 1 another; or null
    Tensor toTargets;   // (batch, 1, targets, length), or null
    Tensor fromTargets; // its transpose
};

// x repeated along the first axis, which has one element.
Tensor repeated(const Tensor &x, std::int64_t count)
{
    if (x.size(0) == count)
        return x;
    auto sizes = x.shape().sizes();
    sizes.front() = count;
    Tensor out = Tensor::uninitialised(Shape(std::move(sizes)));
    for (std::int64_t i = 0; i < count; ++i)
        std::ranges::copy(x.floats(), out.mutableFloats().begin() + i * x.elements());
    return out;
}

class RelativeAttention {
public:
    RelativeAttention(const Weights &w, const TwoStreamOptions &o, int layer)
        : m_heads(o.heads), m_size(o.hidden / o.heads), m_layer(layer), m_query(map(w, "q", o)), m_key(map(w, "k", o)),
          m_value(map(w, "v", o)), m_position(map(w, "r", o)),
          m_out(flat(w, "o", o), Tensor(), ops::WeightLayout::OutIn), m_wordBias(bias(w, "r_w_bias")),
          m_positionBias(bias(w, "r_r_bias")), m_segmentBias(bias(w, "r_s_bias")),
          m_segments(w.tensor("seg_embed", {2, m_heads, m_size})), m_norm(w / "layer_norm", o.hidden, o.epsilon)
    {
        // (2, heads, d) → (1, heads, 2, d)
        m_segments = ops::splitHeads(m_segments.reshaped({1, 2, m_heads * m_size}), m_heads, 0, m_heads * m_size);
    }

    [[nodiscard]] Streams operator()(const Streams &x, const Tensor &memory, const Pass &pass,
                                     const RunControl &control) const
    {
        const auto batch = x.content.size(0);
        const Tensor all = ops::concat(memory, x.content, 1);
        const Keys keys{.word = split(m_key(all)),
                        .value = split(m_value(all)),
                        .position = repeated(split(m_position(pass.positions)), batch)};
        Streams out;
        const Tensor seen = attend(m_query(x.content), keys, {pass, Stream::Content}, control);
        out.content = m_norm(m_out(seen, {.residual = x.content}));
        if (x.query.isNull())
            return out;
        // Queries stand at their targets; positions that are no target get the biases alone.
        const Tensor placed = moved(m_query(x.query), pass.fromTargets);
        const Tensor predicted = moved(attend(placed, keys, {pass, Stream::Query}, control), pass.toTargets);
        out.query = m_norm(m_out(predicted, {.residual = x.query}));
        return out;
    }

private:
    struct Keys {
        Tensor word;     // (batch, heads, keys, d)
        Tensor value;    // (batch, heads, keys, d)
        Tensor position; // (batch, heads, positions, d)
    };
    struct Place {
        const Pass &pass;
        Stream stream;
    };

    // (hidden, heads, d) as (hidden, heads · d)
    static Tensor flat(const Weights &w, const char *name, const TwoStreamOptions &o)
    {
        return w.tensor(name, {o.hidden, o.heads, o.hidden / o.heads}).reshaped({o.hidden, o.hidden});
    }
    static Linear map(const Weights &w, const char *name, const TwoStreamOptions &o)
    {
        return {flat(w, name, o), Tensor(), ops::WeightLayout::InOut};
    }
    [[nodiscard]] Tensor bias(const Weights &w, const char *name) const
    {
        return w.tensor(name, {m_heads, m_size}).reshaped({m_heads * m_size});
    }
    [[nodiscard]] Tensor split(const Tensor &x) const { return ops::splitHeads(x, m_heads, 0, m_heads * m_size); }

    // (batch, from, features) by a matrix (batch, 1, to, from).
    static Tensor moved(const Tensor &x, const Tensor &matrix)
    {
        const Tensor y = ops::matmul(matrix, x.reshaped({x.size(0), 1, x.size(1), x.size(2)}));
        return y.reshaped({x.size(0), matrix.size(2), x.size(2)});
    }

    // query (batch, length, heads · d) → (batch, length, heads · d)
    [[nodiscard]] Tensor attend(const Tensor &query, const Keys &keys, const Place &place,
                                const RunControl &control) const
    {
        const bool isContent = place.stream == Stream::Content;
        const auto positionScores = [&] {
            const Tensor scores =
                ops::relativeShift(ops::matmulTransposed(split(ops::add(query, m_positionBias)), keys.position, 1.0F),
                                   {.first = query.size(1), .keys = keys.word.size(2)});
            if (place.pass.classes.isNull())
                return scores;
            const Tensor segments =
                ops::matmulTransposed(split(ops::add(query, m_segmentBias)), repeated(m_segments, query.size(0)), 1.0F);
            return ops::addByClass(scores, segments, place.pass.classes);
        };
        return layers::attend({.query = split(ops::add(query, m_wordBias)),
                               .key = keys.word,
                               .value = keys.value,
                               .scale = 1.0F / std::sqrt(static_cast<float>(m_size)),
                               .mask = isContent ? place.pass.contentMask : place.pass.queryMask,
                               .positionScores = positionScores,
                               .stack = isContent ? Stack::Decoder : Stack::Query,
                               .layer = m_layer},
                              control);
    }

    std::int64_t m_heads;
    std::int64_t m_size; // of a head
    int m_layer;
    Linear m_query;
    Linear m_key;
    Linear m_value;
    Linear m_position;
    Linear m_out;
    Tensor m_wordBias;
    Tensor m_positionBias;
    Tensor m_segmentBias;
    Tensor m_segments;
    LayerNorm m_norm;
};

class Block {
public:
    Block(const Weights &w, const TwoStreamOptions &o, int layer)
        : m_attention(w / "rel_attn", o, layer), m_activation(o.activation),
          m_up(w / "ff" / "layer_1", {.inputs = o.hidden, .outputs = o.intermediate}),
          m_down(w / "ff" / "layer_2", {.inputs = o.intermediate, .outputs = o.hidden}),
          m_norm(w / "ff" / "layer_norm", o.hidden, o.epsilon)
    {
    }

    [[nodiscard]] Streams operator()(const Streams &x, const Tensor &memory, const Pass &pass,
                                     const RunControl &control) const
    {
        const Streams attended = m_attention(x, memory, pass, control);
        return {.content = feedForward(attended.content),
                .query = attended.query.isNull() ? Tensor() : feedForward(attended.query)};
    }

private:
    [[nodiscard]] Tensor feedForward(const Tensor &x) const
    {
        return m_norm(m_down(m_up(x, {.activation = m_activation}), {.residual = x}));
    }

    RelativeAttention m_attention;
    ops::Activation m_activation;
    Linear m_up;
    Linear m_down;
    LayerNorm m_norm;
};

// A row (1, positions, hidden) of [sin | cos] for the relative positions first, first − 1, … (or their negatives).
// Source: Dai et al. 2019, section 3.3.
Tensor sinusoids(const TwoStreamOptions &o, std::int64_t first, std::int64_t count, float sign)
{
    Tensor table = Tensor::uninitialised({1, count, o.hidden});
    float *out = table.mutableFloats().data();
    const auto half = o.hidden / 2;
    const auto limit = o.clamp > 0 ? static_cast<float>(o.clamp) : std::numeric_limits<float>::infinity();
    std::vector<float> rates(static_cast<std::size_t>(half));
    for (std::int64_t i = 0; i < half; ++i)
        rates[static_cast<std::size_t>(i)] =
            1.0F / std::pow(10000.0F, static_cast<float>(2 * i) / static_cast<float>(o.hidden));
    for (std::int64_t p = 0; p < count; ++p, out += o.hidden) {
        const float position = std::clamp(sign * static_cast<float>(first - p), -limit, limit);
        for (std::int64_t i = 0; i < half; ++i) {
            const float angle = position * rates[static_cast<std::size_t>(i)];
            out[i] = std::sin(angle);
            out[half + i] = std::cos(angle);
        }
    }
    return table;
}

// (rows, m, n) → (rows, 1, m, n) and its transpose (rows, 1, n, m), as floats.
std::pair<Tensor, Tensor> withTranspose(const Tensor &mapping)
{
    const auto rows = mapping.size(0);
    const auto m = mapping.size(1);
    const auto n = mapping.size(2);
    Tensor plain = Tensor::uninitialised({rows, 1, m, n});
    Tensor turned = Tensor::uninitialised({rows, 1, n, m});
    const bool isInteger = mapping.dtype() == DType::I64;
    auto to = plain.mutableFloats();
    auto toTurned = turned.mutableFloats();
    for (std::int64_t i = 0; i < mapping.elements(); ++i) {
        const auto at = static_cast<std::size_t>(i);
        const float value = isInteger ? static_cast<float>(mapping.ints()[at]) : mapping.floats()[at];
        const auto row = i / (m * n);
        to[at] = value;
        toTurned[static_cast<std::size_t>((row * n + i % n) * m + i % (m * n) / n)] = value;
    }
    return {plain, turned};
}

class TwoStream final : public Backbone {
public:
    TwoStream(const Weights &w, const TwoStreamOptions &o)
        : m_options(o), m_words(w / "word_embedding", o.vocabulary, o.hidden, "token id"),
          m_mask(w.tensor("mask_emb", {1, 1, o.hidden}))
    {
        for (int i = 0; i < o.layers; ++i)
            m_blocks.emplace_back(w / "layer" / i, o, i);
    }

    [[nodiscard]] BackboneOutput run(const BackboneInput &input, const RunControl &control) const override
    {
        const Tensor &ids = require(input.inputs, names::kInputIds);
        MemoryState *memory = memoryOf(input.state);
        if (const Tensor again = find(input.inputs, names::kRecomputed); memory != nullptr && !again.isNull())
            memory->dropLast(again.ints().front());
        const bool remembers = memory != nullptr && !memory->isEmpty();
        if (remembers && memory->layer(0).size(0) != ids.size(0))
            failArgument("mems: expected " + std::to_string(ids.size(0)) + " rows, found " +
                         std::to_string(memory->layer(0).size(0)));
        const Pass pass = passFor(input.inputs, ids, remembers ? memory->layer(0).size(1) : 0);

        Streams x{.content = m_words(ids), .query = {}};
        if (!pass.toTargets.isNull())
            x.query = repeated(m_mask.reshaped({1, m_options.hidden}), ids.size(0) * pass.toTargets.size(2))
                          .reshaped({ids.size(0), pass.toTargets.size(2), m_options.hidden});
        for (int i = 0; i < m_options.layers; ++i) {
            traceStreams(control, i, x);
            const BlockScope scope(control, {.stack = Stack::Decoder, .layer = i, .layers = m_options.layers});
            const Tensor before = remembers ? memory->layer(i) : Tensor();
            if (memory != nullptr)
                memory->append(i, x.content);
            x = m_blocks[static_cast<std::size_t>(i)](x, before, pass, control);
        }
        traceStreams(control, m_options.layers, x);
        return {.hidden = x.query.isNull() ? x.content : x.query};
    }

    [[nodiscard]] const std::vector<std::string_view> &inputNames() const override
    {
        static const std::vector<std::string_view> kNames{names::kInputIds, names::kAttentionMask, names::kTokenTypeIds,
                                                          names::kPermMask, names::kTargetMapping, names::kRecomputed};
        return kNames;
    }
    [[nodiscard]] const Tensor &wordEmbeddings() const override { return m_words.table(); }
    [[nodiscard]] std::unique_ptr<RunState> newState() const override
    {
        return std::make_unique<MemoryState>(
            MemoryState::Options{.layers = m_options.layers, .kept = m_options.memory, .reused = m_options.reused});
    }

    // A dummy behind the text, which nothing sees, and one query there. With memory the last words are computed again.
    [[nodiscard]] NamedTensors stepInputs(const Tensor &ids, const Tensor & /*mask*/,
                                          const RunState *state) const override
    {
        const bool remembers = state != nullptr && state->length() > 0;
        const auto begin = remembers ? std::max<std::int64_t>(0, ids.size(1) - kStepsBack) : 0;
        const auto rows = ids.size(0);
        const Tensor dummy =
            Tensor::fromInts({rows, 1}, std::vector<std::int64_t>(static_cast<std::size_t>(rows), kDummy));
        const Tensor fed = ops::concat(columns(ids, begin, ids.size(1)), dummy, 1);
        const auto length = fed.size(1);
        Tensor order = Tensor::zeros({rows, length, length});
        Tensor target = Tensor::zeros({rows, 1, length});
        for (std::int64_t i = length - 1; i < order.elements(); i += length)
            order.mutableFloats()[static_cast<std::size_t>(i)] = 1.0F;
        for (std::int64_t i = length - 1; i < target.elements(); i += length)
            target.mutableFloats()[static_cast<std::size_t>(i)] = 1.0F;
        NamedTensors inputs{{names::kInputIds, fed}, {names::kPermMask, order}, {names::kTargetMapping, target}};
        if (remembers)
            inputs[names::kRecomputed] = Tensor::fromInts({}, std::vector<std::int64_t>{kStepsBack});
        return inputs;
    }

    // Every word but the first is a target and predicted from those before it, the order of prediction being that of
    // the text. The last row has no target.
    [[nodiscard]] NamedTensors scoringInputs(const Tensor &ids, const Tensor &mask) const override
    {
        const auto rows = ids.size(0);
        const auto length = ids.size(1);
        Tensor order = Tensor::uninitialised({rows, length, length});
        Tensor target = Tensor::uninitialised({rows, length, length});
        auto hidden = order.mutableFloats();
        auto chosen = target.mutableFloats();
        for (std::int64_t i = 0; i < order.elements(); ++i) {
            const auto query = i / length % length;
            hidden[static_cast<std::size_t>(i)] = i % length >= query ? 1.0F : 0.0F;
            chosen[static_cast<std::size_t>(i)] = i % length == query + 1 ? 1.0F : 0.0F;
        }
        return {{names::kInputIds, ids},
                {names::kAttentionMask, mask},
                {names::kPermMask, order},
                {names::kTargetMapping, target}};
    }
    // A step lets all words before the next one see each other.
    [[nodiscard]] bool scoresAsItSteps() const override { return false; }

    [[nodiscard]] std::int64_t maxPositions() const override { return 0; }
    [[nodiscard]] int layerCount() const override { return m_options.layers; }
    [[nodiscard]] int headCount() const override { return m_options.heads; }
    [[nodiscard]] std::int64_t hiddenSize() const override { return m_options.hidden; }

private:
    static MemoryState *memoryOf(RunState *state)
    {
        if (state == nullptr)
            return nullptr;
        auto *own = dynamic_cast<MemoryState *>(state);
        if (own == nullptr)
            failInternal("the run state belongs to another kind of model");
        return own;
    }

    static void traceStreams(const RunControl &control, int layer, const Streams &x)
    {
        traceHiddenState(control, Stack::Decoder, layer, x.content);
        if (!x.query.isNull())
            traceHiddenState(control, Stack::Query, layer, x.query);
    }

    [[nodiscard]] Pass passFor(const NamedTensors &inputs, const Tensor &ids, std::int64_t memory) const
    {
        const auto rows = ids.size(0);
        const auto length = ids.size(1);
        const layers::TwoStreamHiding hiding{.attentionMask = find(inputs, names::kAttentionMask),
                                             .order = find(inputs, names::kPermMask),
                                             .rows = rows,
                                             .queries = length,
                                             .memory = memory,
                                             .isCausal = m_options.isCausal,
                                             .hasSameLength = m_options.hasSameLength};
        const auto mask = [&](Stream stream) {
            return AppliedMask{
                {{.rule = layers::twoStreamMask(hiding, stream), .mode = MaskMode::Add, .value = kHidden}}};
        };
        Pass pass{.contentMask = mask(Stream::Content),
                  .queryMask = mask(Stream::Query),
                  .positions = positionsFor(rows, length, memory + length),
                  .classes = classesFor(find(inputs, names::kTokenTypeIds), memory),
                  .toTargets = {},
                  .fromTargets = {}};
        if (const Tensor mapping = find(inputs, names::kTargetMapping); !mapping.isNull()) {
            if (mapping.rank() != 3 || mapping.size(0) != rows || mapping.size(2) != length || mapping.size(1) < 1)
                failArgument(std::string(names::kTargetMapping) + ": expected (" + std::to_string(rows) +
                             ", targets, " + std::to_string(length) + "), found " + mapping.shape().text());
            std::tie(pass.toTargets, pass.fromTargets) = withTranspose(mapping);
        }
        return pass;
    }

    // From the farthest key to the position after the last (or, where nothing looks ahead, to the query itself).
    [[nodiscard]] Tensor positionsFor(std::int64_t rows, std::int64_t length, std::int64_t keys) const
    {
        const auto count = m_options.isCausal ? keys + 1 : keys + length;
        const Tensor forward = sinusoids(m_options, keys, count, 1.0F);
        if (!m_options.isTwoWay || rows == 1)
            return forward;
        const Tensor backward = sinusoids(m_options, keys, count, -1.0F);
        return ops::concat(repeated(forward, rows - rows / 2), repeated(backward, rows / 2), 0);
    }

    // Memory belongs to segment 0. No types, no term.
    static Tensor classesFor(const Tensor &types, std::int64_t memory)
    {
        if (types.isNull())
            return {};
        const auto rows = types.size(0);
        const auto length = types.size(1);
        Tensor classes = Tensor::uninitialised({rows, length, memory + length}, DType::I64);
        auto to = classes.mutableInts().begin();
        for (std::int64_t r = 0; r < rows; ++r) {
            const auto row =
                types.ints().subspan(static_cast<std::size_t>(r * length), static_cast<std::size_t>(length));
            for (const auto own : row) {
                to = std::fill_n(to, memory, own == 0 ? 0 : 1);
                to = std::ranges::transform(row, to, [own](auto other) { return own == other ? 0 : 1; }).out;
            }
        }
        return classes;
    }

    TwoStreamOptions m_options;
    layers::Embedding m_words;
    Tensor m_mask; // what a query knows of its word
    std::vector<Block> m_blocks;
};

} // namespace

std::shared_ptr<const Backbone> twoStream(const checkpoint::Weights &w, const TwoStreamOptions &options)
{
    return std::make_shared<TwoStream>(w, options);
}

} // namespace engine::models
