// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/headed_model.h"

#include "engine/names.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace engine::models {
namespace {

HeadInfo infoOf(const HeadSpec &spec, const files::Config &config)
{
    return {.id = spec.id,
            .className = spec.className,
            .tasks = spec.tasks,
            .labels = spec.labels ? spec.labels(config) : std::vector<std::string>(),
            .isMultiLabel = config.text("problem_type", "") == "multi_label_classification"};
}

// (rows, streams − 1, length, vocabulary): what the predicting streams after the first one say.
constexpr const char *kNgramScores = "logits_ngram";

// Inputs that heads take, beside those of the backbone.
constexpr std::array<std::string_view, 6> kHeadInputs{names::kMcTokenIds,    names::kClsIndex,
                                                      names::kPMask,         names::kDocScores,
                                                      names::kDoMarginalize, names::kExcludeBosScore};

// With choices: (batch, choices, length, …) → (batch · choices, length, …); what is flat already stays so.
Tensor flattened(const Tensor &x)
{
    if (x.rank() < 3)
        return x;
    auto sizes = x.shape().sizes();
    sizes[1] *= sizes[0];
    sizes.erase(sizes.begin());
    return x.reshaped(Shape(std::move(sizes)));
}

// What tells the batch: the ids of the source, or of the decoder alone in the steps after it.
const Tensor &idsOf(const NamedTensors &inputs)
{
    const auto it = inputs.find(names::kInputIds);
    return it != inputs.end() ? it->second : require(inputs, names::kDecoderInputIds);
}

void scoreInBlocks(const heads::Head &head, const heads::HeadInput &whole, const ScoreBlocks &blocks,
                   const RunControl &control)
{
    const Tensor &hidden = whole.hidden;
    if (hidden.rank() != 3 || hidden.size(0) != 1)
        failInternal("scores in blocks of a batch " + hidden.shape().text() + ": expected one row");
    const auto length = hidden.size(1);
    const Tensor positions = hidden.reshaped({length, hidden.size(2)});
    for (std::int64_t first = 0; first < length; first += blocks.positions) {
        control.checkpoint();
        const auto end = std::min(length, first + blocks.positions);
        heads::HeadInput part = whole;
        part.hidden = positions.rows(first, end).reshaped({1, end - first, hidden.size(2)});
        NamedTensors outputs;
        head.apply(part, outputs);
        blocks.take(first, outputs);
    }
}

} // namespace

HeadedModel::HeadedModel(std::shared_ptr<const Backbone> backbone, std::vector<BoundHead> heads,
                         GenerationOptions defaults, Parts parts)
    : m_backbone(std::move(backbone)), m_heads(std::move(heads)), m_defaults(std::move(defaults)),
      m_parts(std::move(parts))
{
    for (const auto &head : m_heads)
        m_infos.push_back(head.info);
}

bool HeadedModel::takes(std::string_view inputName) const
{
    return std::ranges::find(m_backbone->inputNames(), inputName) != m_backbone->inputNames().end();
}

void HeadedModel::checkInputs(const NamedTensors &inputs) const
{
    for (const auto &[name, tensor] : inputs)
        if (!takes(name) && std::ranges::find(kHeadInputs, name) == kHeadInputs.end())
            failArgument("this model has no input named " + name);
    const Tensor &ids = idsOf(inputs);
    if (ids.rank() < 2 || ids.rank() > 3 || ids.elements() == 0)
        failArgument("input_ids: expected (batch, length) or (batch, choices, length), found " + ids.shape().text());
    for (const auto *const name : {names::kTokenTypeIds, names::kPositionIds})
        if (const Tensor x = find(inputs, name); !x.isNull() && x.size(-1) != ids.size(-1))
            failArgument(std::string(name) + ": expected as many columns as input_ids " + ids.shape().text() +
                         ", found " + x.shape().text());
}

namespace {

// Scores that no task asks for, but that say what the model does.
void tellFurtherScores(const NamedTensors &outputs, const RunControl &control)
{
    if (control.trace == nullptr || !control.trace->wants(Stack::Decoder, 0, TraceKind::Mechanism))
        return;
    if (const Tensor scores = find(outputs, kNgramScores); !scores.isNull())
        control.trace->mechanism({.stack = Stack::Decoder, .layer = 0, .name = kNgramScores, .tensor = scores});
}

} // namespace

NamedTensors HeadedModel::forward(const NamedTensors &inputs, const ForwardOptions &options,
                                  const RunControl &control) const
{
    const auto head = std::ranges::find(m_heads, options.head, [](const BoundHead &h) { return h.info.id; });
    if (head == m_heads.end())
        failArgument("this checkpoint has no head for " + options.head);
    checkInputs(inputs);

    auto leading = idsOf(inputs).shape().sizes();
    leading.pop_back();
    NamedTensors flat;
    for (const auto &[name, tensor] : inputs)
        flat[name] = leading.size() > 1 ? flattened(tensor) : tensor;

    if (head->addInputs)
        head->addInputs(flat);
    RunChoices ownChoices;
    const BackboneInput backboneInput{.inputs = flat,
                                      .leading = Shape(leading),
                                      .state = options.state,
                                      .choices = options.choices != nullptr ? options.choices : &ownChoices,
                                      .stopsAtEncoder = head->usesEncoderOnly};
    const BackboneOutput backbone = m_backbone->run(backboneInput, control);
    control.checkpoint();
    NamedTensors outputs = backbone.further;
    heads::HeadInput input{.hidden = backbone.hidden,
                           .pooled = backbone.pooled,
                           .inputs = inputs,
                           .leading = Shape(leading),
                           .onlyLastPosition = options.onlyLastLogits};
    if (options.blocks != nullptr)
        scoreInBlocks(*head->head, input, *options.blocks, control);
    else
        head->head->apply(input, outputs);
    tellFurtherScores(outputs, control);
    return outputs;
}

const Model *HeadedModel::part(std::string_view name) const
{
    const auto found = m_parts.find(name);
    return found == m_parts.end() ? nullptr : found->second.get();
}

std::unique_ptr<RunState> HeadedModel::encode(const NamedTensors &inputs, const RunControl &control) const
{
    checkInputs(inputs);
    return m_backbone->encode(inputs, control);
}

NamedTensors HeadedModel::stepInputs(const Tensor &ids, const Tensor &mask, const RunState *state) const
{
    return m_backbone->stepInputs(ids, mask, state);
}

std::vector<const HeadSpec *> presentHeads(const Family &family, const files::Config &config,
                                           const checkpoint::Weights &weights)
{
    const auto architectures = config.texts("architectures");
    std::vector<const HeadSpec *> present;
    for (const auto &spec : family.heads) {
        const bool isNamed = std::ranges::find(architectures, spec.className) != architectures.end();
        const bool isShown = spec.evidence.empty() || weights.has(spec.evidence);
        const bool isAllowed = !spec.condition || spec.condition(config);
        if (isAllowed && (isNamed || (isShown && !spec.isOnlyByName)))
            present.push_back(&spec);
    }
    return present;
}

std::vector<HeadedModel::BoundHead> bindHeads(const Family &family, const HeadContext &context)
{
    std::vector<HeadedModel::BoundHead> bound;
    for (const auto *spec : presentHeads(family, context.config, context.weights)) {
        bound.push_back({.info = infoOf(*spec, context.config),
                         .head = spec->bind(context),
                         .usesEncoderOnly = spec->usesEncoderOnly});
        if (spec->addInputs)
            bound.back().addInputs = [add = spec->addInputs, config = context.config](NamedTensors &inputs) {
                add(config, inputs);
            };
    }
    return bound;
}

} // namespace engine::models
