// SPDX-License-Identifier: GPL-3.0-or-later
// Longformer: Beltagy et al. 2020, "Longformer: The Long-Document Transformer".
#include "engine/names.h"
#include "layers/attention/band.h"
#include "models/families.h"
#include "models/recipes/bert_embeddings.h"
#include "models/recipes/roberta_like.h"
#include "text/tokenizer_classes.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

namespace engine::models {
namespace {

using checkpoint::Weights;
using layers::BandPlaces;
using layers::LayerNorm;
using layers::Linear;

constexpr std::int64_t kSeparator = 2; // default of sep_token_id

struct LongformerOptions {
    BertLikeOptions bert;
    std::vector<std::int64_t> windows; // one a layer, both sides together

    [[nodiscard]] std::int64_t paddedLength(std::int64_t length) const
    {
        const std::int64_t step = windows.empty() ? 1 : *std::ranges::max_element(windows);
        return (length + step - 1) / step * step;
    }
};

LongformerOptions longformerOptions(const files::Config &config)
{
    constexpr std::int64_t kDefault = 512;
    constexpr files::Config::Range kWindows{.minimum = 2, .maximum = 1'000'000};
    LongformerOptions o{.bert = bertLikeOptions(config, {.padding = 1}), .windows = {}};
    requireWholeHeads(config, o.bert);
    const auto layers = static_cast<std::size_t>(o.bert.layers);
    o.windows = config.integers("attention_window", {kDefault}, kWindows);
    if (o.windows.size() == 1) // the same everywhere
        o.windows.assign(layers, o.windows.front());
    if (o.windows.size() != layers)
        config.fail("attention_window", std::to_string(layers) + " windows, one a layer",
                    std::to_string(o.windows.size()));
    for (const auto window : o.windows)
        if (window % 2 != 0)
            config.fail("attention_window", "even numbers, half of them to each side", std::to_string(window));
    return o;
}

class Block {
public:
    Block(const Weights &w, const LongformerOptions &o, int layer)
        : m_options(o.bert), m_reach(o.windows[static_cast<std::size_t>(layer)] / 2), m_layer(layer),
          m_queryKeyValue(stacked(w, {"query", "key", "value"})),
          m_global(w / "attention" / "self", {.hidden = hidden(), .heads = o.bert.heads}),
          m_attentionOut(w / "attention" / "output" / "dense", {.inputs = hidden(), .outputs = hidden()}),
          m_attentionNorm(w / "attention" / "output" / "LayerNorm", hidden(), m_options.epsilon),
          m_up(w / "intermediate" / "dense", {.inputs = hidden(), .outputs = m_options.intermediate}),
          m_down(w / "output" / "dense", {.inputs = m_options.intermediate, .outputs = hidden()}),
          m_norm(w / "output" / "LayerNorm", hidden(), m_options.epsilon)
    {
    }

    [[nodiscard]] Tensor operator()(const Tensor &x, const BandPlaces &places, const RunControl &control) const
    {
        const Tensor middle = m_attentionNorm(m_attentionOut(attention(x, places, control), {.residual = x}));
        return m_norm(m_down(m_up(middle, {.activation = m_options.activation}), {.residual = middle}));
    }

private:
    [[nodiscard]] std::int64_t hidden() const { return m_options.hidden; }

    [[nodiscard]] Linear stacked(const Weights &w, const std::vector<std::string> &names) const
    {
        std::vector<Weights> parts;
        for (const auto &name : names)
            parts.push_back(w / "attention" / "self" / name);
        return Linear::stacked(parts, {.inputs = hidden(), .outputs = hidden()});
    }

    // Part `index` of projections that lie side by side.
    [[nodiscard]] Tensor head(const Tensor &projected, std::int64_t index) const
    {
        return ops::splitHeads(projected, m_options.heads, index * hidden(), hidden());
    }

    [[nodiscard]] Tensor attention(const Tensor &x, const BandPlaces &places, const RunControl &control) const
    {
        const float scale = 1.0F / std::sqrt(static_cast<float>(m_options.headSize()));
        Tensor projected = m_queryKeyValue(x);
        const Tensor query = head(projected, 0);
        const Tensor key = head(projected, 1);
        const Tensor value = head(projected, 2);
        projected = {}; // long texts: three times the size of x
        return layers::attendBand(
            {.query = query,
             .key = key,
             .value = value,
             .scale = scale,
             .reach = m_reach,
             .places = places,
             .attendGlobals = [&] { return m_global({.hidden = x, .places = places, .scale = scale}); },
             .layer = m_layer},
            control);
    }

    BertLikeOptions m_options;
    std::int64_t m_reach;
    int m_layer;
    Linear m_queryKeyValue;
    layers::GlobalAttention m_global;
    Linear m_attentionOut;
    LayerNorm m_attentionNorm;
    Linear m_up;
    Linear m_down;
    LayerNorm m_norm;
};

Tensor likeIds(const NamedTensors &inputs, const char *name, const Tensor &ids)
{
    Tensor given = find(inputs, name);
    if (!given.isNull() && given.shape() != ids.shape())
        failArgument(std::string(name) + ": expected shape " + ids.shape().text() + ", found " + given.shape().text());
    return given;
}

// (rows, length): 1 at the positions of names::kGlobalTokens.
Tensor maskOfTokens(const Tensor &positions, const Tensor &ids)
{
    const auto length = ids.size(1);
    Tensor mask = Tensor::zeros(ids.shape(), DType::I64);
    auto values = mask.mutableInts();
    for (const auto position : positions.ints()) {
        if (position < 0 || position >= length)
            failArgument("global token " + std::to_string(position) + ": the text has tokens 0 to " +
                         std::to_string(length - 1));
        for (std::int64_t row = 0; row < ids.size(0); ++row)
            values[static_cast<std::size_t>(row * length + position)] = 1;
    }
    return mask;
}

// Padding is never global.
BandPlaces placesOf(const NamedTensors &inputs, const LongformerOptions &options)
{
    const Tensor &ids = require(inputs, names::kInputIds);
    BandPlaces places{.paddedLength = options.paddedLength(ids.size(1))};
    const Tensor keep = likeIds(inputs, names::kAttentionMask, ids);
    if (!keep.isNull() && std::ranges::find(keep.ints(), 0) != keep.ints().end())
        places.keep = keep;
    const Tensor tokens = find(inputs, names::kGlobalTokens);
    const Tensor mask = tokens.isNull() ? likeIds(inputs, names::kGlobalAttentionMask, ids) : maskOfTokens(tokens, ids);
    if (mask.isNull() || std::ranges::all_of(mask.ints(), [](std::int64_t value) { return value == 0; }))
        return places;
    places.globals.resize(static_cast<std::size_t>(ids.size(0)));
    for (std::size_t i = 0; i < mask.ints().size(); ++i)
        if (mask.ints()[i] != 0 && (places.keep.isNull() || places.keep.ints()[i] != 0)) {
            const auto length = static_cast<std::size_t>(ids.size(1));
            places.globals[i / length].push_back(static_cast<std::int64_t>(i % length));
        }
    if (places.mostGlobals() == 0)
        places.globals.clear();
    return places;
}

// tanh(W · first token + b), (rows, hidden)
Tensor pooledFirst(const Tensor &hidden, const Linear &dense)
{
    const NamedTensors none;
    const Tensor first = heads::poolPosition(0)({.hidden = hidden, .pooled = {}, .inputs = none, .leading = {}});
    return dense(first, {.activation = ops::Activation::Tanh});
}

class Longformer final : public Backbone {
public:
    Longformer(const Weights &w, const LongformerOptions &o) : m_options(o), m_embeddings(w / "embeddings", o.bert)
    {
        for (int i = 0; i < o.bert.layers; ++i)
            m_blocks.emplace_back(w / "encoder" / "layer" / i, o, i);
        if ((w / "pooler" / "dense").has("weight"))
            m_pooler.emplace(w / "pooler" / "dense",
                             layers::LinearShape{.inputs = o.bert.hidden, .outputs = o.bert.hidden});
    }

    [[nodiscard]] BackboneOutput run(const BackboneInput &input, const RunControl &control) const override
    {
        const BandPlaces places = placesOf(input.inputs, m_options);
        Tensor x = m_embeddings(input.inputs, 0, control);
        traceHiddenState(control, Stack::Encoder, 0, x);
        for (int i = 0; i < layerCount(); ++i) {
            const BlockScope scope(control, {.layer = i, .layers = layerCount()});
            x = m_blocks[static_cast<std::size_t>(i)](x, places, control);
            traceHiddenState(control, Stack::Encoder, i + 1, x);
        }
        BackboneOutput out{.hidden = x};
        if (m_pooler)
            out.pooled = [this, x] { return pooledFirst(x, *m_pooler); };
        return out;
    }

    [[nodiscard]] const std::vector<std::string_view> &inputNames() const override
    {
        static const std::vector<std::string_view> kNames{names::kInputIds,     names::kAttentionMask,
                                                          names::kTokenTypeIds, names::kPositionIds,
                                                          names::kGlobalTokens, names::kGlobalAttentionMask};
        return kNames;
    }
    [[nodiscard]] const Tensor &wordEmbeddings() const override { return m_embeddings.words(); }
    [[nodiscard]] NamedTensors stepInputs(const Tensor & /*ids*/, const Tensor & /*mask*/,
                                          const RunState * /*state*/) const override
    {
        failArgument("this model does not generate text");
    }
    [[nodiscard]] std::int64_t maxPositions() const override { return m_options.bert.longestText(); }
    [[nodiscard]] int layerCount() const override { return m_options.bert.layers; }
    [[nodiscard]] int headCount() const override { return m_options.bert.heads; }
    [[nodiscard]] std::int64_t hiddenSize() const override { return m_options.bert.hidden; }

private:
    LongformerOptions m_options;
    BertEmbeddings m_embeddings;
    std::vector<Block> m_blocks;
    std::optional<Linear> m_pooler;
};

// ---- which tokens are global when nobody says -------------------------------------------------------

bool saysGlobals(const NamedTensors &inputs)
{
    return inputs.contains(names::kGlobalTokens) || inputs.contains(names::kGlobalAttentionMask);
}

void firstTokenIsGlobal(const files::Config & /*config*/, NamedTensors &inputs)
{
    if (!saysGlobals(inputs))
        inputs[names::kGlobalTokens] = Tensor::fromInts({1}, std::vector<std::int64_t>{0});
}

// Rows hold a question and a text with three separators: question </s> </s> text </s>. Global is what isGlobal says of
// a position and the place of the first separator.
template <typename Rule> void byQuestion(const files::Config &config, NamedTensors &inputs, Rule &&isGlobal)
{
    if (saysGlobals(inputs))
        return;
    constexpr std::int64_t kSeparators = 3;
    const auto separator = config.integer("sep_token_id", kSeparator);
    const Tensor &ids = require(inputs, names::kInputIds);
    Tensor mask = Tensor::zeros(ids.shape(), DType::I64);
    auto values = mask.mutableInts();
    for (std::int64_t row = 0; row < ids.size(0); ++row) {
        const auto first = static_cast<std::size_t>(row * ids.size(1));
        const auto own = ids.ints().subspan(first, static_cast<std::size_t>(ids.size(1)));
        if (const auto found = std::ranges::count(own, separator); found != kSeparators)
            failArgument("row " + std::to_string(row) + " has " + std::to_string(found) +
                         " separators: a question and a text are told apart by three (or say which tokens are global)");
        const auto end = std::ranges::find(own, separator) - own.begin();
        for (std::int64_t i = 0; i < ids.size(1); ++i)
            values[first + static_cast<std::size_t>(i)] = isGlobal(i, end) ? 1 : 0;
    }
    inputs[names::kGlobalAttentionMask] = std::move(mask);
}

void questionIsGlobal(const files::Config &config, NamedTensors &inputs)
{
    byQuestion(config, inputs, [](std::int64_t position, std::int64_t end) { return position < end; });
}

void choiceIsGlobal(const files::Config &config, NamedTensors &inputs)
{
    byQuestion(config, inputs, [](std::int64_t position, std::int64_t end) { return position > end + 1; });
}

std::vector<HeadSpec> headTable()
{
    auto specs = robertaHeads("Longformer");
    for (auto &spec : specs) {
        if (spec.id == id(TaskKind::TextClassification))
            spec.addInputs = firstTokenIsGlobal;
        else if (spec.id == id(TaskKind::QuestionAnswering))
            spec.addInputs = questionIsGlobal;
        else if (spec.id == id(TaskKind::MultipleChoice))
            spec.addInputs = choiceIsGlobal;
    }
    return specs;
}

} // namespace

Family longformer()
{
    return {
        .info = {.id = "longformer",
                 .title = "Longformer",
                 .category = Category::Autoencoding,
                 .tasks = {TaskKind::FillMask, TaskKind::TextClassification, TaskKind::TokenClassification,
                           TaskKind::QuestionAnswering, TaskKind::MultipleChoice, TaskKind::FeatureExtraction},
                 .description = "Reads long texts: each token looks at its neighbours, and a few global tokens look at "
                                "all and are seen by all, so the cost grows with the length, not with its square."},
        .tokenizer = text::tokenizerClass("LongformerTokenizer"),
        .names = robertaNames("longformer"),
        .heads = headTable(),
        .dimensions =
            [](const files::Config &config) {
                const auto o = longformerOptions(config).bert;
                return Dimensions{o.layers, o.heads, o.hidden, o.vocabulary, o.longestText()};
            },
        .backbone = [](const files::Config &config, const Weights &weights) -> std::shared_ptr<const Backbone> {
            return std::make_shared<Longformer>(weights / "longformer", longformerOptions(config));
        },
    };
}

} // namespace engine::models
