// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/attention/band.h"

#include "engine/trace.h"

#include "ops/ops.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace engine::layers {
namespace {

constexpr float kLowest = std::numeric_limits<float>::lowest();

bool isListening(const BandInputs &in, const RunControl &control, TraceKind kind)
{
    return control.trace != nullptr && control.trace->wants(Stack::Encoder, in.layer, kind);
}

// (batch, heads, globals, length) → (batch, heads, padded length, globals): 0 for padding, and 1 / padded length in the
// columns that a row has no global token for, as the reference library returns it.
Tensor asReturned(const Tensor &weights, const BandPlaces &places)
{
    const auto heads = weights.size(1);
    const auto globals = weights.size(2);
    const auto length = weights.size(3);
    Tensor out = Tensor::zeros({weights.size(0), heads, places.paddedLength, globals});
    const float *from = weights.floats().data();
    float *to = out.mutableFloats().data();
    for (std::int64_t head = 0; head < weights.size(0) * heads; ++head, to += places.paddedLength * globals)
        for (std::int64_t g = 0; g < globals; ++g, from += length) {
            const auto own = static_cast<std::int64_t>(places.globals[static_cast<std::size_t>(head / heads)].size());
            const bool isThere = g < own;
            for (std::int64_t k = 0; k < (isThere ? length : places.paddedLength); ++k)
                to[k * globals + g] = isThere ? from[k] : 1.0F / static_cast<float>(places.paddedLength);
        }
    return out;
}

// The rows of the global queries in `to` (batch, length, features) become those of `from` (batch, globals, features).
void putRows(const Tensor &from, const BandPlaces &places, Tensor &to)
{
    const auto features = from.size(2);
    const float *source = from.floats().data();
    float *target = to.mutableFloats().data();
    for (std::size_t b = 0; b < places.globals.size(); ++b) {
        const auto row = static_cast<std::int64_t>(b);
        for (std::size_t g = 0; g < places.globals[b].size(); ++g)
            std::copy_n(source + (row * from.size(1) + static_cast<std::int64_t>(g)) * features, features,
                        target + (row * to.size(1) + places.globals[b][g]) * features);
    }
}

// Global queries have their weights elsewhere.
void clearGlobalRows(const BandPlaces &places, Tensor &weights)
{
    const auto heads = weights.size(1);
    const auto length = weights.size(2);
    const auto width = weights.size(3);
    float *values = weights.mutableFloats().data();
    for (std::size_t b = 0; b < places.globals.size(); ++b)
        for (const auto position : places.globals[b])
            for (std::int64_t h = 0; h < heads; ++h)
                std::fill_n(values + ((static_cast<std::int64_t>(b) * heads + h) * length + position) * width, width,
                            0.0F);
}

// "window" (batch, 2 + most globals of a row), I64: length, reach to each side, global tokens, −1 where a row has
// fewer. Small, so that it is kept where the weights are not.
void tellWindow(const BandInputs &in, const RunControl &control)
{
    const auto batch = in.query.size(0);
    const auto width = 2 + in.places.mostGlobals();
    std::vector<std::int64_t> numbers;
    for (std::int64_t row = 0; row < batch; ++row) {
        numbers.insert(numbers.end(), {in.query.size(2), in.reach});
        if (!in.places.globals.empty())
            std::ranges::copy(in.places.globals[static_cast<std::size_t>(row)], std::back_inserter(numbers));
        numbers.resize(static_cast<std::size_t>((row + 1) * width), -1);
    }
    control.trace->mechanism(
        {.layer = in.layer, .name = "window", .tensor = Tensor::fromInts({batch, width}, numbers)});
}

} // namespace

std::int64_t BandPlaces::mostGlobals() const
{
    std::size_t most = 0;
    for (const auto &row : globals)
        most = std::max(most, row.size());
    return static_cast<std::int64_t>(most);
}

AppliedMask BandPlaces::mask(std::int64_t reach) const
{
    std::vector<MaskRule> rules{MaskRule::window(reach, globals)};
    if (!keep.isNull()) {
        std::vector<std::vector<bool>> kept(static_cast<std::size_t>(keep.size(0)));
        auto value = keep.ints().begin();
        for (auto &row : kept)
            for (std::int64_t k = 0; k < keep.size(1); ++k)
                row.push_back(*value++ != 0);
        rules.push_back(MaskRule::padding(kept));
        rules.push_back(MaskRule::idle(std::move(kept)));
    }
    return {{{.rule = MaskRule::all(std::move(rules)), .mode = MaskMode::Add, .value = kLowest}}};
}

Tensor globalRows(const Tensor &hidden, const BandPlaces &places)
{
    const auto features = hidden.size(2);
    const auto most = places.mostGlobals();
    Tensor out = Tensor::zeros({hidden.size(0), most, features});
    float *to = out.mutableFloats().data();
    for (std::size_t b = 0; b < places.globals.size(); ++b)
        for (std::size_t g = 0; g < places.globals[b].size(); ++g)
            std::copy_n(hidden.floats().data() +
                            (static_cast<std::int64_t>(b) * hidden.size(1) + places.globals[b][g]) * features,
                        features, to + (static_cast<std::int64_t>(b) * most + static_cast<std::int64_t>(g)) * features);
    return out;
}

Tensor attendBand(const BandInputs &in, const RunControl &control)
{
    if (isListening(in, control, TraceKind::QueryKey))
        control.trace->queryKey({.layer = in.layer, .query = in.query, .key = in.key, .scale = in.scale});
    if (isListening(in, control, TraceKind::Value))
        control.trace->value({.layer = in.layer, .tensor = in.value});

    const bool wantsWeights = isListening(in, control, TraceKind::Attention);
    const bool hasGlobals = in.places.mostGlobals() > 0;
    auto [mixed, weights] = ops::bandAttention(in.query, in.key, in.value,
                                               {.factor = in.scale,
                                                .reach = in.reach,
                                                .globals = in.places.globals,
                                                .keep = in.places.keep,
                                                .wantsWeights = wantsWeights});
    Tensor globalWeights;
    if (hasGlobals) {
        const GlobalAttention::Result global = in.attendGlobals();
        putRows(global.mixed, in.places, mixed);
        if (wantsWeights || isListening(in, control, TraceKind::Mechanism))
            globalWeights = asReturned(global.weights, in.places);
        if (wantsWeights)
            clearGlobalRows(in.places, weights);
    }
    if (isListening(in, control, TraceKind::Mechanism))
        tellWindow(in, control);
    if (hasGlobals && isListening(in, control, TraceKind::Mechanism))
        control.trace->mechanism({.layer = in.layer, .name = "global_attentions", .tensor = globalWeights});
    if (wantsWeights)
        control.trace->attention({.layer = in.layer,
                                  .data = BandAttention{.weights = std::move(weights),
                                                        .globalWeights = std::move(globalWeights),
                                                        .globals = in.places.globals,
                                                        .reach = in.reach},
                                  .mask = in.places.mask(in.reach)});
    return mixed;
}

} // namespace engine::layers
