// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/recipes/seq2seq.h"

#include "engine/error.h"
#include "engine/names.h"
#include "models/recipes/cache_state.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace engine::models {
namespace {

constexpr float kLowest = std::numeric_limits<float>::lowest(); // added to the score of a hidden pair

// Null, or the state that newState() or encode() of an encoder–decoder made.
Seq2SeqState *stateOf(RunState *state)
{
    if (state == nullptr)
        return nullptr;
    auto *own = dynamic_cast<Seq2SeqState *>(state);
    if (own == nullptr)
        failInternal("the run state belongs to another kind of model");
    return own;
}

// What the state does not hold yet.
Tensor newColumns(const Tensor &ids, const RunState *state)
{
    const auto held = state == nullptr ? 0 : state->length();
    return held == 0 ? ids : columns(ids, held, ids.size(1));
}

// What the decoder reads: its own ids, else the targets moved right, else the source moved right.
Tensor decoderIds(const NamedTensors &inputs, const Backbone &backbone)
{
    if (const Tensor ids = find(inputs, names::kDecoderInputIds); !ids.isNull())
        return ids;
    const Tensor labels = find(inputs, names::kLabels);
    return backbone.decoderInputs(labels.isNull() ? require(inputs, names::kInputIds) : labels);
}

} // namespace

NamedTensors Seq2SeqState::tensors() const
{
    NamedTensors out = cache.tensors();
    for (std::size_t i = 0; i < source.layers.size(); ++i) {
        const std::string name = "past_key_values." + std::to_string(i);
        out[name + ".2"] = source.layers[i].key;
        out[name + ".3"] = source.layers[i].value;
    }
    return out;
}

BackboneOutput Seq2SeqBackbone::run(const BackboneInput &input, const RunControl &control) const
{
    Seq2SeqState own(m_decoderLayers);
    auto *given = stateOf(input.state);
    Seq2SeqState &state = given != nullptr ? *given : own;
    if (state.source.isEmpty())
        encodeInto(state.source, input.inputs, control);
    const Tensor ids = decoderIds(input.inputs, *this);
    state.source.serve(ids.size(0), control);
    BackboneOutput out = decode({.ids = ids,
                                 .mask = find(input.inputs, names::kDecoderAttentionMask),
                                 .offset = state.length(),
                                 .cache = given != nullptr ? &given->cache : nullptr,
                                 .source = state.source},
                                control);
    out.further[names::kEncoderLastHiddenState] = state.source.states;
    return out;
}

const std::vector<std::string_view> &Seq2SeqBackbone::inputNames() const
{
    static const std::vector<std::string_view> kNames{names::kInputIds, names::kAttentionMask, names::kDecoderInputIds,
                                                      names::kDecoderAttentionMask, names::kLabels};
    return kNames;
}

std::unique_ptr<RunState> Seq2SeqBackbone::newState() const
{
    return std::make_unique<Seq2SeqState>(m_decoderLayers);
}

std::unique_ptr<RunState> Seq2SeqBackbone::encode(const NamedTensors &inputs, const RunControl &control) const
{
    auto state = std::make_unique<Seq2SeqState>(m_decoderLayers);
    encodeInto(state->source, inputs, control);
    return state;
}

NamedTensors Seq2SeqBackbone::stepInputs(const Tensor &ids, const Tensor & /*mask*/, const RunState *state) const
{
    return {{names::kDecoderInputIds, newColumns(ids, state)}};
}

void Seq2SeqBackbone::encodeInto(layers::SourceMemory &memory, const NamedTensors &inputs,
                                 const RunControl &control) const
{
    memory.mask = find(inputs, names::kAttentionMask);
    const Tensor states = encodeSource({.ids = require(inputs, names::kInputIds), .mask = memory.mask}, control);
    for (int i = 0; i < m_decoderLayers; ++i)
        memory.layers.push_back(project(i, states));
    memory.states = states;
}

BackboneOutput LoneDecoder::run(const BackboneInput &input, const RunControl &control) const
{
    auto *cache = cacheOf(input.state);
    return decode({.ids = require(input.inputs, names::kInputIds),
                   .mask = find(input.inputs, names::kAttentionMask),
                   .offset = cache == nullptr ? 0 : cache->length(),
                   .cache = cache},
                  control);
}

const std::vector<std::string_view> &LoneDecoder::inputNames() const
{
    static const std::vector<std::string_view> kNames{names::kInputIds, names::kAttentionMask};
    return kNames;
}

std::unique_ptr<RunState> LoneDecoder::newState() const
{
    return std::make_unique<CacheState>(m_layers);
}

NamedTensors LoneDecoder::stepInputs(const Tensor &ids, const Tensor &mask, const RunState *state) const
{
    return {{names::kInputIds, newColumns(ids, state)}, {names::kAttentionMask, mask}};
}

bool isDecoderAlone(const files::Config &config)
{
    const auto names = config.texts("architectures");
    return std::ranges::any_of(names, [](const std::string &name) { return name.ends_with("ForCausalLM"); });
}

Tensor firstTable(const std::vector<checkpoint::Weights> &places, const Shape &shape)
{
    const auto present = std::ranges::find_if(places, [](const auto &place) { return place.has("weight"); });
    return (present == places.end() ? places.front() : *present)
        .tensor("weight", shape); // none: fails, naming the first
}

AppliedMask paddingMask(const Tensor &mask, std::int64_t rows, std::int64_t keys)
{
    return {{{.rule = paddingRule(mask, rows, keys), .mode = MaskMode::Add, .value = kLowest}}};
}

AppliedMask paddingMask(const layers::SourceMemory &source)
{
    return paddingMask(source.mask, source.sources(), source.states.size(1));
}

AppliedMask causalMask(const Tensor &mask, const Tensor &ids, std::int64_t offset)
{
    AppliedMask out{{{.rule = MaskRule::causal(offset), .mode = MaskMode::Add, .value = kLowest}}};
    auto padding = paddingRule(mask, ids.size(0), offset + ids.size(1));
    if (!padding.isTrivial())
        out.terms.push_back({.rule = std::move(padding), .mode = MaskMode::Add, .value = kLowest});
    return out;
}

} // namespace engine::models
